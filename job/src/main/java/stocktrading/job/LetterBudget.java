package stocktrading.job;

/** How many letters, and bytes of them, may leave: a rate, and what was saved up of it before. */
final class LetterBudget {
    /** How long is saved up at most. A choice: a few bad minutes a day then cost no detail. */
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

    /** Whether a letter may leave now. The last one may be larger than what is left. */
    boolean allows(long now) {
        long passed = Math.max(0, now - toppedUp);
        toppedUp = now;
        letters = Math.min(lettersAMilli * SAVED_MILLIS, letters + lettersAMilli * passed);
        bytes = Math.min(bytesAMilli * SAVED_MILLIS, bytes + bytesAMilli * passed);
        return letters >= 1 && bytes > 0;
    }

    /** Note that a letter of so many bytes leaves. */
    void spend(long letterBytes) {
        letters--;
        bytes -= letterBytes;
    }
}
