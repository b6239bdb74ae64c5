package stocktrading.job;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.json.JsonReadFeature;

/**
 * Turns a record's bytes into a trade or a dead letter.
 *
 * <p>{@link FastTrade} reads the form that producers nearly always write. All other records are read
 * and checked here with a full JSON parser. So the fast reader does not change which records are
 * valid.
 */
final class TradeDecoder {
    /** Maximum depth of nested objects and lists in a record. The record itself has depth 1. */
    private static final int DEEPEST = 500;

    /** What Python writes for floats that are not numbers. It is a bad price, not bad JSON. */
    private static final Set<String> NO_NUMBERS = Set.of("NaN", "Infinity", "-Infinity");

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    // The parser's table of names fails for a few hundred names with the same hash.
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build();

    private final long maxFutureMillis;
    private final List<String> moreNumbers;
    private final FastTrade fast;

    /**
     * @param maxFutureMillis how far a trade's event time may be after its arrival
     * @param moreNumbers names of the numbers that a trade has besides its price
     */
    TradeDecoder(long maxFutureMillis, String... moreNumbers) {
        this.maxFutureMillis = maxFutureMillis;
        this.moreNumbers = List.of(moreNumbers);
        fast = new FastTrade(moreNumbers);
    }

    TradeRow decode(byte[] record, long arrivalMillis, String shard, String sequenceNumber) {
        TradeRow row = new TradeRow(record, arrivalMillis, shard, sequenceNumber);
        Reason reason = null;
        if (fast.read(record)) {
            row.accept(record, fast.tickerFrom(), fast.tickerTo(), fast.price(), fast.eventMillis(), fast.more());
        } else {
            reason = readAny(record, row);
        }
        if (reason == null && row.eventMillis() > arrivalMillis + maxFutureMillis) {
            reason = Reason.FUTURE;
        }
        if (reason != null) {
            row.reject(reason);
        }
        return row;
    }

    /** Read any JSON. Gives the reason if the record is not a trade. */
    Reason readAny(byte[] record, TradeRow row) {
        String text = Payload.decode(record);
        if (text == null || text.startsWith("\uFEFF")) {
            return Reason.NOT_JSON;
        }
        Fields fields = new Fields(moreNumbers);
        try (JsonParser parser = JSON.createParser(text)) {
            return fields.readAll(parser) ? fields.judge(row) : Reason.NOT_JSON;
        } catch (IOException | RuntimeException unfinished) {
            // A record must never stop the job, even if the parser has a defect.
            return Reason.NOT_JSON;
        }
    }

    /** The fields of a trade. If a field is repeated, the last one is used. */
    private static final class Fields {
        private JsonToken timeToken;
        private JsonToken tickerToken;
        private JsonToken priceToken;
        private String time;
        private String ticker;
        private double price;
        private final List<String> moreNames;
        private final JsonToken[] moreTokens;
        private final double[] more;

        Fields(List<String> moreNames) {
            this.moreNames = moreNames;
            moreTokens = new JsonToken[moreNames.size()];
            more = TradeRow.absent(moreNames.size());
        }

        /** False if the text is not exactly one JSON object. */
        boolean readAll(JsonParser parser) throws IOException {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                keep(name, parser);
                if (!skip(parser)) {
                    return false;
                }
            }
            return parser.nextToken() == null;
        }

        private void keep(String name, JsonParser parser) throws IOException {
            JsonToken token = parser.currentToken();
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
                    int index = moreNames.indexOf(name);
                    if (index >= 0) {
                        moreTokens[index] = token;
                        more[index] = token.isNumeric() ? parser.getDoubleValue() : Double.NaN;
                    }
                    break;
            }
        }

        /** Go to a value's last token. False if the value is too deep or is not JSON. */
        private static boolean skip(JsonParser parser) throws IOException {
            int depth = 1;
            for (JsonToken token = parser.currentToken(); ; token = parser.nextToken()) {
                if (token == null || isUnknownWord(token, parser)) {
                    return false;
                } else if (token.isStructStart() && ++depth > DEEPEST) {
                    return false;
                } else if (token.isStructEnd()) {
                    depth--;
                }
                if (depth == 1) {
                    return true;
                }
            }
        }

        /** Excludes {@code INF} and {@code +Infinity}, which the parser accepts as numbers. */
        private static boolean isUnknownWord(JsonToken token, JsonParser parser) throws IOException {
            if (token != JsonToken.VALUE_NUMBER_FLOAT || !parser.isNaN()) {
                return false;
            }
            String text = parser.getText();
            return Character.isLetter(text.charAt(text.length() - 1)) && !NO_NUMBERS.contains(text);
        }

        Reason judge(TradeRow row) {
            if (timeToken == null
                    || tickerToken == null
                    || priceToken == null
                    || Arrays.asList(moreTokens).contains(null)) {
                return Reason.MISSING_FIELD;
            }
            if (timeToken != JsonToken.VALUE_STRING
                    || tickerToken != JsonToken.VALUE_STRING
                    || !priceToken.isNumeric()
                    || !Arrays.stream(more).allMatch(TradeRow::isNumber)) {
                return Reason.WRONG_TYPE;
            }
            // Characters outside ASCII become '?', which is in no accepted format.
            byte[] timeBytes = time.getBytes(StandardCharsets.US_ASCII);
            long eventMillis = IsoTime.parseMillis(timeBytes, 0, timeBytes.length);
            if (eventMillis == IsoTime.NONE) {
                return Reason.BAD_EVENT_TIME;
            }
            if (!Ticker.isValid(ticker)) {
                return Reason.BAD_TICKER;
            }
            if (!(price > 0) || Double.isInfinite(price)) {
                return Reason.BAD_PRICE;
            }
            byte[] utf8 = ticker.getBytes(StandardCharsets.UTF_8);
            row.accept(utf8, 0, utf8.length, price, eventMillis, more);
            return null;
        }
    }
}
