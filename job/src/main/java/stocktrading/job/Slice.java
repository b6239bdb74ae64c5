package stocktrading.job;

import java.util.ArrayList;
import java.util.List;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;

/** The aggregates of one ticker's trades in one slice of time, for the trades read so far. */
final class Slice {
    private static final int FIXED_COLUMNS = 6;

    private final List<SlicePart> parts;
    private final double[] values;
    private double max = Double.NEGATIVE_INFINITY;
    private double min = Double.POSITIVE_INFINITY;
    private double scaledSum;
    private long trades;

    /** @param parts what the slice has of its trades besides the columns of every slice */
    Slice(List<SlicePart> parts) {
        this.parts = parts;
        values = new double[parts.size()];
        for (int index = 0; index < values.length; index++) {
            values[index] = parts.get(index).start();
        }
    }

    /** The columns that SQL sees. */
    static InternalTypeInfo<RowData> type(List<SlicePart> parts) {
        List<DataTypes.Field> fields =
                new ArrayList<>(
                        List.of(
                                DataTypes.FIELD("ticker", DataTypes.STRING()),
                                DataTypes.FIELD("slice_time", DataTypes.TIMESTAMP_LTZ(3)),
                                DataTypes.FIELD("max_price", DataTypes.DOUBLE().notNull()),
                                DataTypes.FIELD("min_price", DataTypes.DOUBLE().notNull()),
                                DataTypes.FIELD("scaled_sum", DataTypes.DOUBLE().notNull()),
                                DataTypes.FIELD("trades", DataTypes.BIGINT().notNull())));
        for (SlicePart part : parts) {
            fields.add(DataTypes.FIELD(part.name(), DataTypes.DOUBLE().notNull()));
        }
        return InternalTypeInfo.of((RowType) DataTypes.ROW(fields).getLogicalType());
    }

    /** Count one trade. Its price is a finite number above 0. */
    void add(TradeRow trade, double scale) {
        double price = trade.price();
        // Comparisons cost less than Math.max and Math.min, which also order NaN and -0.0.
        if (price > max) {
            max = price;
        }
        if (price < min) {
            min = price;
        }
        scaledSum += price * scale;
        trades++;
        for (int index = 0; index < values.length; index++) {
            values[index] = parts.get(index).add(values[index], trade);
        }
    }

    /** The row of this slice. Its time is in milliseconds since the epoch. */
    RowData toRow(TickerKey ticker, long sliceTime) {
        GenericRowData row = new GenericRowData(FIXED_COLUMNS + values.length);
        row.setField(0, BinaryStringData.fromBytes(ticker.toBytes()));
        row.setField(1, TimestampData.fromEpochMillis(sliceTime));
        row.setField(2, max);
        row.setField(3, min);
        row.setField(4, scaledSum);
        row.setField(5, trades);
        for (int index = 0; index < values.length; index++) {
            row.setField(FIXED_COLUMNS + index, values[index]);
        }
        return row;
    }
}
