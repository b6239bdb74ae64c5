package stocktrading.job;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

import org.apache.flink.table.data.RowData;

/**
 * The open slices, by their last millisecond and by ticker.
 *
 * <p>Slices are aligned to the epoch and have the same length. A row's time is the last millisecond
 * of its slice. A trade's time is after the watermark, so the row's time is too, and the row is
 * never late.
 */
final class Slices {
    private final long sliceMillis;
    private final double scale;
    private final List<SlicePart> parts;
    private final TreeMap<Long, Map<TickerKey, Slice>> byLast = new TreeMap<>();
    private final TickerKey ticker = new TickerKey();

    /** The slice of the previous trade. The next trade nearly always belongs to it. */
    private Map<TickerKey, Slice> current;

    private long currentFirst;
    private long currentLast;
    private int size;

    /**
     * @param sliceMillis length of a slice
     * @param scale factor by which a price is multiplied before it is summed
     * @param parts what a slice has of its trades besides the columns of every slice
     */
    Slices(long sliceMillis, double scale, List<SlicePart> parts) {
        this.sliceMillis = sliceMillis;
        this.scale = scale;
        this.parts = parts;
    }

    /** Count a trade in its slice. */
    void add(TradeRow trade) {
        long millis = trade.eventMillis();
        if (current == null || millis < currentFirst || millis > currentLast) {
            currentFirst = millis - Math.floorMod(millis, sliceMillis);
            currentLast = currentFirst + sliceMillis - 1;
            current = byLast.computeIfAbsent(currentLast, last -> new HashMap<>());
        }
        trade.readTicker(ticker);
        Slice slice = current.get(ticker);
        if (slice == null) {
            slice = new Slice(parts);
            current.put(ticker.copy(), slice);
            size++;
        }
        slice.add(trade, scale);
    }

    /** Number of rows held. */
    int size() {
        return size;
    }

    /** Give the rows of the slices that a watermark ends, and remove them. */
    void takeEnded(long watermark, Consumer<RowData> rows) {
        if (!byLast.isEmpty() && byLast.firstKey() <= watermark) {
            take(byLast.headMap(watermark, true), rows);
        }
    }

    /** Give all rows, and remove them. */
    void takeAll(Consumer<RowData> rows) {
        take(byLast, rows);
    }

    private void take(SortedMap<Long, Map<TickerKey, Slice>> taken, Consumer<RowData> rows) {
        current = null;
        for (Iterator<Map.Entry<Long, Map<TickerKey, Slice>>> each = taken.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Long, Map<TickerKey, Slice>> ended = each.next();
            ended.getValue().forEach((key, slice) -> rows.accept(slice.toRow(key, ended.getKey())));
            size -= ended.getValue().size();
            each.remove();
        }
    }
}
