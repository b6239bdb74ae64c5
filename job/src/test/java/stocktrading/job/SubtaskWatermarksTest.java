package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;

import org.junit.jupiter.api.Test;

/** An idle subtask gets the lowest watermark of those that read. */
class SubtaskWatermarksTest {
    private final SubtaskWatermarks aggregate = new SubtaskWatermarks(3);
    private final HashMap<Integer, Long> reports = aggregate.createAccumulator();

    private long report(int subtask, long watermark) {
        aggregate.add(SubtaskWatermarks.report(subtask, watermark), reports);
        return aggregate.getResult(reports);
    }

    @Test
    void thereIsNoWatermarkBeforeEverySubtaskReported() {
        assertEquals(ShardWatermarks.NONE, report(0, 100));
        assertEquals(ShardWatermarks.NONE, report(1, SubtaskWatermarks.IDLE));
        assertEquals(100, report(2, SubtaskWatermarks.IDLE));
    }

    @Test
    void theLowestWatermarkOfTheReadersIsUsed() {
        report(0, 100);
        report(1, 50);
        assertEquals(50, report(2, 70));
        assertEquals(70, report(1, 80));
    }

    @Test
    void aReaderWithoutAWatermarkDelaysAll() {
        report(0, 100);
        report(1, SubtaskWatermarks.IDLE);
        assertEquals(ShardWatermarks.NONE, report(2, ShardWatermarks.NONE));
    }

    @Test
    void noWatermarkAdvancesIfAllAreIdle() {
        report(0, SubtaskWatermarks.IDLE);
        report(1, SubtaskWatermarks.IDLE);
        assertEquals(ShardWatermarks.NONE, report(2, SubtaskWatermarks.IDLE));
    }
}
