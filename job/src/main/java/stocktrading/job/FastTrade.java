package stocktrading.job;

import java.nio.charset.StandardCharsets;

/**
 * Reads the usual form of a trade in one pass over its bytes: its fields in any order, each once,
 * nothing else, ASCII without escapes or control characters, numbers of at most 15 digits without exponent.
 *
 * <p>Its answer is only "a valid trade" or "not known". Tests compare it with the full parser.
 */
final class FastTrade {
    private static final byte[] TIME_KEY = {'E', 'V', 'E', 'N', 'T', '_', 'T', 'I', 'M', 'E', '"'};
    private static final byte[] TICKER_KEY = {'T', 'I', 'C', 'K', 'E', 'R', '"'};
    private static final byte[] PRICE_KEY = {'P', 'R', 'I', 'C', 'E', '"'};

    /** 15 digits and 10^15 are exact as doubles, so one division rounds once and is correct. */
    private static final int EXACT_DIGITS = 15;

    private static final double[] POWERS = new double[EXACT_DIGITS + 1];

    static {
        POWERS[0] = 1;
        for (int exponent = 1; exponent < POWERS.length; exponent++) {
            POWERS[exponent] = POWERS[exponent - 1] * 10;
        }
    }

    /** The names of the further numbers, each with its closing quote. */
    private final byte[][] moreKeys;

    private byte[] text;
    private int at;
    private int tickerFrom;
    private int tickerTo;
    private long eventMillis;
    private double price;
    private double[] more;

    /** @param moreNumbers names of the numbers that a trade has besides its price */
    FastTrade(String... moreNumbers) {
        moreKeys = new byte[moreNumbers.length][];
        for (int index = 0; index < moreKeys.length; index++) {
            moreKeys[index] = (moreNumbers[index] + '"').getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** True if the record is a valid trade in the usual form. */
    boolean read(byte[] record) {
        text = record;
        at = 0;
        eventMillis = IsoTime.NONE;
        tickerTo = -1;
        price = -1;
        more = TradeRow.absent(moreKeys.length);
        if (next() != '{') {
            return false;
        }
        for (int field = 0; field < 3 + moreKeys.length; field++) {
            if (field > 0 && next() != ',' || next() != '"' || !readField()) {
                return false;
            }
        }
        return next() == '}' && next() == 0 && at > text.length;
    }

    long eventMillis() {
        return eventMillis;
    }

    double price() {
        return price;
    }

    /** The further numbers, in the order of their names. Each trade has its own array. */
    double[] more() {
        return more;
    }

    /** Index of the ticker's first byte in the record. */
    int tickerFrom() {
        return tickerFrom;
    }

    /** Index after the ticker's last byte in the record. */
    int tickerTo() {
        return tickerTo;
    }

    private boolean readField() {
        if (at >= text.length) {
            return false;
        }
        for (int index = 0; index < moreKeys.length; index++) {
            if (startsWith(moreKeys[index])) {
                return Double.isNaN(more[index]) && skip(moreKeys[index]) && readMore(index);
            }
        }
        switch (text[at]) {
            case 'E':
                return eventMillis == IsoTime.NONE && skip(TIME_KEY) && readTime();
            case 'T':
                return tickerTo < 0 && skip(TICKER_KEY) && readTicker();
            case 'P':
                return price < 0 && skip(PRICE_KEY) && readPrice();
            default:
                return false;
        }
    }

    private boolean readTime() {
        int from = at + 1;
        int to = readText();
        if (to < 0) {
            return false;
        }
        eventMillis = IsoTime.parseMillis(text, from, to);
        return eventMillis != IsoTime.NONE;
    }

    private boolean readTicker() {
        tickerFrom = at + 1;
        tickerTo = readText();
        return tickerTo > tickerFrom
                && tickerTo - tickerFrom <= Ticker.LONGEST
                && text[tickerFrom] != ' '
                && text[tickerTo - 1] != ' ';
    }

    /** Reads a plain text, starting at its opening quote. Gives its end, or -1. */
    private int readText() {
        if (at >= text.length || text[at] != '"') {
            return -1;
        }
        for (int end = at + 1; end < text.length; end++) {
            byte character = text[end];
            if (character == '"') {
                at = end + 1;
                return end;
            }
            // One comparison excludes control characters, delete and non-ASCII bytes.
            if ((byte) (character + 1) <= ' ' || character == '\\') {
                return -1;
            }
        }
        return -1;
    }

    private boolean readPrice() {
        price = readNumber();
        return price > 0;
    }

    private boolean readMore(int index) {
        more[index] = readNumber();
        return TradeRow.isNumber(more[index]);
    }

    /** Reads a number without sign. Gives -1 if its form isn't the usual one. */
    private double readNumber() {
        long digits = 0;
        int from = at;
        int point = -1;
        int end = at;
        for (; end < text.length; end++) {
            int digit = text[end] - '0';
            if (digit >= 0 && digit <= 9) {
                digits = digits * 10 + digit;
            } else if (text[end] == '.' && point < 0) {
                point = end;
            } else {
                break;
            }
            if (end - from > EXACT_DIGITS) {
                return -1;
            }
        }
        int whole = (point < 0 ? end : point) - from;
        int decimals = point < 0 ? 0 : end - point - 1;
        boolean isJson = whole > 0 && (point < 0 || decimals > 0) && (whole == 1 || text[from] != '0');
        if (!isJson || whole + decimals > EXACT_DIGITS || end < text.length && (text[end] | 0x20) == 'e') {
            return -1;
        }
        at = end;
        return digits / POWERS[decimals];
    }

    /** Skips a key, its colon and the white space around it. The value comes next. */
    private boolean skip(byte[] key) {
        if (!startsWith(key)) {
            return false;
        }
        at += key.length;
        if (next() != ':') {
            return false;
        }
        skipSpace();
        return true;
    }

    private boolean startsWith(byte[] key) {
        if (text.length - at < key.length) {
            return false;
        }
        for (int index = 0; index < key.length; index++) {
            if (text[at + index] != key[index]) {
                return false;
            }
        }
        return true;
    }

    /** Reads the next character that is not white space. Gives 0 at the end. */
    private byte next() {
        skipSpace();
        return at < text.length ? text[at++] : endOfText();
    }

    private byte endOfText() {
        at = text.length + 1;
        return 0;
    }

    private void skipSpace() {
        // Nearly every character is above the space, so one comparison is enough, not four.
        while (at < text.length && text[at] <= ' ' && isSpace(text[at])) {
            at++;
        }
    }

    private static boolean isSpace(byte character) {
        return character == ' ' || character == '\n' || character == '\r' || character == '\t';
    }
}
