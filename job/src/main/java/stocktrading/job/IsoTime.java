package stocktrading.job;

/**
 * Reads the times that the standard libraries of languages write, from ASCII bytes: {@code
 * YYYY-MM-DDTHH:MM[:SS[.f{1,9}]][Z|±HH[:]MM|±HH]}.
 *
 * <p>A space may stand for the {@code T}, and {@code t} and {@code z} may be lower case.
 */
final class IsoTime {
    /** Not a time: the bytes have no accepted format, or the date or time of day does not exist. */
    static final long NONE = Long.MIN_VALUE;

    private static final int DATE_AND_MINUTES = 16;
    private static final int MOST_FRACTION_DIGITS = 9;
    private static final int[] MONTH_DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    private IsoTime() {}

    /** Milliseconds since the epoch, rounded down, of {@code [from, to)}. Without a zone it is UTC. */
    static long parseMillis(byte[] text, int from, int to) {
        if (to - from < DATE_AND_MINUTES
                || text[from + 4] != '-'
                || text[from + 7] != '-'
                || text[from + 10] != 'T' && text[from + 10] != ' ' && text[from + 10] != 't'
                || text[from + 13] != ':') {
            return NONE;
        }
        int year = twoDigits(text, from) * 100 + twoDigits(text, from + 2);
        int month = twoDigits(text, from + 5);
        int day = twoDigits(text, from + 8);
        int hour = twoDigits(text, from + 11);
        int minute = twoDigits(text, from + 14);
        int second = 0;
        int at = from + DATE_AND_MINUTES;
        boolean hasSeconds = to - at >= 3 && text[at] == ':';
        if (hasSeconds) {
            second = twoDigits(text, at + 1);
            at += 3;
        }
        if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)
                || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
            return NONE;
        }
        long millis = ((epochDay(year, month, day) * 24 + hour) * 60 + minute) * 60_000L + second * 1_000L;

        if (hasSeconds && at < to && text[at] == '.') {
            int digits = 0;
            int fraction = 0;
            for (at++; at < to && isDigit(text[at]); at++, digits++) {
                if (digits < 3) {
                    fraction = fraction * 10 + text[at] - '0';
                }
            }
            if (digits == 0 || digits > MOST_FRACTION_DIGITS) {
                return NONE;
            }
            millis += digits == 1 ? fraction * 100 : digits == 2 ? fraction * 10 : fraction;
        }
        int offset = offsetMinutes(text, at, to);
        return offset == Integer.MIN_VALUE ? NONE : millis - offset * 60_000L;
    }

    /** Minutes ahead of UTC, or {@code Integer.MIN_VALUE}. */
    private static int offsetMinutes(byte[] text, int at, int to) {
        int length = to - at;
        if (length == 0 || length == 1 && (text[at] == 'Z' || text[at] == 'z')) {
            return 0;
        }
        boolean colon = length == 6 && text[at + 3] == ':';
        if (text[at] != '+' && text[at] != '-' || length != 3 && length != 5 && !colon) {
            return Integer.MIN_VALUE;
        }
        int hours = twoDigits(text, at + 1);
        int minutes = length == 3 ? 0 : twoDigits(text, to - 2);
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
            return Integer.MIN_VALUE;
        }
        return text[at] == '-' ? -(hours * 60 + minutes) : hours * 60 + minutes;
    }

    /** A number from 0 to 99. Other text gives a negative number, so low that no sum is a year. */
    private static int twoDigits(byte[] text, int at) {
        int high = text[at] - '0';
        int low = text[at + 1] - '0';
        return (high | low) >= 0 && high <= 9 && low <= 9 ? high * 10 + low : -100_000;
    }

    private static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }

    private static int daysOf(int year, int month) {
        boolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return month == 2 && leap ? 29 : MONTH_DAYS[month - 1];
    }

    /** Days since 1970-01-01 in the Gregorian calendar, computed with years that begin in March. */
    private static long epochDay(int year, int month, int day) {
        long marchYear = month > 2 ? year : year - 1L;
        long dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        long leapDays =
                Math.floorDiv(marchYear, 4) - Math.floorDiv(marchYear, 100) + Math.floorDiv(marchYear, 400);
        return marchYear * 365 + leapDays + dayOfYear - 719_468;
    }
}
