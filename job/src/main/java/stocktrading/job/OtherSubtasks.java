package stocktrading.job;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other subtasks this one's watermark and learns theirs, by {@link SubtaskWatermarks}.
 *
 * <p>In a thread of its own: the JobManager may answer late or never, and whoever waits for it under
 * the checkpoint lock stops the reading and every checkpoint. An old answer harms nobody, as a
 * subtask judges by what it has emitted itself.
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

    private volatile Long watermark;
    private volatile long lowest = ShardWatermarks.NONE;
    private volatile long lowestSoFar = ShardWatermarks.NONE;

    OtherSubtasks(GlobalAggregateManager manager, int subtask, int subtasks) {
        this.manager = manager;
        this.subtask = subtask;
        this.subtasks = subtasks;
    }

    /** Begin to compare, where there is another subtask. */
    void start(long everyMillis) {
        if (subtasks > 1) {
            thread.scheduleWithFixedDelay(this::compare, 0, everyMillis, TimeUnit.MILLISECONDS);
        }
    }

    /** Say how far this subtask is: its watermark, or {@link SubtaskWatermarks#IDLE}. */
    void report(long watermark) {
        this.watermark = watermark;
    }

    /** The lowest watermark of the subtasks that are not idle; NONE where there is none. */
    long lowest() {
        return lowest;
    }

    /** The whole job's watermark, given this subtask's; NONE while a subtask has none yet. */
    long everywhere(long own) {
        return subtasks == 1 ? own : Math.min(own, lowestSoFar);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private void compare() {
        Long reported = watermark;
        if (reported == null) {
            return;
        }
        try {
            lowest =
                    manager.updateGlobalAggregate(
                            "subtask-watermarks-of-" + subtasks,
                            SubtaskWatermarks.report(subtask, reported),
                            new SubtaskWatermarks(subtasks));
            lowestSoFar = Math.max(lowestSoFar, lowest);
        } catch (IOException | RuntimeException noNews) {
            if (!thread.isShutdown()) {
                // Idle subtasks stay where they are until the JobManager answers again.
                LOG.warn("Watermarks of the other subtasks could not be had", noNews);
            }
        }
    }
}
