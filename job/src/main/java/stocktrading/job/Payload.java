package stocktrading.job;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/** A rejected record of any size and any bytes, as text that fits into a dead letter. */
final class Payload {
    /** Maximum bytes of a record that are kept. Their base64 has at most 342 KiB. */
    static final int KEPT_BYTES = 256 * 1024;

    /** Maximum bytes of the payload as JSON, in a dead letter of at most 1 MiB. */
    static final int JSON_BYTES = 768 * 1024;

    private final String text;
    private final String encoding;
    private final long size;
    private final String sha256;

    private Payload(String text, String encoding, long size, String sha256) {
        this.text = text;
        this.encoding = encoding;
        this.size = size;
        this.sha256 = sha256;
    }

    /** Keep a record, or its beginning. */
    static Payload of(byte[] record) {
        return of(record, KEPT_BYTES);
    }

    /** Keep at most this many bytes of a record. */
    static Payload of(byte[] record, int most) {
        boolean isText = decode(record) != null;
        byte[] kept = isText ? cutText(record, most) : Arrays.copyOf(record, Math.min(record.length, most));
        return new Payload(
                isText ? new String(kept, StandardCharsets.UTF_8) : Base64.getEncoder().encodeToString(kept),
                isText ? "utf-8" : "base64",
                record.length,
                kept.length < record.length ? digest(record) : null);
    }

    /** The bytes as text. Null if they are not UTF-8. */
    static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException notText) {
            return null;
        }
    }

    String text() {
        return text;
    }

    /** Bytes of the text in a JSON document. */
    long jsonBytes() {
        long bytes = 0;
        for (byte character : text.getBytes(StandardCharsets.UTF_8)) {
            bytes += jsonBytes(character);
        }
        return bytes;
    }

    /** {@code utf-8} or {@code base64}. */
    String encoding() {
        return encoding;
    }

    /** Whether the text is only the beginning of the record. */
    boolean isCut() {
        return sha256 != null;
    }

    /** Bytes of the whole record. */
    long size() {
        return size;
    }

    /** Hexadecimal SHA-256 of the whole record if it was cut, else null. */
    String sha256() {
        return sha256;
    }

    /** The longest beginning that is within both limits and does not end inside a character. */
    private static byte[] cutText(byte[] text, int kept) {
        int most = Math.min(text.length, kept);
        int end = 0;
        for (int json = 0; end < most; end++) {
            json += jsonBytes(text[end]);
            if (json > JSON_BYTES) {
                break;
            }
        }
        while (end < text.length && end > 0 && (text[end] & 0xC0) == 0x80) {
            end--;
        }
        return Arrays.copyOf(text, end);
    }

    /** JSON writes control characters as six bytes, and quotes and backslashes as two. */
    private static int jsonBytes(int character) {
        return character >= 0 && character < 0x20 ? 6 : character == '"' || character == '\\' ? 2 : 1;
    }

    private static String digest(byte[] record) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(record);
            StringBuilder hex = new StringBuilder();
            for (byte value : hash) {
                hex.append(Character.forDigit(value >> 4 & 15, 16)).append(Character.forDigit(value & 15, 16));
            }
            return hex.toString();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
