package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

import org.apache.flink.runtime.io.network.partition.MockResultPartitionWriter;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each rejected record is in a letter, and the rate of letters never exceeds its limit. */
class LetterOperatorTest {
    private static final long OPEN_MILLIS = 10_000;
    private static final int SAVED = 10; // one a second, saved up for ten seconds

    private OneInputStreamOperatorTestHarness<RowData, RowData> harness;
    private MockEnvironment environment;
    private long next;

    private void open(double letters, double bytes, boolean available) throws Exception {
        environment = new MockEnvironmentBuilder().build();
        environment.addOutputs(List.of(new Writer(available)));
        harness =
                new OneInputStreamOperatorTestHarness<>(
                        new LetterOperator(letters, bytes, OPEN_MILLIS), environment);
        harness.setup(Letter.TYPE.toSerializer());
        harness.open();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
        environment.close();
    }

    private void reject(Reason reason, String shard, String record) throws Exception {
        TradeRow row =
                new TradeRow(record.getBytes(StandardCharsets.UTF_8), 5_000, shard, Long.toString(++next));
        row.reject(reason);
        harness.processElement(new StreamRecord<>(row));
    }

    private List<RowData> output() {
        List<RowData> rows = new ArrayList<>();
        for (Object each : harness.getOutput()) {
            rows.add((RowData) ((StreamRecord<?>) each).getValue());
        }
        harness.getOutput().clear();
        return rows;
    }

    private static String text(RowData row) {
        return row.getString(0)
                + " " + row.getString(6)
                + " " + row.getString(7)
                + (row.isNullAt(8) ? "" : ".." + row.getString(9) + " of " + row.getLong(8))
                + " " + row.getString(1);
    }

    private List<String> texts() {
        List<String> texts = new ArrayList<>();
        output().forEach(row -> texts.add(text(row)));
        return texts;
    }

    @Test
    void eachRecordHasItsOwnLetterWithinTheBudget() throws Exception {
        open(1, 1e6, true);
        reject(Reason.NOT_JSON, "shard-0", "{");
        reject(Reason.LATE, "shard-1", "é");
        TradeRow trade = new TradeRow(new byte[1], 0, "shard-0", "9");
        trade.accept(new byte[1], 0, 1, 1, 0);
        harness.processElement(new StreamRecord<>(trade));
        List<RowData> rows = output();
        assertEquals("not_json shard-0 1 {", text(rows.get(0)));
        assertEquals("late shard-1 2 é", text(rows.get(1)));
        assertEquals(2, rows.size());
        assertEquals("utf-8", rows.get(0).getString(2).toString());
        assertTrue(rows.get(0).isNullAt(3) && rows.get(0).isNullAt(4) && rows.get(0).isNullAt(9));
        assertEquals(5_000, rows.get(0).getTimestamp(5, 3).getMillisecond());
    }

    @Test
    void oneLetterStandsForManyRecordsOfAShardAndReasonAboveTheBudget() throws Exception {
        open(1, 1e6, true);
        for (int number = 0; number < SAVED; number++) {
            reject(Reason.NOT_JSON, "shard-0", "own");
        }
        assertEquals(SAVED, output().size());
        for (int round = 0; round < 3; round++) {
            reject(Reason.NOT_JSON, "shard-0", "n" + round);
            reject(Reason.LATE, "shard-0", "l" + round);
            reject(Reason.LATE, "shard-1", "m" + round);
        }
        assertEquals(List.of(), output());
        harness.setProcessingTime(OPEN_MILLIS);
        assertEquals(
                List.of(
                        "not_json shard-0 11..17 of 3 n0",
                        "late shard-0 12..18 of 3 l0",
                        "late shard-1 13..19 of 3 m0"),
                texts());
        reject(Reason.LATE, "shard-1", "own again"); // ten seconds have passed
        assertEquals(List.of("late shard-1 20 own again"), texts());
    }

    @Test
    void anOpenLetterForManyTakesAllRecordsOfItsShardAndReason() throws Exception {
        open(1, 1e6, true);
        for (int number = 0; number <= SAVED; number++) {
            reject(Reason.LATE, "shard-0", "l");
        }
        assertEquals(SAVED, output().size());
        harness.setProcessingTime(5_000); // the budget allows five again
        reject(Reason.LATE, "shard-0", "l");
        reject(Reason.LATE, "shard-1", "other");
        assertEquals(List.of("late shard-1 13 other"), texts());
        harness.prepareSnapshotPreBarrier(1);
        assertEquals(List.of("late shard-0 11..12 of 2 l"), texts());
    }

    @Test
    void theBudgetAlsoLimitsBytes() throws Exception {
        open(1, 1_000, true);
        reject(Reason.NOT_JSON, "shard-0", "a".repeat(20_000)); // the last may be larger than the remaining bytes
        assertEquals(1, output().size());
        reject(Reason.NOT_JSON, "shard-0", "\u0001".repeat(9_000));
        assertEquals(List.of(), output());
        harness.getOperator().finish();
        List<RowData> rows = output();
        assertEquals(1, rows.get(0).getLong(8));
        assertEquals(9_000, rows.get(0).getLong(3));
        assertEquals(64, rows.get(0).getString(4).toString().length());
        assertEquals(Letter.EXAMPLE_BYTES, rows.get(0).getString(1).toString().length());
    }

    @Test
    void recordsShareALetterWhileLettersWaitToBePut() throws Exception {
        open(1_000, 1e6, false);
        reject(Reason.NOT_JSON, "shard-0", "a");
        reject(Reason.NOT_JSON, "shard-0", "b");
        harness.setProcessingTime(OPEN_MILLIS);
        harness.setProcessingTime(2 * OPEN_MILLIS);
        assertEquals(List.of(), output());
        harness.prepareSnapshotPreBarrier(1);
        assertEquals(List.of("not_json shard-0 1..2 of 2 a"), texts());
    }

    /** For any rejected records at any times, each is in one letter, with all between its ends. */
    @Test
    void noRecordIsMissingAndTheRateIsWithinItsLimit() throws Exception {
        for (int seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            if (harness != null) {
                close();
            }
            open(2, 1e9, true);
            next = 0;
            Map<Long, String> kinds = new TreeMap<>();
            long time = 0;
            for (int step = 0; step < 2_000; step++) {
                if (random.nextInt(200) == 0) {
                    harness.prepareSnapshotPreBarrier(step);
                }
                time += random.nextInt(50);
                harness.setProcessingTime(time);
                Reason reason = Reason.values()[random.nextInt(3)];
                String shard = "shard-" + random.nextInt(2);
                kinds.put(next + 1, reason.text() + " " + shard);
                reject(reason, shard, "r");
            }
            harness.getOperator().finish();
            Map<Long, Integer> found = new HashMap<>();
            int own = 0;
            for (RowData row : output()) {
                long first = Long.parseLong(row.getString(7).toString());
                long last = row.isNullAt(9) ? first : Long.parseLong(row.getString(9).toString());
                own += row.isNullAt(9) ? 1 : 0;
                String kind = row.getString(0) + " " + row.getString(6);
                long count = 0;
                for (long number = first; number <= last; number++) {
                    if (kinds.get(number).equals(kind)) {
                        found.merge(number, 1, Integer::sum);
                        count++;
                    }
                }
                assertEquals(row.isNullAt(8) ? 1 : row.getLong(8), count);
            }
            assertEquals(kinds.keySet(), found.keySet(), "seed " + seed);
            assertTrue(found.values().stream().allMatch(times -> times == 1));
            assertTrue(own <= 20 + 2 * time / 1_000 + 1, own + " letters in " + time + " ms");
        }
    }

    /** The output of a task to another task, with or without room for more. */
    private static final class Writer extends MockResultPartitionWriter {
        private final boolean available;

        Writer(boolean available) {
            this.available = available;
        }

        @Override
        public CompletableFuture<?> getAvailableFuture() {
            return available ? AVAILABLE : new CompletableFuture<>();
        }
    }
}
