package stocktrading.job;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.clientlibrary.types.UserRecord;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.GetRecordsResult;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.Record;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.connectors.kinesis.internals.publisher.RecordBatch;
import org.apache.flink.streaming.connectors.kinesis.internals.publisher.RecordPublisher;
import org.apache.flink.streaming.connectors.kinesis.internals.publisher.polling.PollingRecordPublisherFactory;
import org.apache.flink.streaming.connectors.kinesis.model.StartingPosition;
import org.apache.flink.streaming.connectors.kinesis.model.StreamShardHandle;
import org.apache.flink.streaming.connectors.kinesis.proxy.GetShardListResult;
import org.apache.flink.streaming.connectors.kinesis.proxy.KinesisProxyInterface;

/**
 * Reads one shard as the connector does, and unpacks packed records with {@link Packs}.
 *
 * <p>The connector's publisher makes the calls, waits and renews its iterator. It does not get the
 * records of the answers, because it would unpack them with the SDK's code.
 */
final class UnpackingPublisher implements RecordPublisher {
    private final StreamShardHandle shard;
    private final Bypass bypass;
    private final RecordPublisher publisher;

    UnpackingPublisher(
            KinesisProxyInterface proxy,
            StartingPosition start,
            Properties properties,
            MetricGroup metrics,
            StreamShardHandle shard)
            throws InterruptedException {
        this.shard = shard;
        bypass = new Bypass(proxy);
        publisher = new PollingRecordPublisherFactory(unused -> bypass).create(start, properties, metrics, shard);
    }

    @Override
    public RecordPublisherRunResult run(RecordBatchConsumer consumer) throws InterruptedException {
        return publisher.run(
                empty -> consumer.accept(new Batch(bypass.take(), shard, empty.getMillisBehindLatest())));
    }

    /** Gives the connector's publisher each answer without its records, and keeps the records. */
    private static final class Bypass implements KinesisProxyInterface {
        private final KinesisProxyInterface proxy;
        private List<Record> records = Collections.emptyList();

        Bypass(KinesisProxyInterface proxy) {
            this.proxy = proxy;
        }

        @Override
        public GetRecordsResult getRecords(String iterator, int most) throws InterruptedException {
            GetRecordsResult answer = proxy.getRecords(iterator, most);
            records = answer.getRecords();
            return answer.clone().withRecords(Collections.emptyList());
        }

        /** Gives the records of the last answer once. */
        List<Record> take() {
            List<Record> taken = records;
            records = Collections.emptyList();
            return taken;
        }

        @Override
        public String getShardIterator(StreamShardHandle handle, String type, Object start)
                throws InterruptedException {
            return proxy.getShardIterator(handle, type, start);
        }

        @Override
        public GetShardListResult getShardList(Map<String, String> lastSeen)
                throws InterruptedException {
            return proxy.getShardList(lastSeen);
        }
    }

    /** The records of one answer. Each part of a packed record is a separate record. */
    private static final class Batch extends RecordBatch {
        private final int read;
        private final List<UserRecord> unpacked;
        private final long bytes;

        Batch(List<Record> records, StreamShardHandle shard, Long millisBehindLatest) {
            super(Collections.emptyList(), shard, millisBehindLatest);
            read = records.size();
            unpacked = Packs.unpack(records);
            bytes = unpacked.stream().mapToLong(record -> record.getData().remaining()).sum();
        }

        @Override
        public int getAggregatedRecordSize() {
            return read;
        }

        @Override
        public int getDeaggregatedRecordSize() {
            return unpacked.size();
        }

        @Override
        public List<UserRecord> getDeaggregatedRecords() {
            return unpacked;
        }

        @Override
        public long getTotalSizeInBytes() {
            return bytes;
        }

        @Override
        public long getAverageRecordSizeBytes() {
            return unpacked.isEmpty() ? 0 : bytes / unpacked.size();
        }
    }
}
