package stocktrading.job;

import java.util.Arrays;

/** A ticker's UTF-8 bytes inside a longer array, as a key of a hash map. It can be changed. */
final class TickerKey implements Comparable<TickerKey> {
    private byte[] bytes;
    private int from;
    private int to;
    private int hash;

    /** Refer to the bytes from {@code first} to {@code end}, exclusive. */
    void set(byte[] array, int first, int end) {
        bytes = array;
        from = first;
        to = end;
        int mixed = 1;
        for (int index = first; index < end; index++) {
            mixed = 31 * mixed + array[index];
        }
        hash = mixed;
    }

    /** A ticker with its own copy of the bytes. */
    TickerKey copy() {
        TickerKey copy = new TickerKey();
        copy.bytes = toBytes();
        copy.to = copy.bytes.length;
        copy.hash = hash;
        return copy;
    }

    byte[] toBytes() {
        return Arrays.copyOfRange(bytes, from, to);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof TickerKey)) {
            return false;
        }
        TickerKey ticker = (TickerKey) other;
        return hash == ticker.hash && Arrays.equals(bytes, from, to, ticker.bytes, ticker.from, ticker.to);
    }

    /** Lets a map find a ticker quickly among many that have the same hash on purpose. */
    @Override
    public int compareTo(TickerKey other) {
        return Arrays.compare(bytes, from, to, other.bytes, other.from, other.to);
    }
}
