package stocktrading.job;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;

/** The aggregates of one ticker's trades in one slice of time, for the trades read so far. */
final class Slice {
    /** The columns that SQL sees. */
    static final InternalTypeInfo<RowData> TYPE =
            InternalTypeInfo.of(
                    (RowType)
                            DataTypes.ROW(
                                            DataTypes.FIELD("ticker", DataTypes.STRING()),
                                            DataTypes.FIELD("slice_time", DataTypes.TIMESTAMP_LTZ(3)),
                                            DataTypes.FIELD("max_price", DataTypes.DOUBLE().notNull()),
                                            DataTypes.FIELD("min_price", DataTypes.DOUBLE().notNull()),
                                            DataTypes.FIELD("scaled_sum", DataTypes.DOUBLE().notNull()),
                                            DataTypes.FIELD("trades", DataTypes.BIGINT().notNull()))
                                    .getLogicalType());

    private double max = Double.NEGATIVE_INFINITY;
    private double min = Double.POSITIVE_INFINITY;
    private double scaledSum;
    private long trades;

    /** Count one trade. Its price is a finite number above 0. */
    void add(double price, double scale) {
        // Comparisons cost less than Math.max and Math.min, which also order NaN and -0.0.
        if (price > max) {
            max = price;
        }
        if (price < min) {
            min = price;
        }
        scaledSum += price * scale;
        trades++;
    }

    /** The row of this slice. Its time is in milliseconds since the epoch. */
    RowData toRow(TickerKey ticker, long sliceTime) {
        return GenericRowData.of(
                BinaryStringData.fromBytes(ticker.toBytes()),
                TimestampData.fromEpochMillis(sliceTime),
                max,
                min,
                scaledSum,
                trades);
    }
}
