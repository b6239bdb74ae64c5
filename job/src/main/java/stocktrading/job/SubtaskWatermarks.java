package stocktrading.job;

import java.util.HashMap;

import org.apache.flink.api.common.functions.AggregateFunction;

/**
 * Runs on the JobManager and tells each subtask the lowest watermark of those that read trades.
 *
 * <p>A subtask whose shards are all idle follows that watermark, and judges by it. Flink's own idle
 * status can't serve: an idle subtask is passed over by the window operator, and a trade that then
 * wakes it could be judged in time here and dropped as late there, seen by nobody.
 */
final class SubtaskWatermarks
        implements AggregateFunction<long[], HashMap<Integer, Long>, Long> {
    private static final long serialVersionUID = 1L;

    /** Reported by a subtask that holds nobody back. */
    static final long IDLE = Long.MAX_VALUE;

    private final int subtasks;

    SubtaskWatermarks(int subtasks) {
        this.subtasks = subtasks;
    }

    /**
     * What a subtask reports: its watermark, or {@link #IDLE}. A class of ours could not be read by
     * the JobManager, which reads a report before it looks into the job's jar.
     */
    static long[] report(int subtask, long watermark) {
        return new long[] {subtask, watermark};
    }

    @Override
    public HashMap<Integer, Long> createAccumulator() {
        return new HashMap<>();
    }

    @Override
    public HashMap<Integer, Long> add(long[] report, HashMap<Integer, Long> reports) {
        reports.put((int) report[0], report[1]);
        return reports;
    }

    /** The lowest watermark; none while a subtask has not reported yet, or where all are idle. */
    @Override
    public Long getResult(HashMap<Integer, Long> reports) {
        long lowest = reports.values().stream().mapToLong(Long::longValue).min().orElse(IDLE);
        return reports.size() < subtasks || lowest == IDLE ? ShardWatermarks.NONE : lowest;
    }

    @Override
    public HashMap<Integer, Long> merge(HashMap<Integer, Long> reports, HashMap<Integer, Long> others) {
        reports.putAll(others);
        return reports;
    }
}
