package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times are read exactly as java.time reads them, and other text is not a time. */
class IsoTimeTest {
    private static long parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return IsoTime.parseMillis(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "1970-01-01T00:00:00, 0",
        "1970-01-01T00:00:00Z, 0",
        "1970-01-01T00:00:00.1, 100",
        "1970-01-01T00:00:00.12Z, 120",
        "1970-01-01T00:00:00.123456, 123",
        "1970-01-01T00:00:00.000999Z, 0",
        "1970-01-01T01:00:00+01:00, 0",
        "1970-01-01T01:00:00+0100, 0",
        "1970-01-01T01:00:00+01, 0",
        "1969-12-31T18:30:00.5-05:30, 500",
        "1969-12-31T23:59:59.999, -1",
        "2024-02-29T00:00:00Z, 1709164800000",
        "0000-01-01T00:00:00Z, -62167219200000",
        "9999-12-31T23:59:59.999999999Z, 253402300799999",
        "1969-12-31T23:59:59.999999999z, -1",
        "1970-01-01 00:00, 0",
        "1970-01-01t00:01+00:01, 0",
    })
    void acceptsEachFormat(String text, long millis) {
        assertEquals(millis, parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "2026", "2026-01-01", "2026-01-01  00:00:00", "2026-01-01T00:0", "2026-01-01T00:00:",
        "2026-13-01T00:00:00", "2026-00-01T00:00:00", "2026-02-29T00:00:00", "2100-02-29T00:00:00",
        "2026-01-32T00:00:00", "2026-01-00T00:00:00", "2026-01-01T24:00:00", "2026-01-01T00:60:00",
        "2026-01-01T00:00:60", "2026-01-01T00:00:00.", "2026-01-01T00:00:00.1234567890", "2026-01-01T00:00.5",
        "2026-01-01T00:00:00,5", "2026-01-01T00:00:0", "2026-01-01_00:00:00", "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00+1", "2026-01-01T00:00:00+01:0", "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00+01-00", "2026-01-01T00:00:00 Z",
        " 2026-01-01T00:00:00", "+2026-01-01T00:00:00", "2O26-01-01T00:00:00", "20/6-01-01T00:00:00",
    })
    void refusesTextThatIsNotATime(String text) {
        assertEquals(IsoTime.NONE, parse(text));
    }

    @Test
    void givesTheSameAsJavaTimeForAnyInstantAndOffset() {
        Random random = new Random(1);
        for (int round = 0; round < 200_000; round++) {
            long millis = (long) (random.nextDouble() * 400_000_000_000_000L) - 62_000_000_000_000L;
            millis = Math.min(millis, 253_000_000_000_000L);
            ZoneOffset offset = ZoneOffset.ofTotalSeconds((random.nextInt(35) - 17) * 3600 + random.nextInt(60) * 60);
            OffsetDateTime time = Instant.ofEpochMilli(millis).atOffset(offset);
            String text = String.format("%04d-%02d-%02dT%02d:%02d:%02d.%03d%s",
                    time.getYear(), time.getMonthValue(), time.getDayOfMonth(),
                    time.getHour(), time.getMinute(), time.getSecond(), time.getNano() / 1_000_000, offset.getId());
            assertEquals(millis, parse(text), text);
        }
    }
}
