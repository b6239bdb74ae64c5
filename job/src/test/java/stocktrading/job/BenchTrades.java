package stocktrading.job;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.table.data.RowData;

/** Prepared bytes as the job's source emits them: decoded, checked, and with its watermarks. */
public final class BenchTrades extends BenchRecords<RowData> implements ResultTypeQueryable<RowData> {
    private static final long serialVersionUID = 1L;
    private static final int RECORDS_A_WATERMARK = 50_000;

    private transient TradeSchema schema;
    private transient ShardWatermarks watermarks;
    private transient ShardWatermarks.Shard shard;
    private transient int sinceWatermark;

    public BenchTrades(int count) {
        super(count);
    }

    /** CPU seconds of this process so far. */
    public static double cpuSeconds() {
        return cpuNanos() / 1e9;
    }

    public static double[] elapsedSeconds() {
        return elapsed();
    }

    @Override
    protected void open(SourceContext<RowData> context) {
        schema = new TradeSchema(60_000);
        watermarks = new ShardWatermarks(5_000, 10_000, 5_000);
        shard = watermarks.open("shard", ShardWatermarks.NONE, 0);
    }

    @Override
    protected void emit(byte[] record, SourceContext<RowData> context) {
        TradeRow row = schema.deserialize(record, "", "1", Long.MAX_VALUE / 2, "stream", "shard");
        if (!row.isRejected() && watermarks.isLate(shard, row.eventMillis(), row.arrivalMillis())) {
            row.reject(Reason.LATE);
        }
        context.collectWithTimestamp(row, row.isRejected() ? row.arrivalMillis() : row.eventMillis());
        if (++sinceWatermark == RECORDS_A_WATERMARK) {
            sinceWatermark = 0;
            context.emitWatermark(new Watermark(watermarks.advance(ShardWatermarks.NONE, 0)));
        }
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return TradeRow.type();
    }
}
