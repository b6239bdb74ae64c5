package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;

import org.junit.jupiter.api.Test;

/** An idle subtask gets the lowest watermark of those that read. */
class SubtaskWatermarksTest {
    private final SubtaskWatermarks aggregate = new SubtaskWatermarks(3);
    private final HashMap<Integer, long[]> reports = aggregate.createAccumulator();

    private long report(int subtask, long watermark) {
        return report(subtask, watermark, false);
    }

    private long reportIdle(int subtask, long watermark) {
        return report(subtask, watermark, true);
    }

    private long report(int subtask, long watermark, boolean isIdle) {
        aggregate.add(SubtaskWatermarks.report(subtask, watermark, isIdle), reports);
        return aggregate.getResult(reports);
    }

    @Test
    void thereIsNoWatermarkBeforeEverySubtaskReported() {
        assertEquals(ShardWatermarks.NONE, report(0, 100));
        assertEquals(ShardWatermarks.NONE, reportIdle(1, 200));
        assertEquals(100, reportIdle(2, 50));
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
        reportIdle(1, 200);
        assertEquals(ShardWatermarks.NONE, report(2, ShardWatermarks.NONE));
    }

    @Test
    void theHighestWatermarkIsUsedIfAllAreIdle() {
        reportIdle(0, 50);
        reportIdle(1, ShardWatermarks.NONE);
        assertEquals(100, reportIdle(2, 100));
    }
}
