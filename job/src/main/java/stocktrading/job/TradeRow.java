package stocktrading.job;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RawValueData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/**
 * A record of the ingest stream, decoded and judged: a trade, or a dead letter with its reason.
 *
 * <p>A row class of its own, as plain fields cost a fifth of the boxed ones of a generic row; what
 * only a dead letter needs is made when the record is rejected.
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
                                            DataTypes.FIELD("reason", DataTypes.STRING()),
                                            DataTypes.FIELD("payload", DataTypes.STRING()),
                                            DataTypes.FIELD("payload_encoding", DataTypes.STRING()),
                                            DataTypes.FIELD("payload_size", DataTypes.BIGINT()),
                                            DataTypes.FIELD("payload_sha256", DataTypes.STRING()),
                                            DataTypes.FIELD("arrival_time", DataTypes.TIMESTAMP_LTZ(3)),
                                            DataTypes.FIELD("shard", DataTypes.STRING()),
                                            DataTypes.FIELD("sequence_number", DataTypes.STRING()))
                                    .getLogicalType());

    private final byte[] record;
    private final long arrivalMillis;
    private final String shard;
    private final String sequenceNumber;

    private StringData ticker;
    private double price;
    private long eventMillis;
    private Reason reason;
    private Payload payload;

    TradeRow(byte[] record, long arrivalMillis, String shard, String sequenceNumber) {
        this.record = record;
        this.arrivalMillis = arrivalMillis;
        this.shard = shard;
        this.sequenceNumber = sequenceNumber;
    }

    /** Make this row a trade. */
    void accept(StringData tradedTicker, double tradedPrice, long tradedMillis) {
        ticker = tradedTicker;
        price = tradedPrice;
        eventMillis = tradedMillis;
    }

    /** Make this row a dead letter; it keeps the record as it was received. */
    void reject(Reason why) {
        reason = why;
        payload = Payload.of(record);
    }

    boolean isRejected() {
        return reason != null;
    }

    Reason reason() {
        return reason;
    }

    long eventMillis() {
        return eventMillis;
    }

    long arrivalMillis() {
        return arrivalMillis;
    }

    @Override
    public int getArity() {
        return 11;
    }

    @Override
    public boolean isNullAt(int column) {
        switch (column) {
            case 0:
                return ticker == null;
            case 2:
                return reason != null;
            case 3:
            case 4:
            case 5:
                return reason == null;
            case 6:
            case 7:
                return payload == null || !payload.isCut();
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
        return payload.size();
    }

    @Override
    public TimestampData getTimestamp(int column, int precision) {
        return TimestampData.fromEpochMillis(column == 2 ? eventMillis : arrivalMillis);
    }

    @Override
    public StringData getString(int column) {
        switch (column) {
            case 0:
                return ticker;
            case 3:
                return reason.text();
            case 4:
                return StringData.fromString(payload.text());
            case 5:
                return StringData.fromString(payload.encoding());
            case 7:
                return StringData.fromString(payload.sha256());
            case 9:
                return StringData.fromString(shard);
            case 10:
                return StringData.fromString(sequenceNumber);
            default:
                throw noSuch(column);
        }
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
