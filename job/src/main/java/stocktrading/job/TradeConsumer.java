package stocktrading.job;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

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
 * The source of trades and dead letters: the connector's consumer with the job's own watermarks.
 *
 * <p>Its state has the connector's positions, and the watermarks that decide which trade is late.
 * The window operator also keeps its watermark in the state, and drops rows that are late for it. The
 * state also has the time of the first start. After a restart, a shard without records until then is
 * read from that time and not from the restart.
 */
public final class TradeConsumer extends FlinkKinesisConsumer<RowData> {
    private static final long serialVersionUID = 1L;

    /** Time between two searches for new shards: a thousandth of the rate that ListShards allows. */
    private static final long DISCOVERY_MILLIS = 1_000;

    /** How long a closed shard waits until every subtask has found its children. */
    private static final long CLOSED_HOLD_MILLIS = 5 * DISCOVERY_MILLIS;

    private final long delayMillis;
    private final long idleTimeoutMillis;
    private final List<Integer> windowSeconds;
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
     * @param properties the connector's properties: region, endpoint, initial position
     * @param delayMillis how far a trade may be behind the latest of its shard
     * @param idleTimeoutMillis time without counted trades after which a shard that was read to its
     *     end no longer delays others
     * @param maxFutureMillis how far a trade's event time may be after its arrival
     * @param windowSeconds lengths of the windows. They are not used here, but kept in the state, because
     *     a job with other windows can't continue from it.
     * @param slideSeconds time from the start of one window to the next. It is kept too.
     * @param moreNumbers names of the numbers that a trade has besides its price
     */
    public TradeConsumer(
            String stream,
            Properties properties,
            long delayMillis,
            long idleTimeoutMillis,
            long maxFutureMillis,
            List<Integer> windowSeconds,
            int slideSeconds,
            List<String> moreNumbers) {
        super(
                stream,
                new TradeSchema(maxFutureMillis, moreNumbers.toArray(new String[0])),
                withDiscovery(properties));
        setShardAssigner(new UniformShardAssigner());
        this.delayMillis = delayMillis;
        this.idleTimeoutMillis = idleTimeoutMillis;
        this.windowSeconds = new ArrayList<>(windowSeconds);
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
            // The window operator's watermark is the lowest of all subtasks.
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
        windowState.update(windows());
    }

    /** Refuse, without a restart, a state whose windows have another length or slide. */
    private void checkWindows(Iterable<Tuple2<Integer, Integer>> restoredWindows) {
        Set<Tuple2<Integer, Integer>> kept = new LinkedHashSet<>(); // each subtask kept them
        restoredWindows.forEach(kept::add);
        if (!kept.isEmpty() && !kept.equals(new HashSet<>(windows()))) {
            String message =
                    String.format(
                            "TradingDataConfigProperties.WindowSeconds, SlideSeconds: given %s; allowed: "
                                    + "%s, as in the restored state, or a start without that state",
                            text(windows()), text(kept));
            throw new SuppressRestartsException(new IllegalArgumentException(message));
        }
    }

    private List<Tuple2<Integer, Integer>> windows() {
        List<Tuple2<Integer, Integer>> windows = new ArrayList<>();
        for (int seconds : windowSeconds) {
            windows.add(Tuple2.of(seconds, slideSeconds));
        }
        return windows;
    }

    private static String text(Collection<Tuple2<Integer, Integer>> windows) {
        return windows.stream().map(each -> each.f0 + ", " + each.f1).collect(Collectors.joining(" and "));
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
