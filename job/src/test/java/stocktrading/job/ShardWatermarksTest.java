package stocktrading.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static stocktrading.job.ShardWatermarks.NONE;

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;

/** The rules for late trades and idle shards. The delay is 5 s, the idle timeout 10 s. */
class ShardWatermarksTest {
    private final ShardWatermarks watermarks = new ShardWatermarks(5_000, 10_000, 3_000);

    private ShardWatermarks.Shard shard(String id) {
        return watermarks.open(id, NONE, 0);
    }

    /** Whether a trade that arrives at its event time is late. */
    private boolean isLate(ShardWatermarks.Shard shard, long millis) {
        return watermarks.isLate(shard, millis, millis);
    }

    /** Read a shard at its end without records, each second from {@code from} to {@code to}. */
    private void pollSilently(ShardWatermarks.Shard shard, long from, long to) {
        for (long now = from; now <= to; now += 1_000) {
            watermarks.polled(shard, 0, now, now);
        }
    }

    @Test
    void aTradeMayBeLateByAtMostTheDelay() {
        ShardWatermarks.Shard shard = shard("a");
        assertFalse(isLate(shard, 100_000));
        assertFalse(isLate(shard, 95_000));
        assertTrue(isLate(shard, 94_999));
    }

    @Test
    void aLateTradeDoesNotMoveTheWatermark() {
        ShardWatermarks.Shard shard = shard("a");
        isLate(shard, 100_000);
        assertTrue(isLate(shard, 10_000));
        assertEquals(94_999, watermarks.advance(NONE, 0));
    }

    @Test
    void aShardThatWasNotReadDelaysTheWatermark() {
        ShardWatermarks.Shard read = shard("a");
        shard("b");
        isLate(read, 1_000_000);
        assertEquals(NONE, watermarks.advance(NONE, 1_000_000));
    }

    @Test
    void noTradeIsLateBecauseAnotherShardWasReadAhead() {
        ShardWatermarks.Shard ahead = shard("a");
        ShardWatermarks.Shard behind = shard("b");
        isLate(ahead, 1_000_000);
        watermarks.advance(NONE, 0);
        assertFalse(isLate(behind, 1));
        assertEquals(1 - 5_001, watermarks.advance(NONE, 0));
    }

    @Test
    void aSilentShardReadToItsEndIsIdleAfterTheTimeout() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard silent = shard("b");
        isLate(busy, 100_000);
        pollSilently(silent, 0, 9_000);
        watermarks.polled(busy, 0, 9_000, 9_000);
        assertEquals(NONE, watermarks.advance(NONE, 9_000));
        pollSilently(silent, 10_000, 10_000);
        watermarks.polled(busy, 0, 10_000, 10_000);
        assertEquals(94_999, watermarks.advance(NONE, 10_000));
    }

    @Test
    void aShardThatIsNotReadToItsEndIsNeverIdle() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard slow = shard("b");
        isLate(busy, 100_000);
        for (long now = 0; now <= 600_000; now += 1_000) {
            watermarks.polled(slow, 60_000, now, now);
        }
        assertEquals(NONE, watermarks.advance(NONE, 600_000));
    }

    @Test
    void aShardThatIsNoLongerReadIsNotIdle() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard stuck = shard("b");
        isLate(busy, 100_000);
        pollSilently(stuck, 0, 11_000);
        watermarks.polled(busy, 0, 17_000, 17_000);
        assertEquals(NONE, watermarks.advance(NONE, 17_000));
    }

    @Test
    void aTradeEndsIdleness() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard silent = shard("b");
        isLate(busy, 100_000);
        pollSilently(silent, 0, 20_000);
        watermarks.polled(busy, 0, 20_000, 20_000);
        assertEquals(94_999, watermarks.advance(NONE, 20_000));
        assertTrue(isLate(silent, 94_999));
        assertFalse(isLate(silent, 95_000));
        watermarks.polled(silent, 0, 21_000, 21_000);
        isLate(busy, 200_000);
        assertEquals(94_999, watermarks.advance(NONE, 21_000));
    }

    @Test
    void aSubtaskWithOnlyIdleShardsFollowsTheOthersAndUsesTheirWatermarkForLateness() {
        ShardWatermarks.Shard silent = shard("a");
        pollSilently(silent, 0, 10_000);
        assertTrue(watermarks.isIdle(10_000));
        assertEquals(NONE, watermarks.advance(NONE, 10_000));
        assertEquals(50_000, watermarks.advance(50_000, 10_000));
        assertTrue(isLate(silent, 50_000));
        assertFalse(isLate(silent, 50_001));
    }

    @Test
    void aBusySubtaskDoesNotFollowTheOthers() {
        isLate(shard("a"), 100_000);
        assertEquals(94_999, watermarks.advance(1_000_000, 0));
    }

    @Test
    void aSubtaskWithoutShardsFollowsTheOthers() {
        assertTrue(watermarks.isIdle(0));
        assertEquals(7, watermarks.advance(7, 0));
    }

    @Test
    void aClosedShardDelaysTheWatermarkUntilItsChildrenAreFound() {
        ShardWatermarks.Shard parent = shard("a");
        ShardWatermarks.Shard busy = shard("b");
        isLate(parent, 100_000);
        isLate(busy, 200_000);
        watermarks.closed(parent, 1_000);
        assertEquals(94_999, watermarks.advance(NONE, 3_999));
        assertEquals(194_999, watermarks.advance(NONE, 4_000));
    }

    @Test
    void theWatermarkNeverDecreases() {
        ShardWatermarks.Shard first = shard("a");
        isLate(first, 100_000);
        watermarks.advance(NONE, 0);
        ShardWatermarks.Shard child = shard("b");
        assertEquals(94_999, watermarks.advance(NONE, 0));
        assertTrue(isLate(child, 94_999));
        assertFalse(isLate(child, 95_000));
    }

    @Test
    void aRestartKeepsTheWatermarks() {
        ShardWatermarks.Shard shard = shard("a");
        isLate(shard, 100_000);
        isLate(shard("b"), 90_000);
        shard("never read");
        Map<String, Long> kept = watermarks.latest();
        assertEquals(new HashMap<>(Map.of("a", 100_000L, "b", 90_000L)), kept);

        ShardWatermarks restarted = new ShardWatermarks(5_000, 10_000, 3_000);
        restarted.restore(84_999);
        ShardWatermarks.Shard again = restarted.open("a", kept.get("a"), 0);
        assertTrue(restarted.isLate(again, 94_999, 94_999));
        assertFalse(restarted.isLate(again, 95_000, 95_000));
        ShardWatermarks.Shard fresh = restarted.open("c", NONE, 0);
        assertTrue(restarted.isLate(fresh, 84_999, 84_999));
        assertFalse(restarted.isLate(fresh, 85_000, 85_000));
    }

    @Test
    void aShardWithoutCountedTradesIsIdleAlthoughItHasRecords() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard noisy = shard("b");
        isLate(busy, 100_000);
        pollSilently(noisy, 0, 10_000);
        assertEquals(94_999, watermarks.advance(NONE, 10_000));
        // All trades are late, because their clock is slow.
        for (long now = 11_000; now <= 30_000; now += 1_000) {
            assertTrue(watermarks.isLate(noisy, 50_000, 100_000 + now));
            watermarks.polled(noisy, 0, now, now);
            isLate(busy, 100_000 + now);
            assertEquals(94_999 + now, watermarks.advance(NONE, now));
        }
    }

    @Test
    void aCountedTradeKeepsAShardActiveForTheTimeout() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard slow = shard("b");
        isLate(slow, 50_000);
        watermarks.polled(slow, 0, 1_000, 1_000);
        isLate(busy, 100_000);
        pollSilently(slow, 2_000, 10_000);
        assertEquals(44_999, watermarks.advance(NONE, 10_000));
        pollSilently(slow, 11_000, 11_000);
        assertEquals(94_999, watermarks.advance(NONE, 11_000));
    }

    @Test
    void aReadThatEndsJustBeforeTheEndCountsAsReadToTheEnd() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard noisy = shard("b");
        isLate(busy, 100_000);
        for (long now = 0; now <= 10_200; now += 200) {
            watermarks.polled(noisy, 150, now, now);
        }
        assertEquals(94_999, watermarks.advance(NONE, 10_200));
    }

    @Test
    void theAgeOfRecordsThatTakeLongToEmitBeginsWithTheirRead() {
        ShardWatermarks.Shard busy = shard("a");
        ShardWatermarks.Shard noisy = shard("b");
        isLate(busy, 100_000);
        pollSilently(noisy, 0, 12_000);
        // Records read at 13 s are emitted at 20 s. Others may have come since.
        watermarks.polled(noisy, 0, 13_000, 20_000);
        assertEquals(NONE, watermarks.advance(NONE, 20_000));
    }

    @Test
    void aFastClockMakesNoOtherTradeLate() {
        ShardWatermarks.Shard shard = shard("a");
        for (long now = 100_000; now < 200_000; now += 100) {
            assertFalse(watermarks.isLate(shard, now + 60_000, now));
            assertFalse(watermarks.isLate(shard, now - 4_000, now));
        }
        assertEquals(199_900 - 5_001, watermarks.advance(NONE, 0));
        assertTrue(watermarks.isLate(shard, 194_899, 200_000));
    }

    @Test
    void theLagGrowsIfTradesComeAndEventTimeDoesNotAdvance() {
        ShardWatermarks.Shard busy = shard("a");
        shard("never read");
        assertEquals(0, watermarks.lagMillis(NONE, 0));
        isLate(busy, 100_000);
        assertEquals(0, watermarks.lagMillis(watermarks.advance(NONE, 0), 0));
        isLate(busy, 400_000);
        assertEquals(300_000, watermarks.lagMillis(watermarks.advance(NONE, 1_000), 1_000));
    }

    @Test
    void theLagIsTheDelayInNormalOperation() {
        ShardWatermarks.Shard busy = shard("a");
        isLate(busy, 100_000);
        assertEquals(5_001, watermarks.lagMillis(watermarks.advance(NONE, 0), 0));
        // Another subtask has the watermark of an hour ago.
        assertEquals(3_605_001, watermarks.lagMillis(94_999 - 3_600_000, 0));
    }

    @Test
    void theLagGrowsIfRecordsComeAndNoneCounts() {
        ShardWatermarks.Shard shard = shard("a");
        isLate(shard, 100_000);
        for (long now = 0; now <= 60_000; now += 1_000) {
            // One trade of a slow clock a second, and then another kind of records.
            if (now < 30_000) {
                assertTrue(watermarks.isLate(shard, 50_000, 100_000 + now));
            } else {
                watermarks.arrived(shard, 100_000 + now);
            }
            watermarks.polled(shard, 0, now, now);
            assertEquals(5_001 + now, watermarks.lagMillis(watermarks.advance(NONE, now), now));
        }
        assertTrue(watermarks.isIdle(60_000));
        pollSilently(shard, 61_000, 70_000);
        assertEquals(0, watermarks.lagMillis(94_999, 70_000));
    }

    @Test
    void theLagIsZeroWithoutRecords() {
        ShardWatermarks.Shard silent = shard("a");
        isLate(silent, 100_000);
        pollSilently(silent, 0, 20_000);
        assertEquals(0, watermarks.lagMillis(NONE, 20_000));
    }

    @Test
    void theLastWatermarkIsEmittedEvenIfItsTradesTookLongToEmit() {
        ShardWatermarks.Shard shard = shard("a");
        ShardWatermarks.Shard silent = shard("b");
        pollSilently(silent, 0, 30_000);
        isLate(shard, 100_000);
        watermarks.polled(shard, 0, 10_000, 30_000);
        watermarks.polled(shard, 0, 30_000, 30_000);
        assertEquals(94_999, watermarks.advance(NONE, 30_000));
    }

    @Test
    void shardsThatBecomeIdleTogetherAdvanceToTheHighestWatermark() {
        ShardWatermarks.Shard[] all = {shard("a"), shard("b"), shard("without trades")};
        isLate(all[0], 50_000);
        isLate(all[1], 100_000);
        for (ShardWatermarks.Shard shard : all) {
            watermarks.polled(shard, 0, 0, 0);
            pollSilently(shard, 1_000, 20_000);
        }
        assertTrue(watermarks.isIdle(20_000));
        assertEquals(94_999, watermarks.advance(NONE, 20_000));
    }

    @Test
    void aSubtaskThatBecameIdleBeforeItsReportStillReachesItsOwnWatermark() {
        ShardWatermarks.Shard shard = shard("a");
        isLate(shard, 100_000);
        watermarks.polled(shard, 0, 0, 0);
        pollSilently(shard, 1_000, 20_000);
        assertTrue(watermarks.isIdle(20_000));
        assertEquals(94_999, watermarks.advance(NONE, 20_000));
        assertEquals(200_000, watermarks.advance(200_000, 20_000));
    }
}
