package stocktrading.job;

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
    /** The columns that SQL sees. */
    static final InternalTypeInfo<RowData> TYPE =
            InternalTypeInfo.of(
                    (RowType)
                            DataTypes.ROW(
                                            DataTypes.FIELD("ticker", DataTypes.STRING()),
                                            DataTypes.FIELD("price", DataTypes.DOUBLE().notNull()),
                                            DataTypes.FIELD("event_time", DataTypes.TIMESTAMP_LTZ(3)),
                                            DataTypes.FIELD("reason", DataTypes.STRING()))
                                    .getLogicalType());

    private final byte[] record;
    private final long arrivalMillis;
    private final String shard;
    private final String sequenceNumber;

    private byte[] tickerBytes;
    private int tickerFrom;
    private int tickerTo;
    private double price;
    private long eventMillis;
    private Reason reason;

    TradeRow(byte[] record, long arrivalMillis, String shard, String sequenceNumber) {
        this.record = record;
        this.arrivalMillis = arrivalMillis;
        this.shard = shard;
        this.sequenceNumber = sequenceNumber;
    }

    /** Make this row a trade. The ticker is UTF-8 from {@code from} to {@code to}, exclusive. */
    void accept(byte[] bytes, int from, int to, double tradedPrice, long tradedMillis) {
        tickerBytes = bytes;
        tickerFrom = from;
        tickerTo = to;
        price = tradedPrice;
        eventMillis = tradedMillis;
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
        return 4;
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
        return price;
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
