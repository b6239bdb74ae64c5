package stocktrading.job;

/** The letters, and their bytes, that may be sent: a rate, and the unused part of earlier time. */
final class LetterBudget {
    /** Longest time for which the unused part is kept. A choice: a short burst keeps its details. */
    static final long SAVED_MILLIS = 10_000;

    private final double lettersAMilli;
    private final double bytesAMilli;
    private double letters;
    private double bytes;
    private long toppedUp;

    /**
     * @param lettersASecond letters a second
     * @param bytesASecond bytes of letters a second
     * @param now time in milliseconds
     */
    LetterBudget(double lettersASecond, double bytesASecond, long now) {
        lettersAMilli = lettersASecond / 1_000;
        bytesAMilli = bytesASecond / 1_000;
        letters = lettersAMilli * SAVED_MILLIS;
        bytes = bytesAMilli * SAVED_MILLIS;
        toppedUp = now;
    }

    /** Whether a letter may be sent now. The last one may be larger than the remaining bytes. */
    boolean allows(long now) {
        long passed = Math.max(0, now - toppedUp);
        toppedUp = now;
        letters = Math.min(lettersAMilli * SAVED_MILLIS, letters + lettersAMilli * passed);
        bytes = Math.min(bytesAMilli * SAVED_MILLIS, bytes + bytesAMilli * passed);
        return letters >= 1 && bytes > 0;
    }

    /** Note that a letter of this many bytes is sent. */
    void spend(long letterBytes) {
        letters--;
        bytes -= letterBytes;
    }
}
