package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.stream.Stream;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each shared case of the job and the oracle has the outcome that is in its file. */
class CasesTest {
    @TestFactory
    Stream<DynamicTest> eachRecordIsWhatItsCaseSays() {
        return Cases.of("records").map(wanted ->
                DynamicTest.dynamicTest(wanted.get("name").textValue(), () -> check(wanted)));
    }

    private static void check(JsonNode wanted) {
        String name = wanted.get("name").textValue();
        byte[] record = Cases.bytes(wanted.get("record"));
        TradeRow row =
                new TradeDecoder(Cases.maxFutureMillis()).decode(record, Cases.arrival(), "shard-0", "7");
        if (wanted.has("reason")) {
            assertEquals(wanted.get("reason").textValue(), String.valueOf(row.reason()).toLowerCase(), name);
            return;
        }
        JsonNode trade = wanted.get("trade");
        assertFalse(row.isRejected(), () -> name + ": " + row.reason());
        assertEquals(trade.get("ticker").textValue(), row.getString(0).toString(), name);
        assertEquals(trade.get("price").doubleValue(), row.getDouble(1), name);
        assertEquals(trade.get("time").longValue(), row.getTimestamp(2, 3).getMillisecond(), name);
    }
}
