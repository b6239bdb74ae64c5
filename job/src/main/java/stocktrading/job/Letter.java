package stocktrading.job;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;

/**
 * A dead letter: one rejected record, or many of one shard that were rejected for one reason.
 *
 * <p>A letter for many has the first record as an example, their number, and the last one's place.
 */
final class Letter {
    /** The columns that SQL sees. */
    static final InternalTypeInfo<RowData> TYPE =
            InternalTypeInfo.of(
                    (RowType)
                            DataTypes.ROW(
                                            DataTypes.FIELD("reason", DataTypes.STRING()),
                                            DataTypes.FIELD("payload", DataTypes.STRING()),
                                            DataTypes.FIELD("payload_encoding", DataTypes.STRING()),
                                            DataTypes.FIELD("payload_size", DataTypes.BIGINT()),
                                            DataTypes.FIELD("payload_sha256", DataTypes.STRING()),
                                            DataTypes.FIELD("arrival_time", DataTypes.TIMESTAMP_LTZ(3)),
                                            DataTypes.FIELD("shard", DataTypes.STRING()),
                                            DataTypes.FIELD("sequence_number", DataTypes.STRING()),
                                            DataTypes.FIELD("records", DataTypes.BIGINT()),
                                            DataTypes.FIELD("last_sequence_number", DataTypes.STRING()))
                                    .getLogicalType());

    /** Maximum bytes of the example in a letter for many. */
    static final int EXAMPLE_BYTES = 4 * 1024;

    private final TradeRow first;
    private final Payload example;
    private String lastSequenceNumber;
    private long records;

    /** Begin a letter for many with its first record. */
    Letter(TradeRow first) {
        this.first = first.withoutRecord();
        this.example = Payload.of(first.record(), EXAMPLE_BYTES);
        add(first);
    }

    /** Add one more record of its shard and reason to this letter. */
    void add(TradeRow rejected) {
        lastSequenceNumber = rejected.sequenceNumber();
        records++;
    }

    /** The row of this letter for many. */
    RowData toRow() {
        return row(first, example, records, StringData.fromString(lastSequenceNumber));
    }

    /** The row of a letter for one record. */
    static RowData of(TradeRow rejected, Payload payload) {
        return row(rejected, payload, null, null);
    }

    private static RowData row(TradeRow rejected, Payload payload, Long records, StringData last) {
        return GenericRowData.of(
                rejected.reason().text(),
                StringData.fromString(payload.text()),
                StringData.fromString(payload.encoding()),
                payload.isCut() ? payload.size() : null,
                StringData.fromString(payload.sha256()),
                TimestampData.fromEpochMillis(rejected.arrivalMillis()),
                StringData.fromString(rejected.shard()),
                StringData.fromString(rejected.sequenceNumber()),
                records,
                last);
    }
}
