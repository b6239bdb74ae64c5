package stocktrading.job;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;

import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.EncodingFormat;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.SerializationFormatFactory;
import org.apache.flink.table.types.DataType;

/**
 * The table format {@code text-line}: a row's first column as UTF-8 text with a newline at its end.
 *
 * <p>Flink's formats write no newline after a record, and they write every column. A partition key
 * would then be part of the text. In this format, the other columns are only the partition key.
 */
public final class LineFormatFactory implements SerializationFormatFactory {
    @Override
    public String factoryIdentifier() {
        return "text-line";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Collections.emptySet();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Collections.emptySet();
    }

    @Override
    public EncodingFormat<SerializationSchema<RowData>> createEncodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        return new EncodingFormat<SerializationSchema<RowData>>() {
            @Override
            public SerializationSchema<RowData> createRuntimeEncoder(
                    DynamicTableSink.Context sink, DataType type) {
                return new LineSchema();
            }

            @Override
            public ChangelogMode getChangelogMode() {
                return ChangelogMode.insertOnly();
            }
        };
    }

    /** Writes the first column and a newline. */
    static final class LineSchema implements SerializationSchema<RowData> {
        private static final long serialVersionUID = 1L;

        @Override
        public byte[] serialize(RowData row) {
            byte[] text = row.getString(0).toString().getBytes(StandardCharsets.UTF_8);
            byte[] line = Arrays.copyOf(text, text.length + 1);
            line[text.length] = '\n';
            return line;
        }
    }
}
