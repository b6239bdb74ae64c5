package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both readers apply the same rules to a record. */
class TradeDecoderTest {
    private static final String GOOD = "{\"EVENT_TIME\": \"2026-01-31T09:30:00.25\", \"TICKER\": \"AMZN\", \"PRICE\": 12.5}";
    private static final long GOOD_MILLIS = 1_769_851_800_250L;
    private static final long MAX_FUTURE = 60_000;

    private static TradeRow decode(byte[] record, long arrival) {
        return new TradeDecoder(MAX_FUTURE).decode(record, arrival, "shard-0", "7");
    }

    private static TradeRow decode(String record) {
        return decode(record.getBytes(StandardCharsets.UTF_8), GOOD_MILLIS);
    }

    private static void assertTrade(TradeRow row, String ticker, double price, long millis) {
        assertFalse(row.isRejected());
        assertEquals(ticker, row.getString(0).toString());
        assertEquals(price, row.getDouble(1));
        assertEquals(millis, row.getTimestamp(2, 3).getMillisecond());
        assertTrue(row.isNullAt(3));
    }

    @Test
    void theFastReaderReadsTheUsualForm() {
        assertTrue(new FastTrade().read(GOOD.getBytes(StandardCharsets.UTF_8)));
        assertTrade(decode(GOOD), "AMZN", 12.5, GOOD_MILLIS);
        assertTrade(decode(GOOD + "\n"), "AMZN", 12.5, GOOD_MILLIS);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"SIDE\":{\"a\":[1,{}]},\"PRICE\":12.5,\"TICKER\":\"AMZN\",\"EVENT_TIME\":\"2026-01-31T09:30:00.25\"}",
        "{\"PRICE\":125e-1,\"TICKER\":\"\\u0041MZN\",\"EVENT_TIME\":\"2026-01-31T09:30:00.250000Z\"}",
        "{\"PRICE\":1,\"PRICE\":12.5,\"TICKER\":\"AMZN\",\"EVENT_TIME\":\"2026-01-31T10:30:00.25+01:00\"}",
        " {\t\"PRICE\" : 12.500000000000000000000 ,\"TICKER\":\"AMZN\",\r\n\"EVENT_TIME\":\"2026-01-31T09:30:00.25\"} ",
    })
    void readsEveryOtherForm(String record) {
        assertTrade(decode(record), "AMZN", 12.5, GOOD_MILLIS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "nope | not_json",
        "`` | not_json",
        "[] | not_json",
        "1 | not_json",
        "{\"PRICE\": 1 | not_json",
        "{} {} | not_json",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":1}x | not_json",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":01} | not_json",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":.5} | not_json",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":5.} | not_json",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",} | not_json",
        "{} | missing_field",
        "{\"EVENT_TIME\":1,\"TICKER\":2} | missing_field",
        "{\"EVENT_TIME\":\"x\",\"TICKER\":\"A\",\"price\":1} | missing_field",
        "{\"EVENT_TIME\":1,\"TICKER\":\"A\",\"PRICE\":1} | wrong_type",
        "{\"EVENT_TIME\":\"x\",\"TICKER\":null,\"PRICE\":1} | wrong_type",
        "{\"EVENT_TIME\":\"x\",\"TICKER\":\"A\",\"PRICE\":\"1\"} | wrong_type",
        "{\"EVENT_TIME\":\"x\",\"TICKER\":\"A\",\"PRICE\":true} | wrong_type",
        "{\"EVENT_TIME\":{},\"TICKER\":\"A\",\"PRICE\":[1]} | wrong_type",
        "{\"EVENT_TIME\":\"2026-02-30T00:00:00\",\"TICKER\":\"\",\"PRICE\":1} | bad_event_time",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"\",\"PRICE\":0} | bad_ticker",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"123456789012345678901234567890123\",\"PRICE\":1} | bad_ticker",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"\\ud800\",\"PRICE\":1} | bad_ticker",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":0} | bad_price",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":-1} | bad_price",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":-0.0} | bad_price",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":1e400} | bad_price",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":NaN} | bad_price",
        "{\"EVENT_TIME\":\"2026-01-31T09:30:00\",\"TICKER\":\"A\",\"PRICE\":-Infinity} | bad_price",
        "{\"EVENT_TIME\":\"2026-01-31T09:31:00.251\",\"TICKER\":\"A\",\"PRICE\":1} | future",
    })
    void givesTheFirstReason(String record, String reason) {
        TradeRow row = decode(record);
        assertTrue(row.isRejected(), record);
        assertEquals(reason, row.getString(3).toString(), record);
        assertArrayEquals(record.getBytes(StandardCharsets.UTF_8), row.record());
        assertTrue(row.isNullAt(2));
        assertEquals("shard-0", row.shard());
        assertEquals("7", row.sequenceNumber());
    }

    @Test
    void bytesThatAreNotUtf8AreNotJson() {
        byte[] utf16 = GOOD.getBytes(StandardCharsets.UTF_16BE);
        assertEquals(Reason.NOT_JSON, decode(utf16, GOOD_MILLIS).reason());
        byte[] withMark = ("\uFEFF" + GOOD).getBytes(StandardCharsets.UTF_8);
        assertEquals(Reason.NOT_JSON, decode(withMark, GOOD_MILLIS).reason());
        byte[] latin = GOOD.replace("AMZN", "\u00e9").getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(Reason.NOT_JSON, decode(latin, GOOD_MILLIS).reason());
    }

    @Test
    void theLimitOfATickerIs32CharactersAndNotBytes() {
        String emoji = new String(Character.toChars(0x1F4C8)).repeat(32);
        assertTrade(decode(GOOD.replace("AMZN", emoji)), emoji, 12.5, GOOD_MILLIS);
        assertEquals(Reason.BAD_TICKER, decode(GOOD.replace("AMZN", emoji + "A")).reason());
    }

    @Test
    void aTradeMayBeAheadOfItsArrivalByAtMostTheLimit() {
        byte[] record = GOOD.getBytes(StandardCharsets.UTF_8);
        assertFalse(decode(record, GOOD_MILLIS - MAX_FUTURE).isRejected());
        assertEquals(Reason.FUTURE, decode(record, GOOD_MILLIS - MAX_FUTURE - 1).reason());
    }

    /** The full parser accepts each record that the fast reader accepts, with the same values. */
    @Test
    void theFastReaderAgreesWithTheFullParser() {
        Random random = new Random(2);
        int accepted = 0;
        for (int round = 0; round < 300_000; round++) {
            byte[] record = mutate(trade(random), random);
            FastTrade fast = new FastTrade();
            if (!fast.read(record)) {
                continue;
            }
            accepted++;
            TradeRow row = new TradeRow(record, 0, "", "");
            String text = new String(record, StandardCharsets.UTF_8);
            assertEquals(null, new TradeDecoder(MAX_FUTURE).readAny(record, row), text);
            byte[] ticker = Arrays.copyOfRange(record, fast.tickerFrom(), fast.tickerTo());
            assertEquals(row.getString(0), StringData.fromBytes(ticker), text);
            assertEquals(row.getDouble(1), fast.price(), text);
            assertEquals(row.eventMillis(), fast.eventMillis(), text);
        }
        assertTrue(accepted > 100_000, "accepted " + accepted);
    }

    /** A further number is a field like the price, in both readers. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "`,\"VOLUME\":300,\"FEE\":0.25` | ",
        "`,\"FEE\":0.25,\"VOLUME\":300` | ",
        "`,\"FEE\":25e-2,\"VOLUME\":3e2,\"OTHER\":0` | ",
        "`,\"FEE\":7,\"FEE\":0.25,\"VOLUME\":300` | ",
        "`,\"VOLUME\":300` | missing_field",
        "`,\"VOLUME\":300,\"fee\":0.25` | missing_field",
        "`,\"VOLUME\":\"300\",\"FEE\":0.25` | wrong_type",
        "`,\"VOLUME\":null,\"FEE\":0.25` | wrong_type",
        "`,\"VOLUME\":0,\"FEE\":0.25` | wrong_type",
        "`,\"VOLUME\":-300,\"FEE\":0.25` | wrong_type",
        "`,\"VOLUME\":1000000000000001,\"FEE\":0.25` | wrong_type",
        "`,\"VOLUME\":1e999,\"FEE\":0.25` | wrong_type",
        "`,\"VOLUME\":NaN,\"FEE\":0.25` | wrong_type",
    })
    void readsFurtherNumbers(String more, String reason) {
        byte[] record = GOOD.replace("}", more + "}").getBytes(StandardCharsets.UTF_8);
        TradeRow row = new TradeDecoder(MAX_FUTURE, "VOLUME", "FEE").decode(record, GOOD_MILLIS, "shard-0", "7");
        if (reason != null) {
            assertEquals(reason, row.getString(3).toString());
            return;
        }
        assertTrade(row, "AMZN", 12.5, GOOD_MILLIS);
        assertEquals(List.of(12.5, 300.0, 0.25), List.of(row.number(0), row.number(1), row.number(2)));
        assertEquals(List.of(300.0, 0.25), List.of(row.getDouble(4), row.getDouble(5)));
        assertEquals(6, TradeRow.type("VOLUME", "FEE").toRowSize());
    }

    @Test
    void theFastReaderReadsFurtherNumbersToo() {
        FastTrade fast = new FastTrade("VOLUME", "TAX");
        String record = GOOD.replace("}", ", \"TAX\": 0.5, \"VOLUME\": 300}");
        assertTrue(fast.read(record.getBytes(StandardCharsets.UTF_8)));
        assertEquals(List.of(300.0, 0.5), List.of(fast.more()[0], fast.more()[1]));
        assertFalse(fast.read(GOOD.getBytes(StandardCharsets.UTF_8)));
        assertFalse(new FastTrade().read(record.getBytes(StandardCharsets.UTF_8)));
    }

    /** The slower parser is never needed for the usual form. */
    @Test
    void theFastReaderReadsWhatProducersWrite() {
        Random random = new Random(3);
        for (int round = 0; round < 100_000; round++) {
            byte[] record = trade(random);
            assertTrue(new FastTrade().read(record), new String(record, StandardCharsets.UTF_8));
        }
    }

    private static byte[] trade(Random random) {
        String space = random.nextBoolean() ? " " : "";
        String[] fields = {
            "\"EVENT_TIME\":" + space + "\"2026-01-31T09:30:0" + random.nextInt(10)
                    + new String[] {"", ".5", ".123", ".123456", ".123456789"}[random.nextInt(5)]
                    + new String[] {"", "Z", "+00:00", "-05:30"}[random.nextInt(4)] + "\"",
            "\"TICKER\":" + space + "\"T" + random.nextInt(100_000) + "\"",
            "\"PRICE\":" + space + (1 + random.nextInt(1_000_000))
                    + (random.nextBoolean() ? "" : "." + random.nextInt(10_000_000)),
        };
        int first = random.nextInt(3);
        int second = (first + 1 + random.nextInt(2)) % 3;
        String text = "{" + fields[first] + "," + space + fields[second] + "," + space + fields[3 - first - second] + "}";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] mutate(byte[] record, Random random) {
        if (random.nextInt(3) == 0) {
            return record;
        }
        byte[] mutated = record.clone();
        for (int change = random.nextInt(2); change >= 0; change--) {
            byte[] likely = "0123456789.,:-+eE\"{}[]\\ ZT\n\u0000".getBytes(StandardCharsets.US_ASCII);
            mutated[random.nextInt(mutated.length)] =
                    random.nextInt(4) > 0 ? likely[random.nextInt(likely.length)] : (byte) random.nextInt(256);
        }
        return mutated;
    }
}
