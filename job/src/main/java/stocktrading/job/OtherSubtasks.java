package stocktrading.job;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends this subtask's watermark to the others and gets theirs, with {@link SubtaskWatermarks}.
 *
 * <p>It has its own thread, because the JobManager may answer late or never. Waiting for it under
 * the checkpoint lock would stop the reading and every checkpoint. An old answer causes no error,
 * because a subtask checks lateness against the watermark that it emitted itself.
 */
final class OtherSubtasks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OtherSubtasks.class);

    private final GlobalAggregateManager manager;
    private final int subtask;
    private final int subtasks;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    work -> {
                        Thread made = new Thread(work, "watermarks-of-other-subtasks");
                        made.setDaemon(true);
                        return made;
                    });

    private volatile long[] report;
    private volatile long lowest = ShardWatermarks.NONE;
    private volatile long lowestSoFar = ShardWatermarks.NONE;

    OtherSubtasks(GlobalAggregateManager manager, int subtask, int subtasks) {
        this.manager = manager;
        this.subtask = subtask;
        this.subtasks = subtasks;
    }

    /** Begin to exchange watermarks if there is another subtask. */
    void start(long everyMillis) {
        if (subtasks > 1) {
            thread.scheduleWithFixedDelay(this::compare, 0, everyMillis, TimeUnit.MILLISECONDS);
        }
    }

    /** Report this subtask's watermark, and whether all its shards are idle. */
    void report(long watermark, boolean isIdle) {
        report = SubtaskWatermarks.report(subtask, watermark, isIdle);
    }

    /** The watermark that an idle subtask follows, as {@link SubtaskWatermarks} gives it. */
    long lowest() {
        return lowest;
    }

    /** The whole job's watermark, given this subtask's. NONE while a subtask has none yet. */
    long everywhere(long own) {
        return subtasks == 1 ? own : Math.min(own, lowestSoFar);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private void compare() {
        long[] reported = report;
        if (reported == null) {
            return;
        }
        try {
            lowest =
                    manager.updateGlobalAggregate(
                            "subtask-watermarks-of-" + subtasks,
                            reported,
                            new SubtaskWatermarks(subtasks));
            lowestSoFar = Math.max(lowestSoFar, lowest);
        } catch (IOException | RuntimeException noNews) {
            if (!thread.isShutdown()) {
                // Watermarks of idle subtasks do not advance until the JobManager answers again.
                LOG.warn("The watermarks of the other subtasks are not available", noNews);
            }
        }
    }
}
