package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Trades become rows of slices. No row is late, and each trade counts once. */
class SliceOperatorTest {
    private static final long SLICE = 30_000;
    private static final int MOST_ROWS = 50;

    private OneInputStreamOperatorTestHarness<RowData, RowData> harness;

    private static OneInputStreamOperatorTestHarness<RowData, RowData> harness(long sliceMillis) throws Exception {
        OneInputStreamOperatorTestHarness<RowData, RowData> made =
                new OneInputStreamOperatorTestHarness<>(new SliceOperator(sliceMillis, 0.5, List.of(), MOST_ROWS));
        made.setup(Slice.type(List.of()).toSerializer());
        made.open();
        return made;
    }

    @BeforeEach
    void open() throws Exception {
        harness = harness(SLICE);
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
    }

    private static TradeRow trade(String ticker, double price, long millis) {
        byte[] bytes = ("\"" + ticker + "\"").getBytes(StandardCharsets.UTF_8);
        TradeRow row = new TradeRow(bytes, 0, "shard", "1");
        row.accept(bytes, 1, bytes.length - 1, price, millis);
        return row;
    }

    private void process(TradeRow row) throws Exception {
        harness.processElement(new StreamRecord<>(row));
    }

    /** The output since the last call, with rows as text and watermarks as numbers. */
    private List<Object> output() {
        List<Object> found = new ArrayList<>();
        for (Object each : harness.getOutput()) {
            found.add(
                    each instanceof Watermark
                            ? ((Watermark) each).getTimestamp()
                            : text((RowData) ((StreamRecord<?>) each).getValue()));
        }
        harness.getOutput().clear();
        return found;
    }

    private static String text(RowData row) {
        return row.getString(0)
                + " " + row.getTimestamp(1, 3).getMillisecond()
                + " " + row.getDouble(2)
                + " " + row.getDouble(3)
                + " " + row.getDouble(4)
                + " " + row.getLong(5);
    }

    @Test
    void aSliceIsSentBeforeTheWatermarkThatEndsIt() throws Exception {
        process(trade("A", 2, 0));
        process(trade("A", 5, 29_999));
        process(trade("A", 3, 30_000));
        harness.processWatermark(29_998);
        assertEquals(List.of(29_998L), output());
        harness.processWatermark(29_999);
        assertEquals(List.of("A 29999 5.0 2.0 3.5 2", 29_999L), output());
        harness.processWatermark(100_000);
        assertEquals(List.of("A 59999 3.0 3.0 1.5 1", 100_000L), output());
    }

    /** The sum of products, a count above a value, the highest and the lowest of a number. */
    @Test
    void aSliceHasFurtherParts() throws Exception {
        List<SlicePart> parts =
                List.of(
                        new SlicePart("turnover", "SUM", List.of(0, 1), -1, 0),
                        new SlicePart("above", "SUM", List.of(), 0, 2),
                        new SlicePart("most", "MAX", List.of(1), -1, 0),
                        new SlicePart("least", "MIN", List.of(1), -1, 0));
        try (OneInputStreamOperatorTestHarness<RowData, RowData> made =
                new OneInputStreamOperatorTestHarness<>(new SliceOperator(SLICE, 0.5, parts, MOST_ROWS))) {
            made.setup(Slice.type(parts).toSerializer());
            made.open();
            for (double[] each : new double[][] {{2, 10}, {5, 30}, {3, 20}}) {
                TradeRow row = new TradeRow(new byte[] {'A'}, 0, "shard", "1");
                row.accept(new byte[] {'A'}, 0, 1, each[0], 7, each[1]);
                made.processElement(new StreamRecord<>(row));
            }
            made.processWatermark(SLICE);
            RowData row = (RowData) ((StreamRecord<?>) made.getOutput().poll()).getValue();
            assertEquals("A 29999 5.0 2.0 5.0 3", text(row));
            assertEquals(
                    List.of(230.0, 2.0, 30.0, 10.0),
                    List.of(row.getDouble(6), row.getDouble(7), row.getDouble(8), row.getDouble(9)));
        }
    }

    @Test
    void slicesBeforeTheEpochAreAlignedToItToo() throws Exception {
        process(trade("A", 1, -1));
        process(trade("A", 2, -30_000));
        process(trade("A", 4, -30_001));
        harness.processWatermark(0);
        assertEquals(List.of("A -30001 4.0 4.0 2.0 1", "A -1 2.0 1.0 1.5 2", 0L), output());
    }

    @Test
    void everySliceIsSentBeforeACheckpointBarrierAndNoneIsHeldAfterIt() throws Exception {
        process(trade("A", 2, 10));
        process(trade("A", 4, 40_000));
        harness.prepareSnapshotPreBarrier(1);
        assertEquals(List.of("A 29999 2.0 2.0 1.0 1", "A 59999 4.0 4.0 2.0 1"), output());
        process(trade("A", 3, 11));
        harness.processWatermark(29_999);
        assertEquals(List.of("A 29999 3.0 3.0 1.5 1", 29_999L), output());
    }

    @Test
    void everySliceIsSentAtTheEndOfTheStream() throws Exception {
        process(trade("A", 2, 10));
        harness.getOperator().finish();
        assertEquals(List.of("A 29999 2.0 2.0 1.0 1"), output());
    }

    @Test
    void deadLettersAreNotCounted() throws Exception {
        TradeRow late = trade("A", 9, 10);
        late.reject(Reason.LATE);
        process(late);
        process(trade("A", 2, 10));
        harness.processWatermark(29_999);
        assertEquals(List.of("A 29999 2.0 2.0 1.0 1", 29_999L), output());
    }

    @Test
    void manyTickersGiveMoreRowsSoThatMemoryIsLimited() throws Exception {
        for (int number = 0; number < MOST_ROWS - 1; number++) {
            process(trade("T" + number, 1, 10));
        }
        assertEquals(List.of(), output());
        process(trade("T0", 2, 10)); // a known ticker needs no more memory
        assertEquals(List.of(), output());
        process(trade("LAST", 1, 40_000));
        assertEquals(MOST_ROWS, output().size());
        harness.processWatermark(100_000);
        assertEquals(List.of(100_000L), output());
    }

    @Test
    void tickersWithTheSameHashAreDistinguished() throws Exception {
        assertEquals("Aa".hashCode(), "BB".hashCode());
        process(trade("Aa", 1, 10));
        process(trade("BB", 2, 10));
        process(trade("é€😀", 3, 10));
        harness.processWatermark(29_999);
        List<Object> rows = output();
        assertEquals(4, rows.size());
        assertTrue(
                rows.containsAll(
                        List.of(
                                "Aa 29999 1.0 1.0 0.5 1",
                                "BB 29999 2.0 2.0 1.0 1",
                                "é€😀 29999 3.0 3.0 1.5 1")));
    }

    /** For any order of trades, watermarks and barriers, the rows have the trades' aggregates. */
    @Test
    void rowsOfASliceCombineToItsAggregatesAndNoneIsLate() throws Exception {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            long slice = new long[] {1, 7, 1_000, 30_000}[random.nextInt(4)];
            harness.close();
            harness = harness(slice);
            Map<String, double[]> expected = new TreeMap<>();
            long watermark = -5_000;
            for (int step = 0; step < 3_000; step++) {
                int kind = random.nextInt(100);
                if (kind == 0) {
                    harness.prepareSnapshotPreBarrier(step);
                } else if (kind < 5) {
                    watermark += random.nextInt(2_000);
                    harness.processWatermark(watermark);
                } else {
                    String ticker = "T" + random.nextInt(20);
                    long millis = watermark + 1 + random.nextInt(50_000);
                    double price = random.nextInt(100_000) / 128.0 + 1;
                    process(trade(ticker, price, millis));
                    long last = Math.floorDiv(millis, slice) * slice + slice - 1;
                    combine(expected, ticker + " " + last, price, price, price / 2, 1);
                }
            }
            harness.getOperator().finish();
            assertEquals(shown(expected), shown(combined()), "seed " + seed);
        }
    }

    private Map<String, double[]> combined() {
        Map<String, double[]> found = new TreeMap<>();
        long watermark = Long.MIN_VALUE;
        for (Object each : harness.getOutput()) {
            if (each instanceof Watermark) {
                watermark = ((Watermark) each).getTimestamp();
                continue;
            }
            RowData row = (RowData) ((StreamRecord<?>) each).getValue();
            long time = row.getTimestamp(1, 3).getMillisecond();
            assertTrue(time > watermark, time + " is late at " + watermark);
            combine(
                    found,
                    row.getString(0) + " " + time,
                    row.getDouble(2),
                    row.getDouble(3),
                    row.getDouble(4),
                    row.getLong(5));
        }
        return found;
    }

    private static void combine(
            Map<String, double[]> all, String key, double max, double min, double sum, long count) {
        double[] known = all.computeIfAbsent(key, none -> new double[] {max, min, 0, 0});
        known[0] = Math.max(known[0], max);
        known[1] = Math.min(known[1], min);
        known[2] += sum;
        known[3] += count;
    }

    private static List<String> shown(Map<String, double[]> all) {
        List<String> lines = new ArrayList<>();
        all.forEach((key, values) -> lines.add(key + " " + java.util.Arrays.toString(values)));
        return lines;
    }
}
