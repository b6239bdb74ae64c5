package stocktrading.job;

import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryStringData;

/** Why a record is a dead letter: the closed list, in the order in which a record is judged. */
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

    /** The reason as it stands in a dead letter, such as {@code not_json}. */
    StringData text() {
        return text;
    }
}
