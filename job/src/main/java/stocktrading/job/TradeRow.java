package stocktrading.job;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RawValueData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/**
 * A decoded and checked record of the ingest stream: a trade, or a dead letter with its reason.
 *
 * <p>The job has its own row class, because primitive fields take a fifth of the time of the boxed
 * ones of a generic row. A row never leaves the source's task. {@link SliceOperator} and {@link
 * LetterOperator} are chained to the source, and read more of the row than SQL sees.
 */
final class TradeRow implements RowData {
    /** Largest further number. With it, a sum of 10^290 of them is still a number. */
    private static final double MOST = 1e15;

    /** Number of columns before those of the further numbers. */
    private static final int FIXED_COLUMNS = 4;

    private static final double[] NONE = {};

    private final byte[] record;
    private final long arrivalMillis;
    private final String shard;
    private final String sequenceNumber;

    private byte[] tickerBytes;
    private int tickerFrom;
    private int tickerTo;
    private double price;
    private long eventMillis;
    private double[] more = NONE;
    private Reason reason;

    TradeRow(byte[] record, long arrivalMillis, String shard, String sequenceNumber) {
        this.record = record;
        this.arrivalMillis = arrivalMillis;
        this.shard = shard;
        this.sequenceNumber = sequenceNumber;
    }

    /**
     * The columns that SQL sees.
     *
     * @param moreNumbers names of the numbers that a trade has besides its price
     */
    static InternalTypeInfo<RowData> type(String... moreNumbers) {
        List<DataTypes.Field> fields =
                new ArrayList<>(
                        List.of(
                                DataTypes.FIELD("ticker", DataTypes.STRING()),
                                DataTypes.FIELD("price", DataTypes.DOUBLE().notNull()),
                                DataTypes.FIELD("event_time", DataTypes.TIMESTAMP_LTZ(3)),
                                DataTypes.FIELD("reason", DataTypes.STRING())));
        for (String name : moreNumbers) {
            fields.add(DataTypes.FIELD(name.toLowerCase(Locale.ROOT), DataTypes.DOUBLE().notNull()));
        }
        return InternalTypeInfo.of((RowType) DataTypes.ROW(fields).getLogicalType());
    }

    /** Further numbers that have not been read yet. */
    static double[] absent(int count) {
        if (count == 0) {
            return NONE;
        }
        double[] numbers = new double[count];
        Arrays.fill(numbers, Double.NaN);
        return numbers;
    }

    /** Whether a further number is valid: above 0 and at most 10^15. */
    static boolean isNumber(double value) {
        return value > 0 && value <= MOST;
    }

    /**
     * Make this row a trade. The ticker is UTF-8 from {@code from} to {@code to}, exclusive. {@code
     * numbers} are the further numbers, and the row keeps the array.
     */
    void accept(byte[] bytes, int from, int to, double tradedPrice, long tradedMillis, double... numbers) {
        tickerBytes = bytes;
        tickerFrom = from;
        tickerTo = to;
        price = tradedPrice;
        eventMillis = tradedMillis;
        more = numbers;
    }

    /** Make this row a dead letter. */
    void reject(Reason why) {
        reason = why;
    }

    boolean isRejected() {
        return reason != null;
    }

    Reason reason() {
        return reason;
    }

    /** Let a key refer to this trade's ticker. */
    void readTicker(TickerKey ticker) {
        ticker.set(tickerBytes, tickerFrom, tickerTo);
    }

    double price() {
        return price;
    }

    /** A number of the trade: 0 is the price, and the further numbers follow. */
    double number(int index) {
        return index == 0 ? price : more[index - 1];
    }

    long eventMillis() {
        return eventMillis;
    }

    long arrivalMillis() {
        return arrivalMillis;
    }

    /** The record as it was received. */
    byte[] record() {
        return record;
    }

    String shard() {
        return shard;
    }

    String sequenceNumber() {
        return sequenceNumber;
    }

    /** The same verdict on a record that is not kept in memory. */
    TradeRow withoutRecord() {
        TradeRow row = new TradeRow(null, arrivalMillis, shard, sequenceNumber);
        row.reject(reason);
        return row;
    }

    @Override
    public int getArity() {
        return FIXED_COLUMNS + more.length;
    }

    @Override
    public boolean isNullAt(int column) {
        switch (column) {
            case 0:
                return tickerBytes == null;
            case 2:
                return reason != null;
            case 3:
                return reason == null;
            default:
                return false;
        }
    }

    @Override
    public double getDouble(int column) {
        if (column < FIXED_COLUMNS) {
            return price;
        }
        // A rejected record has no numbers, and SQL may read them before it looks at the reason.
        return column - FIXED_COLUMNS < more.length ? more[column - FIXED_COLUMNS] : 0;
    }

    @Override
    public long getLong(int column) {
        throw noSuch(column);
    }

    @Override
    public TimestampData getTimestamp(int column, int precision) {
        return TimestampData.fromEpochMillis(eventMillis);
    }

    @Override
    public StringData getString(int column) {
        return column == 3
                ? reason.text()
                : BinaryStringData.fromBytes(tickerBytes, tickerFrom, tickerTo - tickerFrom);
    }

    @Override
    public RowKind getRowKind() {
        return RowKind.INSERT;
    }

    @Override
    public void setRowKind(RowKind kind) {
        if (kind != RowKind.INSERT) {
            throw new UnsupportedOperationException("a record of a stream is only ever inserted");
        }
    }

    @Override
    public boolean getBoolean(int column) {
        throw noSuch(column);
    }

    @Override
    public byte getByte(int column) {
        throw noSuch(column);
    }

    @Override
    public short getShort(int column) {
        throw noSuch(column);
    }

    @Override
    public int getInt(int column) {
        throw noSuch(column);
    }

    @Override
    public float getFloat(int column) {
        throw noSuch(column);
    }

    @Override
    public DecimalData getDecimal(int column, int precision, int scale) {
        throw noSuch(column);
    }

    @Override
    public <T> RawValueData<T> getRawValue(int column) {
        throw noSuch(column);
    }

    @Override
    public byte[] getBinary(int column) {
        throw noSuch(column);
    }

    @Override
    public ArrayData getArray(int column) {
        throw noSuch(column);
    }

    @Override
    public MapData getMap(int column) {
        throw noSuch(column);
    }

    @Override
    public RowData getRow(int column, int arity) {
        throw noSuch(column);
    }

    private static UnsupportedOperationException noSuch(int column) {
        return new UnsupportedOperationException("column " + column + " has another type");
    }
}
