package stocktrading.job;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;

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
import org.apache.flink.streaming.connectors.kinesis.serialization.KinesisDeserializationSchema;
import org.apache.flink.streaming.connectors.kinesis.util.AWSUtil;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.table.data.RowData;

/**
 * Gives the connector's reads to {@link ShardWatermarks}, and emits its watermark.
 *
 * <p>The connector's own watermarks are off. They use the time since a shard's last record. So a
 * shard that waits to be read would count as idle, and a backlog would lose trades.
 */
final class TradeFetcher extends KinesisDataFetcher<RowData> {
    /** How often subtasks compare their watermarks, in milliseconds. */
    private static final long SYNC_MILLIS = 500;

    /** Name of the metric of {@link ShardWatermarks#lagMillis}. */
    private static final String LAG = "eventTimeLagMilliseconds";

    private final SourceContext<RowData> context;
    private final StreamingRuntimeContext runtime;
    private final ShardWatermarks watermarks;
    private final Map<String, Long> restored;
    private final List<ShardWatermarks.Shard> shardsByIndex = new ArrayList<>();
    private final Map<String, ShardWatermarks.Shard> shardsById = new HashMap<>();
    private final OtherSubtasks others;

    private long sent = ShardWatermarks.NONE;
    private volatile long lag;

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
                context.getCheckpointLock(),
                runtime,
                properties,
                schema,
                assigner,
                null,
                null,
                new AtomicReference<>(),
                new ArrayList<>(),
                createInitialSubscribedStreamsToLastDiscoveredShardsState(streams),
                PatientProxy::new,
                null);
        this.context = context;
        this.runtime = (StreamingRuntimeContext) runtime;
        this.watermarks = watermarks;
        this.restored = restored;
        this.others =
                new OtherSubtasks(
                        this.runtime.getGlobalAggregateManager(),
                        runtime.getIndexOfThisSubtask(),
                        runtime.getNumberOfParallelSubtasks());
    }

    @Override
    public void runFetcher() throws Exception {
        synchronized (context.getCheckpointLock()) {
            // Every shard with a restored value has used it by now.
            restored.clear();
        }
        // Managed Flink sends the metrics of a group with this name to CloudWatch.
        runtime.getMetricGroup().addGroup("kinesisanalytics").gauge(LAG, this::lagMillis);
        emitPeriodically(runtime.getProcessingTimeService());
        others.start(SYNC_MILLIS);
        try {
            super.runFetcher();
        } finally {
            others.close();
        }
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
                        new PatientProxy(properties),
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
                                long readAt = now();
                                SequenceNumber last = consumer.accept(batch);
                                Long behind = batch.getMillisBehindLatest();
                                synchronized (context.getCheckpointLock()) {
                                    watermarks.polled(
                                            shard, behind == null ? Integer.MAX_VALUE : behind, readAt, now());
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
            ShardWatermarks.Shard shard = shardsByIndex.get(shardIndex);
            if (row.isRejected()) {
                watermarks.arrived(shard, arrivalMillis);
            } else if (watermarks.isLate(shard, row.eventMillis(), arrivalMillis)) {
                row.reject(Reason.LATE);
            }
            long timestamp = row.isRejected() ? arrivalMillis : row.eventMillis();
            super.emitRecordAndUpdateState(row, timestamp, shardIndex, sequenceNumber);
        }
    }

    /** Runs in the task's thread, which holds the checkpoint lock in timers. */
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
        synchronized (context.getCheckpointLock()) {
            long watermark = watermarks.advance(others.lowest(), now);
            if (watermark > sent) {
                sent = watermark;
                context.emitWatermark(new Watermark(watermark));
            }
            others.report(watermark, watermarks.isIdle(now));
            lag = watermarks.lagMillis(others.everywhere(watermark), now);
        }
    }

    private long lagMillis() {
        return lag;
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    /** Prevents the connector from marking a subtask as idle. See {@link SubtaskWatermarks}. */
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
            // An idle subtask follows the watermark of the others instead.
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
