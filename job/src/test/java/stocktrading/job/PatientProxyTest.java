package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.apache.flink.kinesis.shaded.com.amazonaws.AmazonServiceException;
import org.apache.flink.kinesis.shaded.com.amazonaws.SDKGlobalConfiguration;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.Shard;
import org.apache.flink.streaming.connectors.kinesis.model.StreamShardHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each reading call is retried during a temporary failure. Other failures are raised at once. */
@Timeout(60)
class PatientProxyTest {
    private static final String RESET = "reset";

    private final Deque<String> failures = new ArrayDeque<>();
    private HttpServer kinesis;
    private int calls;

    @BeforeEach
    void start() throws IOException {
        System.setProperty(SDKGlobalConfiguration.AWS_CBOR_DISABLE_SYSTEM_PROPERTY, "true");
        kinesis = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        kinesis.createContext("/", this::answer);
        kinesis.start();
    }

    @AfterEach
    void stop() {
        kinesis.stop(0);
    }

    private void answer(HttpExchange call) throws IOException {
        calls++;
        String target = call.getRequestHeaders().getFirst("X-Amz-Target");
        String operation = target.substring(target.indexOf('.') + 1);
        boolean isFirstStep = operation.equals("DescribeStream");
        String failure = isFirstStep ? null : failures.poll();
        if (RESET.equals(failure)) {
            call.close();
            return;
        }
        int status = failure == null ? 200 : Integer.parseInt(failure.substring(0, 3));
        String body = failure == null ? success(operation) : "{\"__type\":\"" + failure.substring(4) + "\",\"message\":\"m\"}";
        call.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.1");
        call.sendResponseHeaders(status, body.length());
        call.getResponseBody().write(body.getBytes(StandardCharsets.US_ASCII));
        call.close();
    }

    private static String success(String operation) {
        switch (operation) {
            case "GetRecords":
                return "{\"Records\":[],\"NextShardIterator\":\"next\",\"MillisBehindLatest\":7}";
            case "GetShardIterator":
                return "{\"ShardIterator\":\"first\"}";
            case "ListShards":
                return "{\"Shards\":[{\"ShardId\":\"shardId-000000000000\"}]}";
            default:
                return "{\"StreamDescription\":{\"StreamName\":\"s\",\"StreamARN\":\"arn:aws:kinesis:us-east-1:1:stream/s\","
                        + "\"StreamStatus\":\"ACTIVE\",\"Shards\":[]}}";
        }
    }

    private PatientProxy proxy() {
        Properties properties = new Properties();
        properties.setProperty("aws.region", "us-east-1");
        properties.setProperty("aws.endpoint", "http://127.0.0.1:" + kinesis.getAddress().getPort());
        properties.setProperty("aws.credentials.provider", "BASIC");
        properties.setProperty("aws.credentials.provider.basic.accesskeyid", "key");
        properties.setProperty("aws.credentials.provider.basic.secretkey", "secret");
        return new PatientProxy(properties);
    }

    private static String read(PatientProxy proxy, String operation) throws InterruptedException {
        switch (operation) {
            case "GetRecords":
                return proxy.getRecords("i", 10).getNextShardIterator();
            case "GetShardIterator":
                return proxy.getShardIterator(
                        new StreamShardHandle("s", new Shard().withShardId("shardId-000000000000")), "TRIM_HORIZON", null);
            default:
                return proxy.getShardList(Map.of("s", "")).getLastSeenShardOfStream("s").getShard().getShardId();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GetRecords", "GetShardIterator", "ListShards"})
    void aTemporaryFailureIsRetriedUntilItEnds(String operation) throws Exception {
        failures.addAll(List.of(
                "400 KMSThrottlingException",
                "400 LimitExceededException",
                "400 ProvisionedThroughputExceededException",
                "500 InternalFailure",
                "503 ServiceUnavailable",
                RESET));
        assertTrue(List.of("next", "first", "shardId-000000000000").contains(read(proxy(), operation)));
        assertTrue(failures.isEmpty());
    }

    @Test
    void aPermanentFailureIsRaisedAtOnce() {
        failures.add("400 AccessDeniedException");
        AmazonServiceException told =
                assertThrows(AmazonServiceException.class, () -> read(proxy(), "GetRecords"));
        assertEquals("AccessDeniedException", told.getErrorCode());
        assertEquals(1, calls);
    }
}
