package stocktrading.job;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.json.JsonReadFeature;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * Turns a record's bytes into a trade or a dead letter.
 *
 * <p>{@link FastTrade} reads the form that producers write nearly always. Whatever it does not know
 * is read, and judged, here by a whole JSON parser, so that speed never decides what is valid.
 */
final class TradeDecoder {
    private static final int LONGEST_TICKER = 32;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    // What Python writes for a float that is no number: a bad price, not bad JSON.
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .build();

    private final long maxFutureMillis;
    private final FastTrade fast = new FastTrade();

    TradeDecoder(long maxFutureMillis) {
        this.maxFutureMillis = maxFutureMillis;
    }

    TradeRow decode(byte[] record, long arrivalMillis, String shard, String sequenceNumber) {
        TradeRow row = new TradeRow(record, arrivalMillis, shard, sequenceNumber);
        if (fast.read(record)) {
            row.accept(fast.ticker(), fast.price(), fast.eventMillis());
        } else {
            Reason reason = readAny(record, row);
            if (reason != null) {
                row.reject(reason);
                return row;
            }
        }
        if (row.eventMillis() > arrivalMillis + maxFutureMillis) {
            row.reject(Reason.FUTURE);
        }
        return row;
    }

    /** Read any JSON; gives the reason where the record is no trade. */
    static Reason readAny(byte[] record, TradeRow row) {
        String text = Payload.decode(record);
        if (text == null || text.startsWith("\uFEFF")) {
            return Reason.NOT_JSON;
        }
        Fields fields = new Fields();
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Reason.NOT_JSON;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                fields.read(parser);
            }
            if (parser.nextToken() != null) {
                return Reason.NOT_JSON;
            }
        } catch (IOException notJson) {
            return Reason.NOT_JSON;
        }
        return fields.judge(row);
    }

    /** The three fields of a trade as they were found; of a repeated one, the last. */
    private static final class Fields {
        private JsonToken timeToken;
        private JsonToken tickerToken;
        private JsonToken priceToken;
        private String time;
        private String ticker;
        private double price;

        void read(JsonParser parser) throws IOException {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            switch (name) {
                case "EVENT_TIME":
                    timeToken = token;
                    time = parser.getText();
                    break;
                case "TICKER":
                    tickerToken = token;
                    ticker = parser.getText();
                    break;
                case "PRICE":
                    priceToken = token;
                    price = token.isNumeric() ? parser.getDoubleValue() : Double.NaN;
                    break;
                default:
                    break;
            }
            parser.skipChildren();
        }

        Reason judge(TradeRow row) {
            if (timeToken == null || tickerToken == null || priceToken == null) {
                return Reason.MISSING_FIELD;
            }
            if (timeToken != JsonToken.VALUE_STRING
                    || tickerToken != JsonToken.VALUE_STRING
                    || !priceToken.isNumeric()) {
                return Reason.WRONG_TYPE;
            }
            // Characters outside ASCII become '?', which no accepted form holds.
            byte[] timeBytes = time.getBytes(StandardCharsets.US_ASCII);
            long eventMillis = IsoTime.parseMillis(timeBytes, 0, timeBytes.length);
            if (eventMillis == IsoTime.NONE) {
                return Reason.BAD_EVENT_TIME;
            }
            int characters = ticker.codePointCount(0, ticker.length());
            if (characters < 1 || characters > LONGEST_TICKER || !isWellFormed(ticker)) {
                return Reason.BAD_TICKER;
            }
            if (!(price > 0) || Double.isInfinite(price)) {
                return Reason.BAD_PRICE;
            }
            row.accept(BinaryStringData.fromString(ticker), price, eventMillis);
            return null;
        }

        private static boolean isWellFormed(String text) {
            return StandardCharsets.UTF_8.newEncoder().canEncode(text);
        }
    }
}
