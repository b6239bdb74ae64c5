package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

import org.junit.jupiter.api.Test;

/** The dead letter of any record is small enough for the stream, and tells whether it was cut. */
class PayloadTest {
    private static byte[] filled(int size, char character) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) character);
        return bytes;
    }

    @Test
    void textIsUnchanged() {
        Payload payload = Payload.of("{\"a\": \"\u00e9\"}".getBytes(StandardCharsets.UTF_8));
        assertEquals("{\"a\": \"\u00e9\"}", payload.text());
        assertEquals("utf-8", payload.encoding());
        assertFalse(payload.isCut());
    }

    @Test
    void otherBytesAreWrittenAsBase64() {
        byte[] bytes = {(byte) 0xff, 0, 1};
        Payload payload = Payload.of(bytes);
        assertEquals("base64", payload.encoding());
        assertArrayEquals(bytes, Base64.getDecoder().decode(payload.text()));
    }

    @Test
    void aRecordOfExactlyTheLimitIsNotCut() {
        Payload payload = Payload.of(filled(Payload.KEPT_BYTES, 'a'));
        assertFalse(payload.isCut());
        assertEquals(Payload.KEPT_BYTES, payload.text().length());
    }

    @Test
    void aLongerRecordIsCutAndHasItsSizeAndDigest() {
        Payload payload = Payload.of(filled(1_000_000, 'a'));
        assertTrue(payload.isCut());
        assertEquals(Payload.KEPT_BYTES, payload.text().length());
        assertEquals(1_000_000, payload.size());
        // SHA-256 of a million letters a, from the published test vectors.
        assertEquals("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", payload.sha256());
    }

    @Test
    void aCutIsNeverInsideACharacter() {
        String euros = "a" + "\u20ac".repeat(100_000);
        Payload payload = Payload.of(euros.getBytes(StandardCharsets.UTF_8));
        assertTrue(payload.isCut());
        assertTrue(euros.startsWith(payload.text()));
        assertTrue(payload.text().getBytes(StandardCharsets.UTF_8).length > Payload.KEPT_BYTES - 3);
    }

    @Test
    void textWithControlCharactersIsCutEarlierBecauseJsonNeedsSixBytesForEach() {
        Payload payload = Payload.of(filled(Payload.KEPT_BYTES, '\u0001'));
        assertTrue(payload.isCut());
        assertTrue(payload.text().length() * 6 <= Payload.JSON_BYTES);
        assertTrue(payload.text().length() * 6 > Payload.JSON_BYTES - 6);
        assertEquals(payload.text().length() * 6L, payload.jsonBytes());
    }

    @Test
    void anExampleIsCutAtTheGivenSize() {
        Payload payload = Payload.of(filled(5_000, 'a'), 4_096);
        assertEquals(4_096, payload.text().length());
        assertEquals(4_096, payload.jsonBytes());
        assertEquals(5_000, payload.size());
    }

    @Test
    void longBytesAreCutBeforeTheyAreEncoded() {
        Payload payload = Payload.of(filled(1_000_000, '\u00ff'));
        assertTrue(payload.isCut());
        assertEquals(Payload.KEPT_BYTES, Base64.getDecoder().decode(payload.text()).length);
    }
}
