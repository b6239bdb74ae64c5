package stocktrading.job;

/**
 * The rule for tickers: 1 to 32 characters that can be printed in a line without an effect on it.
 *
 * <p>The characters are listed, because Unicode's categories change between versions. The oracle's
 * Python has another version of Unicode than this Java.
 */
final class Ticker {
    /** Maximum number of characters (code points) in a ticker. */
    static final int LONGEST = 32;

    private Ticker() {}

    static boolean isValid(String text) {
        int characters = text.codePointCount(0, text.length());
        return characters >= 1
                && characters <= LONGEST
                && !isBlank(text.codePointAt(0))
                && !isBlank(text.codePointBefore(text.length()))
                && text.codePoints().noneMatch(Ticker::isHarmful);
    }

    /** A control character, a line or paragraph separator, a bidi control, or a surrogate. */
    private static boolean isHarmful(int character) {
        return character < 0x20
                || character >= 0x7F && character < 0xA0
                || character == 0x061C
                || character == 0x200E
                || character == 0x200F
                || character >= 0x2028 && character <= 0x202E
                || character >= 0x2066 && character <= 0x2069
                || character >= 0xD800 && character <= 0xDFFF;
    }

    /** A space of any width, including zero. With one at an end, a ticker looks like another. */
    private static boolean isBlank(int character) {
        return character == ' '
                || character == 0x00A0
                || character == 0x1680
                || character >= 0x2000 && character <= 0x200B
                || character == 0x202F
                || character == 0x205F
                || character == 0x2060
                || character == 0x3000
                || character == 0xFEFF;
    }
}
