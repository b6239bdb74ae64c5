package stocktrading.job;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.connectors.kinesis.FlinkKinesisConsumer;
import org.apache.flink.streaming.connectors.kinesis.config.ConsumerConfigConstants;
import org.apache.flink.streaming.connectors.kinesis.internals.KinesisDataFetcher;
import org.apache.flink.streaming.connectors.kinesis.serialization.KinesisDeserializationSchema;
import org.apache.flink.streaming.connectors.kinesis.util.UniformShardAssigner;
import org.apache.flink.table.data.RowData;

/**
 * The source of trades and dead letters: the connector's consumer, with watermarks of its own.
 *
 * <p>Beside the connector's positions it keeps what judges a trade late, as the window operator
 * keeps its watermark over a restart and drops what is late for it; and the time from which it
 * first read, so that a shard silent until a restart is read from there and not from the restart.
 */
public final class TradeConsumer extends FlinkKinesisConsumer<RowData> {
    private static final long serialVersionUID = 1L;

    /** How often new shards are looked for; a tenth of a percent of what ListShards allows. */
    private static final long DISCOVERY_MILLIS = 1_000;

    /** How long a closed shard waits for its children to be found by every subtask. */
    private static final long CLOSED_HOLD_MILLIS = 5 * DISCOVERY_MILLIS;

    private final long delayMillis;
    private final long idleTimeoutMillis;
    private final int windowSeconds;
    private final int slideSeconds;
    private final String startTimestamp;

    private transient ShardWatermarks watermarks;
    private transient Map<String, Long> restored;
    private transient String firstStartTimestamp;
    private transient ListState<Tuple2<String, Long>> latestState;
    private transient ListState<Long> watermarkState;
    private transient ListState<String> startState;
    private transient ListState<Tuple2<Integer, Integer>> windowState;

    /**
     * @param stream name of the ingest stream
     * @param properties the connector's own: region, endpoint, initial position
     * @param delayMillis how far a trade may be behind the latest of its shard
     * @param idleTimeoutMillis how long a shard read to its end may be silent and hold others back
     * @param maxFutureMillis how far a trade may be ahead of its arrival
     * @param windowSeconds length of a window; not used here, but kept with the state, which no job
     *     of other windows can carry on from
     * @param slideSeconds from the start of one window to that of the next; kept as well
     */
    public TradeConsumer(
            String stream,
            Properties properties,
            long delayMillis,
            long idleTimeoutMillis,
            long maxFutureMillis,
            int windowSeconds,
            int slideSeconds) {
        super(stream, new TradeSchema(maxFutureMillis), withDiscovery(properties));
        setShardAssigner(new UniformShardAssigner());
        this.delayMillis = delayMillis;
        this.idleTimeoutMillis = idleTimeoutMillis;
        this.windowSeconds = windowSeconds;
        this.slideSeconds = slideSeconds;
        this.startTimestamp =
                properties.getProperty(ConsumerConfigConstants.STREAM_INITIAL_TIMESTAMP, "");
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        super.initializeState(context);
        latestState =
                context.getOperatorStateStore()
                        .getUnionListState(
                                new ListStateDescriptor<>(
                                        "latest-trade-by-shard", Types.TUPLE(Types.STRING, Types.LONG)));
        watermarkState =
                context.getOperatorStateStore()
                        .getUnionListState(new ListStateDescriptor<>("watermark", Types.LONG));
        startState =
                context.getOperatorStateStore()
                        .getUnionListState(new ListStateDescriptor<>("start-timestamp", Types.STRING));
        windowState =
                context.getOperatorStateStore()
                        .getUnionListState(
                                new ListStateDescriptor<>(
                                        "window-and-slide-seconds", Types.TUPLE(Types.INT, Types.INT)));

        watermarks = new ShardWatermarks(delayMillis, idleTimeoutMillis, CLOSED_HOLD_MILLIS);
        restored = new HashMap<>();
        firstStartTimestamp = startTimestamp;
        if (context.isRestored()) {
            checkWindows(windowState.get());
            for (Tuple2<String, Long> latest : latestState.get()) {
                restored.merge(latest.f0, latest.f1, Math::max);
            }
            // The window operator's own watermark: the lowest of all subtasks'.
            long watermark = Long.MAX_VALUE;
            for (long subtaskWatermark : watermarkState.get()) {
                watermark = Math.min(watermark, subtaskWatermark);
            }
            watermarks.restore(watermark == Long.MAX_VALUE ? ShardWatermarks.NONE : watermark);
            for (String start : startState.get()) {
                firstStartTimestamp = start.isEmpty() ? firstStartTimestamp : start;
            }
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        super.snapshotState(context);
        Map<String, Long> latest = new HashMap<>(restored);
        watermarks.latest().forEach((shard, millis) -> latest.merge(shard, millis, Math::max));
        latestState.clear();
        for (Map.Entry<String, Long> shard : latest.entrySet()) {
            latestState.add(Tuple2.of(shard.getKey(), shard.getValue()));
        }
        watermarkState.update(Collections.singletonList(watermarks.emitted()));
        startState.update(Collections.singletonList(firstStartTimestamp));
        windowState.update(Collections.singletonList(Tuple2.of(windowSeconds, slideSeconds)));
    }

    /** Refuse, once and for all, a state whose windows this job would carry on as others. */
    private void checkWindows(Iterable<Tuple2<Integer, Integer>> restoredWindows) {
        for (Tuple2<Integer, Integer> kept : restoredWindows) {
            if (kept.f0 != windowSeconds || kept.f1 != slideSeconds) {
                String message =
                        String.format(
                                "TradingDataConfigProperties.WindowSeconds, SlideSeconds: given %d, %d; allowed: "
                                        + "%d, %d, as in the restored state, or a start without that state",
                                windowSeconds, slideSeconds, kept.f0, kept.f1);
                throw new SuppressRestartsException(new IllegalArgumentException(message));
            }
        }
    }

    @Override
    protected KinesisDataFetcher<RowData> createFetcher(
            List<String> streams,
            SourceContext<RowData> context,
            RuntimeContext runtime,
            Properties properties,
            KinesisDeserializationSchema<RowData> schema) {
        Properties fromFirstStart = new Properties();
        fromFirstStart.putAll(properties);
        fromFirstStart.setProperty(ConsumerConfigConstants.STREAM_INITIAL_TIMESTAMP, firstStartTimestamp);
        return new TradeFetcher(
                streams,
                context,
                runtime,
                fromFirstStart,
                schema,
                getShardAssigner(),
                watermarks,
                restored);
    }

    private static Properties withDiscovery(Properties properties) {
        Properties all = new Properties();
        all.putAll(properties);
        all.setProperty(
                ConsumerConfigConstants.SHARD_DISCOVERY_INTERVAL_MILLIS, Long.toString(DISCOVERY_MILLIS));
        return all;
    }
}
