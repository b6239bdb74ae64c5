package stocktrading.job;

/**
 * What a ticker may be: 1 to 32 characters that can be shown as they are, in a line, in any order.
 *
 * <p>The lists of characters are written out, as categories of Unicode grow with its versions, and
 * the oracle's Python knows another version than this Java.
 */
final class Ticker {
    /** The most characters (code points) that a ticker has. */
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

    /** A control character, a line's or paragraph's end, a bidi control, or half a character. */
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

    /** A space of any width, none included: a ticker with one at an end looks like another. */
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
