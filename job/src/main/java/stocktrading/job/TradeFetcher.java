package stocktrading.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.source.SourceFunction.SourceContext;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.connectors.kinesis.KinesisShardAssigner;
import org.apache.flink.streaming.connectors.kinesis.internals.KinesisDataFetcher;
import org.apache.flink.streaming.connectors.kinesis.internals.publisher.RecordPublisher;
import org.apache.flink.streaming.connectors.kinesis.model.KinesisStreamShardState;
import org.apache.flink.streaming.connectors.kinesis.model.SentinelSequenceNumber;
import org.apache.flink.streaming.connectors.kinesis.model.SequenceNumber;
import org.apache.flink.streaming.connectors.kinesis.model.StreamShardHandle;
import org.apache.flink.streaming.connectors.kinesis.proxy.KinesisProxy;
import org.apache.flink.streaming.connectors.kinesis.serialization.KinesisDeserializationSchema;
import org.apache.flink.streaming.connectors.kinesis.util.AWSUtil;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.table.data.RowData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells {@link ShardWatermarks} what the connector reads, and emits its watermark.
 *
 * <p>The connector's own watermarks are off: they go by the time since a shard's last record, so a
 * shard that waits to be read counts as idle, and a backlog loses trades.
 */
final class TradeFetcher extends KinesisDataFetcher<RowData> {
    /** How often subtasks compare their watermarks, in milliseconds. */
    private static final long SYNC_MILLIS = 500;

    private static final Logger LOG = LoggerFactory.getLogger(TradeFetcher.class);

    private final SourceContext<RowData> context;
    private final StreamingRuntimeContext runtime;
    private final ShardWatermarks watermarks;
    private final Map<String, Long> restored;
    private final List<ShardWatermarks.Shard> shardsByIndex = new ArrayList<>();
    private final Map<String, ShardWatermarks.Shard> shardsById = new HashMap<>();

    private long others = ShardWatermarks.NONE;
    private long nextSync;
    private long sent = ShardWatermarks.NONE;

    TradeFetcher(
            List<String> streams,
            SourceContext<RowData> context,
            RuntimeContext runtime,
            Properties properties,
            KinesisDeserializationSchema<RowData> schema,
            KinesisShardAssigner assigner,
            ShardWatermarks watermarks,
            Map<String, Long> restored) {
        super(
                streams,
                new AlwaysActiveContext<>(context),
                runtime,
                properties,
                schema,
                assigner,
                null,
                null);
        this.context = context;
        this.runtime = (StreamingRuntimeContext) runtime;
        this.watermarks = watermarks;
        this.restored = restored;
    }

    @Override
    public void runFetcher() throws Exception {
        synchronized (context.getCheckpointLock()) {
            // Every shard that had a restored value has taken it by now.
            restored.clear();
        }
        emitPeriodically(runtime.getProcessingTimeService());
        super.runFetcher();
    }

    @Override
    public int registerNewSubscribedShardState(KinesisStreamShardState state) {
        synchronized (context.getCheckpointLock()) {
            int index = super.registerNewSubscribedShardState(state);
            String id = state.getStreamShardHandle().getShard().getShardId();
            ShardWatermarks.Shard shard = null;
            if (!state.getLastProcessedSequenceNum()
                    .equals(SentinelSequenceNumber.SENTINEL_SHARD_ENDING_SEQUENCE_NUM.get())) {
                shard = watermarks.open(id, restored.getOrDefault(id, ShardWatermarks.NONE), now());
                shardsById.put(id, shard);
            }
            shardsByIndex.add(shard);
            return index;
        }
    }

    @Override
    protected RecordPublisher createRecordPublisher(
            SequenceNumber position, Properties properties, MetricGroup metrics, StreamShardHandle handle)
            throws InterruptedException {
        RecordPublisher publisher =
                new UnpackingPublisher(
                        KinesisProxy.create(properties),
                        AWSUtil.getStartingPosition(position, properties),
                        properties,
                        metrics,
                        handle);
        ShardWatermarks.Shard shard;
        synchronized (context.getCheckpointLock()) {
            shard = shardsById.get(handle.getShard().getShardId());
        }
        return consumer -> {
            RecordPublisher.RecordPublisherRunResult result =
                    publisher.run(
                            batch -> {
                                SequenceNumber last = consumer.accept(batch);
                                Long behind = batch.getMillisBehindLatest();
                                synchronized (context.getCheckpointLock()) {
                                    watermarks.polled(
                                            shard,
                                            batch.getDeaggregatedRecordSize() > 0,
                                            behind != null && behind == 0,
                                            now());
                                }
                                return last;
                            });
            if (result == RecordPublisher.RecordPublisherRunResult.COMPLETE) {
                synchronized (context.getCheckpointLock()) {
                    watermarks.closed(shard, now());
                }
            }
            return result;
        };
    }

    @Override
    protected void emitRecordAndUpdateState(
            RowData record, long arrivalMillis, int shardIndex, SequenceNumber sequenceNumber) {
        TradeRow row = (TradeRow) record;
        synchronized (context.getCheckpointLock()) {
            if (!row.isRejected() && watermarks.isLate(shardsByIndex.get(shardIndex), row.eventMillis())) {
                row.reject(Reason.LATE);
            }
            long timestamp = row.isRejected() ? arrivalMillis : row.eventMillis();
            super.emitRecordAndUpdateState(row, timestamp, shardIndex, sequenceNumber);
        }
    }

    /** Runs in the task's own thread, which holds the checkpoint lock in timers. */
    private void emitPeriodically(ProcessingTimeService timers) {
        long interval = runtime.getExecutionConfig().getAutoWatermarkInterval();
        timers.registerTimer(
                timers.getCurrentProcessingTime() + interval,
                timestamp -> {
                    emitWatermarkNow();
                    emitPeriodically(timers);
                });
    }

    private void emitWatermarkNow() {
        long now = now();
        long report;
        synchronized (context.getCheckpointLock()) {
            long watermark = watermarks.advance(others, now);
            if (watermark > sent) {
                sent = watermark;
                context.emitWatermark(new Watermark(watermark));
            }
            report = watermarks.isIdle(now) ? SubtaskWatermarks.IDLE : watermark;
        }
        if (now >= nextSync && runtime.getNumberOfParallelSubtasks() > 1) {
            nextSync = now + SYNC_MILLIS;
            try {
                others = compare(report);
            } catch (IOException noNews) {
                // Idle subtasks stay where they are until the JobManager answers again.
                LOG.warn("Watermarks of the other subtasks could not be had", noNews);
            }
        }
    }

    private long compare(long watermark) throws IOException {
        int subtasks = runtime.getNumberOfParallelSubtasks();
        return runtime.getGlobalAggregateManager()
                .updateGlobalAggregate(
                        "subtask-watermarks-of-" + subtasks,
                        SubtaskWatermarks.report(runtime.getIndexOfThisSubtask(), watermark),
                        new SubtaskWatermarks(subtasks));
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    /** Keeps the connector from calling a subtask idle: see {@link SubtaskWatermarks}. */
    private static final class AlwaysActiveContext<T> implements SourceContext<T> {
        private final SourceContext<T> context;

        AlwaysActiveContext(SourceContext<T> context) {
            this.context = context;
        }

        @Override
        public void collect(T element) {
            context.collect(element);
        }

        @Override
        public void collectWithTimestamp(T element, long timestamp) {
            context.collectWithTimestamp(element, timestamp);
        }

        @Override
        public void emitWatermark(Watermark mark) {
            context.emitWatermark(mark);
        }

        @Override
        public void markAsTemporarilyIdle() {
            // An idle subtask follows the others' watermark instead.
        }

        @Override
        public Object getCheckpointLock() {
            return context.getCheckpointLock();
        }

        @Override
        public void close() {
            context.close();
        }
    }
}
