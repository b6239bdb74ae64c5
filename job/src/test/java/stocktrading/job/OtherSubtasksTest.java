package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reading the other subtasks' watermark never waits for the JobManager. */
@Timeout(20)
class OtherSubtasksTest {
    /** A JobManager that answers when the test allows it. Its second subtask has the watermark 70. */
    private static final class Manager implements GlobalAggregateManager {
        private final HashMap<Integer, long[]> reports = new HashMap<>();
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch mayAnswer = new CountDownLatch(1);
        private volatile boolean fails;

        Manager() {
            reports.put(1, SubtaskWatermarks.report(1, 70, false));
        }

        @Override
        @SuppressWarnings("unchecked")
        public <I, A, O> O updateGlobalAggregate(String name, Object given, AggregateFunction<I, A, O> function)
                throws IOException {
            asked.countDown();
            try {
                mayAnswer.await();
            } catch (InterruptedException ended) {
                throw new IOException(ended);
            }
            if (fails) {
                throw new IOException("no JobManager");
            }
            return function.getResult(function.add((I) given, (A) reports));
        }
    }

    private static void await(Manager manager, OtherSubtasks others, long lowest) throws InterruptedException {
        while (others.lowest() != lowest) {
            Thread.sleep(1);
        }
    }

    @Test
    void aJobManagerThatDoesNotAnswerDelaysNothing() throws Exception {
        Manager manager = new Manager();
        try (OtherSubtasks others = new OtherSubtasks(manager, 0, 2)) {
            others.start(1);
            others.report(50, false);
            assertTrue(manager.asked.await(10, TimeUnit.SECONDS));
            assertEquals(ShardWatermarks.NONE, others.lowest());
            others.report(60, false);
            assertEquals(ShardWatermarks.NONE, others.everywhere(60));
            manager.mayAnswer.countDown();
            await(manager, others, 60);
            assertEquals(60, others.everywhere(60));
            others.report(50, true);
            await(manager, others, 70);
            assertEquals(70, others.everywhere(80));
        }
    }

    @Test
    void theRequestIsRepeatedAfterAFailure() throws Exception {
        Manager manager = new Manager();
        manager.fails = true;
        manager.mayAnswer.countDown();
        try (OtherSubtasks others = new OtherSubtasks(manager, 0, 2)) {
            others.report(50, false);
            others.start(1);
            assertTrue(manager.asked.await(10, TimeUnit.SECONDS));
            manager.fails = false;
            await(manager, others, 50);
        }
    }

    @Test
    void aSingleSubtaskSendsNoRequest() {
        Manager manager = new Manager();
        try (OtherSubtasks others = new OtherSubtasks(manager, 0, 1)) {
            others.report(50, false);
            others.start(1);
            assertEquals(1, manager.asked.getCount());
            assertEquals(50, others.everywhere(50));
        }
    }
}
