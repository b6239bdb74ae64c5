package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static stocktrading.job.ShardWatermarks.NONE;

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;

/** The rules of lateness and idleness; times in milliseconds, delay 5 s, idle timeout 10 s. */
class ShardWatermarksTest {
    private final ShardWatermarks watermarks = new ShardWatermarks(5_000, 10_000, 3_000);

    private ShardWatermarks.Shard shard(String id) {
        return watermarks.open(id, NONE, 0);
    }

    /** Poll a shard at its end, empty, each second from {@code from} to {@code to}. */
    private void pollSilently(ShardWatermarks.Shard shard, long from, long to) {
        for (long now = from; now <= to; now += 1_000) {
            watermarks.polled(shard, false, true, now);
        }
    }

    @Test
    void aTradeMayBeAsLateAsTheDelayAndNoLater() {
        ShardWatermarks.Shard shard = shard("a");
        assertFalse(watermarks.isLate(shard, 100_000));
        assertFalse(watermarks.isLate(shard, 95_000));
        assertTrue(watermarks.isLate(shard, 94_999));
    }

    @Test
    void aLateTradeMovesNothing() {
        ShardWatermarks.Shard shard = shard("a");
        watermarks.isLate(shard, 100_000);
        assertTrue(watermarks.isLate(shard, 10_000));
        assertEquals(94_999, watermarks.advance(NONE, 0));
    }

    @Test
    void aShardThatWasNotReadHoldsEverythingBack() {
        ShardWatermarks.Shard read = shard("a");
        shard("b");
        watermarks.isLate(read, 1_000_000);
        assertEquals(NONE, watermarks.advance(NONE, 1_000_000));
    }

    @Test
    void noTradeIsLateBecauseAnotherShardWasReadAhead() {
        ShardWatermarks.Shard ahead = shard("a");
        ShardWatermarks.Shard behind = shard("b");
        watermarks.isLate(ahead, 1_000_000);
        watermarks.advance(NONE, 0);
        assertFalse(watermarks.isLate(behind, 1));
        assertEquals(1 - 5_001, watermarks.advance(NONE, 0));
    }

    @Test
    void aSilentShardAtItsEndLetsGoAfterTheTimeout() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard silent = shard("b");
        watermarks.isLate(busy, 100_000);
        pollSilently(silent, 0, 9_000);
        watermarks.polled(busy, true, true, 9_000);
        assertEquals(NONE, watermarks.advance(NONE, 9_000));
        pollSilently(silent, 10_000, 10_000);
        watermarks.polled(busy, true, true, 10_000);
        assertEquals(94_999, watermarks.advance(NONE, 10_000));
    }

    @Test
    void aShardThatIsNotReadToItsEndIsNeverIdle() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard slow = shard("b");
        watermarks.isLate(busy, 100_000);
        for (long now = 0; now <= 600_000; now += 1_000) {
            watermarks.polled(slow, false, false, now);
        }
        assertEquals(NONE, watermarks.advance(NONE, 600_000));
    }

    @Test
    void aShardWhosePollsStoppedIsNotIdle() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard stuck = shard("b");
        watermarks.isLate(busy, 100_000);
        pollSilently(stuck, 0, 11_000);
        watermarks.polled(busy, true, true, 17_000);
        assertEquals(NONE, watermarks.advance(NONE, 17_000));
    }

    @Test
    void aTradeEndsIdleness() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard silent = shard("b");
        watermarks.isLate(busy, 100_000);
        pollSilently(silent, 0, 20_000);
        watermarks.polled(busy, true, true, 20_000);
        assertEquals(94_999, watermarks.advance(NONE, 20_000));
        assertTrue(watermarks.isLate(silent, 94_999));
        assertFalse(watermarks.isLate(silent, 95_000));
        watermarks.polled(silent, true, true, 21_000);
        watermarks.isLate(busy, 200_000);
        assertEquals(94_999, watermarks.advance(NONE, 21_000));
    }

    @Test
    void whereAllShardsAreIdleTheSubtaskFollowsTheOthersAndJudgesByThat() {
        ShardWatermarks.Shard silent = shard("a");
        pollSilently(silent, 0, 10_000);
        assertTrue(watermarks.isIdle(10_000));
        assertEquals(NONE, watermarks.advance(NONE, 10_000));
        assertEquals(50_000, watermarks.advance(50_000, 10_000));
        assertTrue(watermarks.isLate(silent, 50_000));
        assertFalse(watermarks.isLate(silent, 50_001));
    }

    @Test
    void aBusySubtaskDoesNotFollowTheOthers() {
        watermarks.isLate(shard("a"), 100_000);
        assertEquals(94_999, watermarks.advance(1_000_000, 0));
    }

    @Test
    void aSubtaskWithoutShardsFollowsTheOthers() {
        assertTrue(watermarks.isIdle(0));
        assertEquals(7, watermarks.advance(7, 0));
    }

    @Test
    void aClosedShardHoldsUntilItsChildrenAreFound() {
        ShardWatermarks.Shard parent = shard("a");
        ShardWatermarks.Shard busy = shard("b");
        watermarks.isLate(parent, 100_000);
        watermarks.isLate(busy, 200_000);
        watermarks.closed(parent, 1_000);
        assertEquals(94_999, watermarks.advance(NONE, 3_999));
        assertEquals(194_999, watermarks.advance(NONE, 4_000));
    }

    @Test
    void theWatermarkNeverGoesBack() {
        ShardWatermarks.Shard first = shard("a");
        watermarks.isLate(first, 100_000);
        watermarks.advance(NONE, 0);
        ShardWatermarks.Shard child = shard("b");
        assertEquals(94_999, watermarks.advance(NONE, 0));
        assertTrue(watermarks.isLate(child, 94_999));
        assertFalse(watermarks.isLate(child, 95_000));
    }

    @Test
    void aRestartForgetsNothing() {
        ShardWatermarks.Shard shard = shard("a");
        watermarks.isLate(shard, 100_000);
        watermarks.isLate(shard("b"), 90_000);
        shard("never read");
        Map<String, Long> kept = watermarks.latest();
        assertEquals(new HashMap<>(Map.of("a", 100_000L, "b", 90_000L)), kept);

        ShardWatermarks restarted = new ShardWatermarks(5_000, 10_000, 3_000);
        restarted.restore(84_999);
        ShardWatermarks.Shard again = restarted.open("a", kept.get("a"), 0);
        assertTrue(restarted.isLate(again, 94_999));
        assertFalse(restarted.isLate(again, 95_000));
        ShardWatermarks.Shard fresh = restarted.open("c", NONE, 0);
        assertTrue(restarted.isLate(fresh, 84_999));
        assertFalse(restarted.isLate(fresh, 85_000));
    }
}
