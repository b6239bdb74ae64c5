package stocktrading.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.clientlibrary.types.Messages.AggregatedRecord;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.clientlibrary.types.UserRecord;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.Record;
import org.apache.flink.kinesis.shaded.com.google.protobuf.ByteString;
import org.apache.flink.kinesis.shaded.com.google.protobuf.CodedInputStream;

/**
 * Unpacks records in the Kinesis aggregation format, either completely or not at all.
 *
 * <p>The SDK's own code loses some records without a message: those whose explicit hash key is not
 * a number or belongs to another shard, those before such a record, and all after an index that is
 * outside its table. The job needs no keys of records, so this code does not read them.
 */
final class Packs {
    private static final byte[] MAGIC = {(byte) 0xF3, (byte) 0x89, (byte) 0x9A, (byte) 0xC2};
    private static final int DIGEST_BYTES = 16;

    private Packs() {}

    /**
     * The records inside packs in their order, and every other record unchanged.
     *
     * <p>A record that only looks like a pack is one record: its digest or its message is wrong, or
     * it has no records. It is not JSON either, so it becomes a dead letter.
     */
    static List<UserRecord> unpack(List<Record> records) {
        List<UserRecord> all = new ArrayList<>(records.size());
        for (Record record : records) {
            AggregatedRecord pack = parse(record.getData().duplicate());
            if (pack == null || pack.getRecordsCount() == 0) {
                all.add(new UserRecord(record));
                continue;
            }
            for (int part = 0; part < pack.getRecordsCount(); part++) {
                all.add(new Part(record, pack.getRecords(part).getData(), part));
            }
        }
        return all;
    }

    /** The message of a pack. Null if the bytes are not a pack. */
    private static AggregatedRecord parse(ByteBuffer bytes) {
        int from = bytes.position();
        if (bytes.remaining() <= MAGIC.length + DIGEST_BYTES) {
            return null;
        }
        for (int index = 0; index < MAGIC.length; index++) {
            if (bytes.get(from + index) != MAGIC[index]) {
                return null;
            }
        }
        int end = bytes.limit() - DIGEST_BYTES;
        byte[] digest = new byte[DIGEST_BYTES];
        bytes.duplicate().position(end).get(digest);
        bytes.position(from + MAGIC.length).limit(end);
        if (!MessageDigest.isEqual(digest, md5(bytes.duplicate()))) {
            return null;
        }
        try {
            CodedInputStream message = CodedInputStream.newInstance(bytes);
            AggregatedRecord pack = AggregatedRecord.parseFrom(message);
            message.checkLastTagWas(0); // nothing follows the message
            return pack;
        } catch (IOException noPack) {
            return null;
        }
    }

    private static byte[] md5(ByteBuffer bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            digest.update(bytes);
            return digest.digest();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has MD5", impossible);
        }
    }

    /** A record of a pack. The connector's position includes its place in the pack. */
    private static final class Part extends UserRecord {
        private static final long serialVersionUID = 1L;

        Part(Record pack, ByteString data, int place) {
            super(
                    true,
                    new Record()
                            .withData(data.asReadOnlyByteBuffer())
                            .withPartitionKey(pack.getPartitionKey())
                            .withSequenceNumber(pack.getSequenceNumber())
                            .withApproximateArrivalTimestamp(pack.getApproximateArrivalTimestamp()),
                    place,
                    null);
        }
    }
}
