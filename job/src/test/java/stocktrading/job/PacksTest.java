package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.clientlibrary.types.UserRecord;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.GetRecordsResult;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.HashKeyRange;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.Record;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.Shard;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.streaming.connectors.kinesis.internals.publisher.RecordBatch;
import org.apache.flink.streaming.connectors.kinesis.model.SequenceNumber;
import org.apache.flink.streaming.connectors.kinesis.model.StartingPosition;
import org.apache.flink.streaming.connectors.kinesis.model.StreamShardHandle;
import org.apache.flink.streaming.connectors.kinesis.proxy.GetShardListResult;
import org.apache.flink.streaming.connectors.kinesis.proxy.KinesisProxyInterface;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A pack gives all its records with their order and places, or is one record. */
class PacksTest {
    private static Record record(byte[] data) {
        return new Record()
                .withData(ByteBuffer.wrap(data))
                .withPartitionKey("key")
                .withSequenceNumber("7")
                .withApproximateArrivalTimestamp(new Date(5));
    }

    private static byte[] bytes(Record record) {
        byte[] bytes = new byte[record.getData().remaining()];
        record.getData().duplicate().get(bytes);
        return bytes;
    }

    @TestFactory
    Stream<DynamicTest> eachPackIsWhatItsCaseSays() {
        return Cases.of("packs").map(wanted ->
                DynamicTest.dynamicTest(wanted.get("name").textValue(), () -> check(wanted)));
    }

    private static void check(JsonNode wanted) {
        String name = wanted.get("name").textValue();
        byte[] pack = Base64.getDecoder().decode(wanted.get("pack").textValue());
        boolean isPack = !wanted.get("records").isNull();
        List<byte[]> records = isPack ? Cases.records(wanted.get("records")) : List.of(pack);
        List<UserRecord> unpacked = Packs.unpack(List.of(record(pack)));
        assertEquals(records.size(), unpacked.size(), name);
        for (int place = 0; place < records.size(); place++) {
            UserRecord part = unpacked.get(place);
            assertArrayEquals(records.get(place), bytes(part), name);
            assertEquals(isPack, part.isAggregated(), name);
            assertEquals(place, part.getSubSequenceNumber(), name);
            assertEquals("7", part.getSequenceNumber(), name);
            assertEquals(5, part.getApproximateArrivalTimestamp().getTime(), name);
        }
    }

    /** The connector's own publisher would unpack them earlier with the SDK's code. */
    @Test
    void thePublisherGivesEveryRecordOfEveryPack() throws Exception {
        List<byte[]> wanted = new ArrayList<>();
        List<Record> read = new ArrayList<>();
        Cases.of("packs").forEach(pack -> {
            byte[] data = Base64.getDecoder().decode(pack.get("pack").textValue());
            read.add(record(data));
            wanted.addAll(pack.get("records").isNull() ? List.of(data) : Cases.records(pack.get("records")));
        });
        List<RecordBatch> batches = new ArrayList<>();
        UnpackingPublisher publisher =
                new UnpackingPublisher(
                        new OneAnswer(read),
                        StartingPosition.continueFromSequenceNumber(new SequenceNumber("1")),
                        new Properties(),
                        new UnregisteredMetricsGroup(),
                        new StreamShardHandle(
                                "stream",
                                new Shard().withShardId("shardId-000000000000").withHashKeyRange(
                                        new HashKeyRange().withStartingHashKey("0").withEndingHashKey("1"))));
        publisher.run(batch -> {
            batches.add(batch);
            return new SequenceNumber("7");
        });
        RecordBatch batch = batches.get(0);
        assertEquals(1, batches.size());
        assertEquals(wanted.size(), batch.getDeaggregatedRecordSize());
        assertEquals(read.size(), batch.getAggregatedRecordSize());
        assertEquals(3L, batch.getMillisBehindLatest());
        assertFalse(batch.getDeaggregatedRecords().isEmpty());
        for (int index = 0; index < wanted.size(); index++) {
            assertArrayEquals(wanted.get(index), bytes(batch.getDeaggregatedRecords().get(index)));
        }
    }

    /** A shard with some records. */
    private static final class OneAnswer implements KinesisProxyInterface {
        private final List<Record> records;

        OneAnswer(List<Record> records) {
            this.records = records;
        }

        @Override
        public GetRecordsResult getRecords(String iterator, int most) {
            return new GetRecordsResult().withRecords(records).withMillisBehindLatest(3L).withNextShardIterator("i");
        }

        @Override
        public String getShardIterator(StreamShardHandle shard, String type, Object start) {
            return "i";
        }

        @Override
        public GetShardListResult getShardList(Map<String, String> lastSeen) {
            return new GetShardListResult();
        }
    }
}
