package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;

/** Only the first column is written, as UTF-8, with a newline, which Firehose doesn't add. */
class LineFormatTest {
    @Test
    void writesTheFirstColumnAsALine() {
        GenericRowData row = GenericRowData.of(StringData.fromString("a\u20ac"), StringData.fromString("key"));
        byte[] line = new LineFormatFactory.LineSchema().serialize(row);
        assertEquals("a\u20ac\n", new String(line, StandardCharsets.UTF_8));
    }
}
