package stocktrading.job;

import java.util.HashMap;

import org.apache.flink.api.common.functions.AggregateFunction;

/**
 * Runs on the JobManager and gives each subtask the lowest watermark of those that read trades.
 *
 * <p>A subtask whose shards are all idle follows that watermark, and checks lateness against it.
 * Flink's own idle status can't be used. The window operator ignores an idle subtask. The next trade
 * of such a subtask could be in time here, and be dropped there as late without a message.
 */
final class SubtaskWatermarks
        implements AggregateFunction<long[], HashMap<Integer, Long>, Long> {
    private static final long serialVersionUID = 1L;

    /** Reported by a subtask that does not delay others. */
    static final long IDLE = Long.MAX_VALUE;

    private final int subtasks;

    SubtaskWatermarks(int subtasks) {
        this.subtasks = subtasks;
    }

    /**
     * The report of a subtask: its watermark, or {@link #IDLE}. It can't be a class of the job,
     * because the JobManager reads a report before it loads the job's jar.
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

    /** The lowest watermark. None while a subtask has not reported yet, or if all are idle. */
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
