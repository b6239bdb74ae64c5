package stocktrading.job;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;

import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.clientlibrary.types.UserRecord;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.Record;

/**
 * Gives the job's verdicts on records through a pipe. Each input line is a record of the stream in
 * base64. The output line for it has the outcomes of the records inside, separated by spaces.
 *
 * <p>An outcome is {@code reason} or {@code ticker,price,millis}: the ticker in base64, the price as
 * the bits of its double. Arguments: arrival time and maximum future, in milliseconds.
 */
public final class VerdictLines {
    private VerdictLines() {}

    public static void main(String[] arguments) throws IOException {
        long arrival = Long.parseLong(arguments[0]);
        TradeSchema schema = new TradeSchema(Long.parseLong(arguments[1]));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Record record =
                    new Record()
                            .withData(ByteBuffer.wrap(Base64.getDecoder().decode(line)))
                            .withSequenceNumber("1")
                            .withApproximateArrivalTimestamp(new Date(arrival));
            out.println(
                    Packs.unpack(List.of(record)).stream()
                            .map(part -> outcome(schema, part, arrival))
                            .collect(Collectors.joining(" ")));
            out.flush();
        }
    }

    private static String outcome(TradeSchema schema, UserRecord part, long arrival) {
        byte[] data = new byte[part.getData().remaining()];
        part.getData().get(data);
        TradeRow row = schema.deserialize(data, "", part.getSequenceNumber(), arrival, "stream", "shard");
        if (row.isRejected()) {
            return row.getString(3).toString();
        }
        String ticker = Base64.getEncoder().encodeToString(row.getString(0).toBytes());
        return ticker + "," + Double.doubleToRawLongBits(row.getDouble(1)) + "," + row.eventMillis();
    }
}
