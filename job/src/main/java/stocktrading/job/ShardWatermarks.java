package stocktrading.job;

import java.util.HashMap;
import java.util.Map;

/**
 * The watermark of each shard that a subtask reads, and of the subtask; says which trade is late.
 *
 * <p>A shard's watermark follows the latest counted trade of that shard alone, in the shard's own
 * order. So a trade is judged the same however far other shards were read, and the same in a
 * replay. A trade that is dated ahead of its arrival takes it no further than that arrival, so that
 * a clock that is ahead makes no other trade late. The subtask's watermark is the lowest of its
 * shards; it never reaches past a shard that may still hold earlier trades unread. Only a shard that
 * was read to its end and brings no trade that counts is left out.
 *
 * <p>Plain state without threads or clocks of its own: callers hold the checkpoint lock and give
 * the time of day in milliseconds.
 */
final class ShardWatermarks {
    /** No watermark yet. */
    static final long NONE = Long.MIN_VALUE;

    /** The shortest time for which a poll of a shard's end counts as news: five polls of 200 ms. */
    private static final long FRESH_MILLIS_LEAST = 1_000;

    private final long delayMillis;
    private final long idleTimeoutMillis;
    private final long freshMillis;
    private final long closedHoldMillis;
    private final Map<String, Shard> shards = new HashMap<>();
    private long emitted = NONE;
    private long firstArrival = NONE;
    private long lastArrival = NONE;

    /**
     * @param delayMillis how far a trade may be behind the latest of its shard
     * @param idleTimeoutMillis how long a shard read to its end may be without a trade that counts
     *     and hold others back
     * @param closedHoldMillis how long a closed shard holds others back, so that its children are
     *     found and read first
     */
    ShardWatermarks(long delayMillis, long idleTimeoutMillis, long closedHoldMillis) {
        this.delayMillis = delayMillis;
        this.idleTimeoutMillis = idleTimeoutMillis;
        this.closedHoldMillis = closedHoldMillis;
        // While a shard counts as idle, others may move on, at most to the delay before their latest
        // arrival. What was not read of the shard has arrived within this time, so that a trade
        // dated at its arrival is not late.
        this.freshMillis = Math.max(delayMillis, FRESH_MILLIS_LEAST);
    }

    /** Start to follow a shard; {@code latest} is its latest trade before a restart, or NONE. */
    Shard open(String shardId, long latest, long now) {
        Shard shard = new Shard(latest, now);
        shards.put(shardId, shard);
        return shard;
    }

    /** Carry on from the watermark that the job had reached when its state was kept. */
    void restore(long watermark) {
        emitted = Math.max(emitted, watermark);
    }

    /** Whether a trade, next in its shard, is late; if not, it is counted. */
    boolean isLate(Shard shard, long eventMillis, long arrivalMillis) {
        if (eventMillis <= Math.max(emitted, watermarkOf(shard))) {
            return true;
        }
        shard.latest = Math.max(shard.latest, Math.min(eventMillis, arrivalMillis));
        shard.hasCounted = true;
        firstArrival = firstArrival == NONE ? arrivalMillis : firstArrival;
        lastArrival = Math.max(lastArrival, arrivalMillis);
        return false;
    }

    /**
     * Note one read of a shard, all its records emitted.
     *
     * @param behindMillis how far the read ended before the shard's end, as the stream says
     * @param readAt when the records were read; to emit them may have taken longer than the timeout,
     *     and the watermark that they lead to must leave before the shard is idle
     */
    void polled(Shard shard, long behindMillis, long readAt, long now) {
        if (shard.hasCounted || behindMillis > freshMillis) {
            shard.silentSince = now;
        }
        shard.hasCounted = false;
        shard.readTo = readAt - behindMillis;
    }

    /** Note that a shard was closed by resharding and read to its last record. */
    void closed(Shard shard, long now) {
        shard.closedAt = now;
    }

    /** Whether no shard of this subtask holds the watermark back: it follows the other subtasks. */
    boolean isIdle(long now) {
        shards.values().removeIf(shard -> shard.closedAt != NONE && now - shard.closedAt >= closedHoldMillis);
        return shards.values().stream().allMatch(shard -> isIdle(shard, now));
    }

    /**
     * Advance to the lowest watermark of the shards that are not idle, or, where all are, to that
     * of the other subtasks or the lowest of all its own, whichever is later. Gives the subtask's
     * watermark, which never goes back.
     */
    long advance(long others, long now) {
        boolean areAllIdle = isIdle(now);
        long lowest = Long.MAX_VALUE;
        for (Shard shard : shards.values()) {
            if (areAllIdle || !isIdle(shard, now)) {
                lowest = Math.min(lowest, watermarkOf(shard));
            }
        }
        if (areAllIdle) {
            lowest = shards.isEmpty() ? others : Math.max(others, lowest);
        }
        emitted = Math.max(emitted, lowest);
        return emitted;
    }

    long emitted() {
        return emitted;
    }

    /**
     * Milliseconds by which event time is behind the arrival of the latest counted trade; while
     * there is no event time yet, since the first. It grows where trades come and event time stands
     * still. 0 where no shard brings trades.
     *
     * @param everywhere the watermark of the whole job, NONE where there is none yet
     */
    long lagMillis(long everywhere, long now) {
        if (lastArrival == NONE || isIdle(now)) {
            return 0;
        }
        return Math.max(0, lastArrival - (everywhere == NONE ? firstArrival : everywhere));
    }

    /** The latest trade of each shard that had one, to be kept over a restart. */
    Map<String, Long> latest() {
        Map<String, Long> latest = new HashMap<>();
        shards.forEach((id, shard) -> {
            if (shard.latest != NONE) {
                latest.put(id, shard.latest);
            }
        });
        return latest;
    }

    private long watermarkOf(Shard shard) {
        return shard.latest == NONE ? NONE : shard.latest - delayMillis - 1;
    }

    private boolean isIdle(Shard shard, long now) {
        return shard.closedAt == NONE
                && shard.readTo != NONE
                && shard.readTo - shard.silentSince >= idleTimeoutMillis
                && now - shard.readTo <= freshMillis;
    }

    /** What is known of one shard. */
    static final class Shard {
        private long latest;
        private boolean hasCounted;
        private long silentSince;
        private long readTo = NONE;
        private long closedAt = NONE;

        private Shard(long latest, long now) {
            this.latest = latest;
            this.silentSince = now;
        }
    }
}
