package stocktrading.job;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.connectors.kinesis.serialization.KinesisDeserializationSchema;
import org.apache.flink.table.data.RowData;

/** Decodes the records of one shard. The connector gives each shard its own copy. */
final class TradeSchema implements KinesisDeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;

    private final long maxFutureMillis;
    private final String[] moreNumbers;
    private transient TradeDecoder decoder;

    TradeSchema(long maxFutureMillis, String... moreNumbers) {
        this.maxFutureMillis = maxFutureMillis;
        this.moreNumbers = moreNumbers;
    }

    @Override
    public TradeRow deserialize(
            byte[] record,
            String partitionKey,
            String sequenceNumber,
            long arrivalMillis,
            String stream,
            String shardId) {
        if (decoder == null) {
            decoder = new TradeDecoder(maxFutureMillis, moreNumbers);
        }
        return decoder.decode(record, arrivalMillis, shardId, sequenceNumber);
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return TradeRow.type(moreNumbers);
    }
}
