package stocktrading.job;

import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryStringData;

/** The reasons why a record is a dead letter, in the order of the checks. There are no others. */
enum Reason {
    NOT_JSON,
    MISSING_FIELD,
    WRONG_TYPE,
    BAD_EVENT_TIME,
    BAD_TICKER,
    BAD_PRICE,
    FUTURE,
    LATE;

    private final StringData text = BinaryStringData.fromString(name().toLowerCase());

    /** The reason as it is written in a dead letter, such as {@code not_json}. */
    StringData text() {
        return text;
    }
}
