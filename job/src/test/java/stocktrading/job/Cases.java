package stocktrading.job;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** The cases in {@code records.json}, which the oracle's tests use too. */
final class Cases {
    private static final JsonNode ALL = read();

    private Cases() {}

    static long arrival() {
        return ALL.get("arrival").longValue();
    }

    static long maxFutureMillis() {
        return ALL.get("max_future_seconds").longValue() * 1_000;
    }

    /** The cases under a name, each with its description. */
    static Stream<JsonNode> of(String name) {
        return StreamSupport.stream(ALL.get(name).spliterator(), false);
    }

    /** The bytes of a record: a text, {@code base64}, or parts that may be repeated. */
    static byte[] bytes(JsonNode record) {
        if (record.isObject()) {
            return Base64.getDecoder().decode(record.get("base64").textValue());
        }
        StringBuilder text = new StringBuilder(record.isTextual() ? record.textValue() : "");
        if (record.isArray()) {
            record.forEach(part -> text.append(
                    part.isTextual() ? part.textValue() : part.get(0).textValue().repeat(part.get(1).intValue())));
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    static List<byte[]> records(JsonNode records) {
        List<byte[]> all = new ArrayList<>();
        records.forEach(record -> all.add(bytes(record)));
        return all;
    }

    private static JsonNode read() {
        try (InputStream file = Cases.class.getResourceAsStream("/records.json")) {
            return new ObjectMapper().readTree(file);
        } catch (IOException error) {
            throw new IllegalStateException("records.json can't be read", error);
        }
    }
}
