package stocktrading.job;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.RichSinkFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.time.Time;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * The baseline of the benchmark: a DataStream job written in the common way. For each record it has
 * a text, a JSON tree and {@code LocalDateTime.parse}. A keyed sliding window has the values of the
 * job's results: highest, lowest and average price and the count. It has no dead letters.
 */
public final class BenchBaseline {
    private BenchBaseline() {}

    public static void main(String[] arguments) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.addSource(new Bytes(Integer.parseInt(arguments[0])))
                .flatMap(new Parse())
                .assignTimestampsAndWatermarks(
                        WatermarkStrategy.<Tuple3<String, Double, Long>>forBoundedOutOfOrderness(
                                        Duration.ofSeconds(5))
                                .withTimestampAssigner((trade, previous) -> trade.f2))
                .keyBy(trade -> trade.f0)
                .window(SlidingEventTimeWindows.of(Time.seconds(60), Time.seconds(30)))
                .aggregate(new Prices(), new Format())
                .addSink(new Lines(arguments[1]));
        env.execute();
        double[] elapsed = BenchRecords.elapsed();
        System.out.println("{\"seconds\": " + elapsed[0] + ", \"cpu\": " + elapsed[1] + "}");
    }

    /** The same prepared bytes, not decoded. */
    static final class Bytes extends BenchRecords<byte[]> {
        private static final long serialVersionUID = 1L;

        Bytes(int count) {
            super(count);
        }

        @Override
        protected void emit(byte[] record, SourceContext<byte[]> context) {
            context.collect(record);
        }
    }

    /** Builds a JSON tree for each record. */
    static final class Parse implements FlatMapFunction<byte[], Tuple3<String, Double, Long>> {
        private static final long serialVersionUID = 1L;
        private static final ObjectMapper MAPPER = new ObjectMapper();
        private static final SimpleStringSchema TEXT = new SimpleStringSchema();

        @Override
        public void flatMap(byte[] record, Collector<Tuple3<String, Double, Long>> trades) throws IOException {
            JsonNode tree = MAPPER.readValue(TEXT.deserialize(record), JsonNode.class);
            if (tree.hasNonNull("PRICE")) {
                long millis = BenchRecords.millis(LocalDateTime.parse(tree.get("EVENT_TIME").asText()));
                trades.collect(Tuple3.of(tree.get("TICKER").asText(), tree.get("PRICE").asDouble(), millis));
            }
        }
    }

    /** Highest, lowest, sum and count of a window's trades. */
    static final class Prices
            implements AggregateFunction<
                    Tuple3<String, Double, Long>,
                    Tuple4<Double, Double, Double, Long>,
                    Tuple4<Double, Double, Double, Long>> {
        private static final long serialVersionUID = 1L;

        @Override
        public Tuple4<Double, Double, Double, Long> createAccumulator() {
            return Tuple4.of(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0.0, 0L);
        }

        @Override
        public Tuple4<Double, Double, Double, Long> add(
                Tuple3<String, Double, Long> trade, Tuple4<Double, Double, Double, Long> prices) {
            prices.f0 = Math.max(prices.f0, trade.f1);
            prices.f1 = Math.min(prices.f1, trade.f1);
            prices.f2 += trade.f1;
            prices.f3++;
            return prices;
        }

        @Override
        public Tuple4<Double, Double, Double, Long> getResult(Tuple4<Double, Double, Double, Long> prices) {
            return prices;
        }

        @Override
        public Tuple4<Double, Double, Double, Long> merge(
                Tuple4<Double, Double, Double, Long> one, Tuple4<Double, Double, Double, Long> other) {
            return Tuple4.of(
                    Math.max(one.f0, other.f0), Math.min(one.f1, other.f1), one.f2 + other.f2, one.f3 + other.f3);
        }
    }

    /** Writes one line for each window and ticker. */
    static final class Format
            extends ProcessWindowFunction<Tuple4<Double, Double, Double, Long>, String, String, TimeWindow> {
        private static final long serialVersionUID = 1L;

        @Override
        public void process(
                String ticker,
                Context context,
                Iterable<Tuple4<Double, Double, Double, Long>> windows,
                Collector<String> out) {
            Tuple4<Double, Double, Double, Long> prices = windows.iterator().next();
            out.collect(
                    String.format(
                            "{\"window_end\": %d, \"ticker\": \"%s\", \"max_price\": %s, \"min_price\": %s,"
                                    + " \"avg_price\": %s, \"trades\": %d}",
                            context.window().getEnd(),
                            ticker,
                            prices.f0,
                            prices.f1,
                            prices.f2 / prices.f3,
                            prices.f3));
        }
    }

    /** Writes results to a file, so that both jobs' results can be compared. */
    static final class Lines extends RichSinkFunction<String> {
        private static final long serialVersionUID = 1L;
        private final String file;
        private transient PrintWriter writer;

        Lines(String file) {
            this.file = file;
        }

        @Override
        public void invoke(String line, Context context) throws IOException {
            if (writer == null) {
                writer = new PrintWriter(Files.newBufferedWriter(Path.of(file)));
            }
            writer.println(line);
        }

        @Override
        public void close() {
            if (writer != null) {
                writer.close();
            }
        }
    }
}
