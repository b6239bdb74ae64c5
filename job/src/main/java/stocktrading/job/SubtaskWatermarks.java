package stocktrading.job;

import java.util.HashMap;
import java.util.stream.LongStream;

import org.apache.flink.api.common.functions.AggregateFunction;

/**
 * Runs on the JobManager and gives each subtask the lowest watermark of those that read trades. If
 * none reads trades, it gives the highest watermark that one of them reached.
 *
 * <p>A subtask whose shards are all idle follows that watermark, and checks lateness against it.
 * Flink's own idle status can't be used. The window operator ignores an idle subtask. The next trade
 * of such a subtask could be in time here, and be dropped there as late without a message.
 */
final class SubtaskWatermarks
        implements AggregateFunction<long[], HashMap<Integer, long[]>, Long> {
    private static final long serialVersionUID = 1L;

    private final int subtasks;

    SubtaskWatermarks(int subtasks) {
        this.subtasks = subtasks;
    }

    /**
     * The report of a subtask: its watermark, and whether it is idle and so does not delay others.
     * It can't be a class of the job, because the JobManager reads a report before it loads the
     * job's jar.
     */
    static long[] report(int subtask, long watermark, boolean isIdle) {
        return new long[] {subtask, watermark, isIdle ? 1 : 0};
    }

    @Override
    public HashMap<Integer, long[]> createAccumulator() {
        return new HashMap<>();
    }

    @Override
    public HashMap<Integer, long[]> add(long[] report, HashMap<Integer, long[]> reports) {
        reports.put((int) report[0], report);
        return reports;
    }

    /** The watermark that idle subtasks follow. None while a subtask has not reported yet. */
    @Override
    public Long getResult(HashMap<Integer, long[]> reports) {
        if (reports.size() < subtasks) {
            return ShardWatermarks.NONE;
        }
        LongStream ofReaders =
                reports.values().stream().filter(report -> report[2] == 0).mapToLong(report -> report[1]);
        LongStream ofAll = reports.values().stream().mapToLong(report -> report[1]);
        return ofReaders.min().orElseGet(() -> ofAll.max().orElse(ShardWatermarks.NONE));
    }

    @Override
    public HashMap<Integer, long[]> merge(HashMap<Integer, long[]> reports, HashMap<Integer, long[]> others) {
        reports.putAll(others);
        return reports;
    }
}
