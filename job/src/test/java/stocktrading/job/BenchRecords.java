package stocktrading.job;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Random;

import com.sun.management.OperatingSystemMXBean;
import org.apache.flink.streaming.api.functions.source.RichParallelSourceFunction;

/**
 * The benchmark's source for both jobs: prepared bytes from memory, and a clock that starts with
 * the first record.
 *
 * <p>A thousand trades a second of event time, five tickers, one record in a hundred bad.
 */
abstract class BenchRecords<T> extends RichParallelSourceFunction<T> {
    private static final long serialVersionUID = 1L;
    private static final String[] TICKERS = {"AMZN", "GOOG", "AZRE", "ORCL", "BABA"};
    private static final LocalDateTime START = LocalDateTime.parse("2026-01-05T09:30:00");

    private final int count;

    BenchRecords(int count) {
        this.count = count;
    }

    private static byte[][] make(int count) {
        Random random = new Random(7);
        byte[][] made = new byte[count][];
        for (int index = 0; index < count; index++) {
            long micros = index * 1_000L + random.nextInt(1_000);
            String time = START.plusNanos(micros * 1_000).toString();
            String price = String.format("%.2f", 1 + random.nextDouble() * 99);
            String ticker = TICKERS[random.nextInt(TICKERS.length)];
            String record = random.nextInt(100) == 0
                    ? "{\"EVENT_TIME\": \"" + time + "\", \"TICKER\": \"" + ticker + "\"}"
                    : "{\"EVENT_TIME\": \"" + time + "\", \"TICKER\": \"" + ticker + "\", \"PRICE\": " + price + "}";
            made[index] = record.getBytes(StandardCharsets.US_ASCII);
        }
        return made;
    }

    /**
     * Seconds since the first record, and CPU seconds of the whole process since then. The start is in
     * system properties, because a job and its client have different class loaders.
     */
    static double[] elapsed() {
        return new double[] {
            (System.nanoTime() - Long.getLong("bench.nanos")) / 1e9,
            (cpuNanos() - Long.getLong("bench.cpu")) / 1e9
        };
    }

    static long millis(LocalDateTime time) {
        return time.toInstant(ZoneOffset.UTC).toEpochMilli();
    }

    @Override
    public void run(SourceContext<T> context) throws Exception {
        byte[][] records = make(count);
        System.gc();
        open(context);
        System.setProperty("bench.nanos", Long.toString(System.nanoTime()));
        System.setProperty("bench.cpu", Long.toString(cpuNanos()));
        int step = getRuntimeContext().getNumberOfParallelSubtasks();
        for (int index = getRuntimeContext().getIndexOfThisSubtask(); index < records.length; index += step) {
            synchronized (context.getCheckpointLock()) {
                emit(records[index], context);
            }
        }
    }

    /** Called once, before the first record. */
    protected void open(SourceContext<T> context) {}

    /** Called for each record, under the checkpoint lock, as the connector does. */
    protected abstract void emit(byte[] record, SourceContext<T> context);

    @Override
    public void cancel() {}

    static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
