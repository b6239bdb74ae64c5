package stocktrading.job;

import java.util.HashMap;
import java.util.Map;

/**
 * The watermarks of the shards that a subtask reads, and of the subtask. Decides which trade is late.
 *
 * <p>A shard's watermark follows only the latest counted trade of that shard, in the shard's order.
 * So whether a trade is late does not depend on how far other shards were read, and is the same in
 * a replay. A trade dated after its arrival moves the watermark only up to the arrival, so that a
 * fast clock makes no other trade late. The subtask's watermark is the lowest of its shards. It
 * never passes a shard that may still have earlier unread trades. It ignores only idle shards: those
 * read to their end without counted trades.
 *
 * <p>This class has no threads and no clock. Callers hold the checkpoint lock and give the current
 * time in milliseconds.
 */
final class ShardWatermarks {
    /** No watermark yet. */
    static final long NONE = Long.MIN_VALUE;

    /** Shortest time for which a read at a shard's end counts as current: five reads of 200 ms. */
    private static final long FRESH_MILLIS_LEAST = 1_000;

    private final long delayMillis;
    private final long idleTimeoutMillis;
    private final long freshMillis;
    private final long closedHoldMillis;
    private final Map<String, Shard> shards = new HashMap<>();
    private long emitted = NONE;
    private long firstArrival = NONE;
    private long lastArrival = NONE;
    private long arrivedAt = NONE;

    /**
     * @param delayMillis how far a trade may be behind the latest of its shard
     * @param idleTimeoutMillis time without a counted trade after which a shard that was read to its
     *     end no longer delays others
     * @param closedHoldMillis how long a closed shard delays others, so that its children are found
     *     and read first
     */
    ShardWatermarks(long delayMillis, long idleTimeoutMillis, long closedHoldMillis) {
        this.delayMillis = delayMillis;
        this.idleTimeoutMillis = idleTimeoutMillis;
        this.closedHoldMillis = closedHoldMillis;
        // While a shard counts as idle, others may advance, at most to the delay before their latest
        // arrival. Unread records of the idle shard have arrived within this time. So a trade whose
        // event time is its arrival is not late.
        this.freshMillis = Math.max(delayMillis, FRESH_MILLIS_LEAST);
    }

    /** Begin to follow a shard. {@code latest} is its latest trade before a restart, or NONE. */
    Shard open(String shardId, long latest, long now) {
        Shard shard = new Shard(latest, now);
        shards.put(shardId, shard);
        return shard;
    }

    /** Continue from the watermark in the restored state. */
    void restore(long watermark) {
        emitted = Math.max(emitted, watermark);
    }

    /** Note a record that is no trade. */
    void arrived(Shard shard, long arrivalMillis) {
        shard.hasRecords = true;
        firstArrival = firstArrival == NONE ? arrivalMillis : firstArrival;
        lastArrival = Math.max(lastArrival, arrivalMillis);
    }

    /** Whether the next trade of a shard is late. If not, it is counted. */
    boolean isLate(Shard shard, long eventMillis, long arrivalMillis) {
        arrived(shard, arrivalMillis);
        if (eventMillis <= Math.max(emitted, watermarkOf(shard))) {
            return true;
        }
        shard.latest = Math.max(shard.latest, Math.min(eventMillis, arrivalMillis));
        shard.hasCounted = true;
        return false;
    }

    /**
     * Note one read of a shard, after all its records were emitted.
     *
     * @param behindMillis how far the read ended before the shard's end, as the stream reports
     * @param readAt when the records were read. Emitting them may have taken longer than the
     *     timeout. Their watermark must be emitted before the shard is idle.
     */
    void polled(Shard shard, long behindMillis, long readAt, long now) {
        if (shard.hasCounted || behindMillis > freshMillis) {
            shard.silentSince = now;
        }
        shard.hasCounted = false;
        if (shard.hasRecords) {
            arrivedAt = now;
        }
        shard.hasRecords = false;
        shard.readTo = readAt - behindMillis;
    }

    /** Note that a shard was closed by resharding and read to its last record. */
    void closed(Shard shard, long now) {
        shard.closedAt = now;
    }

    /** Whether all shards of this subtask are idle, so that it follows the other subtasks. */
    boolean isIdle(long now) {
        shards.values().removeIf(shard -> shard.closedAt != NONE && now - shard.closedAt >= closedHoldMillis);
        return shards.values().stream().allMatch(shard -> isIdle(shard, now));
    }

    /**
     * Advance to the lowest watermark of the shards that are not idle. If all are idle, advance to
     * that of the other subtasks or the highest of its own, whichever is later. If the shards became
     * idle one after the other, the last of them would also have decided. Gives the subtask's
     * watermark, which never decreases.
     */
    long advance(long others, long now) {
        boolean areAllIdle = isIdle(now);
        long lowest = Long.MAX_VALUE;
        long highest = others;
        for (Shard shard : shards.values()) {
            highest = Math.max(highest, watermarkOf(shard));
            if (!isIdle(shard, now)) {
                lowest = Math.min(lowest, watermarkOf(shard));
            }
        }
        emitted = Math.max(emitted, areAllIdle ? highest : lowest);
        return emitted;
    }

    long emitted() {
        return emitted;
    }

    /**
     * Milliseconds by which event time is behind the arrival of the latest record. While there is no
     * event time yet, it is the time since the first arrival. It grows if records arrive and event
     * time does not advance, also if none of them counts. It is 0 if no records come.
     *
     * @param everywhere the watermark of the whole job, NONE if there is none yet
     */
    long lagMillis(long everywhere, long now) {
        boolean isSilent = arrivedAt == NONE || now - arrivedAt >= idleTimeoutMillis;
        if (lastArrival == NONE || (isSilent && isIdle(now))) {
            return 0;
        }
        return Math.max(0, lastArrival - (everywhere == NONE ? firstArrival : everywhere));
    }

    /** The latest trade of each shard that had one, for the state. */
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

    /** The state of one shard. */
    static final class Shard {
        private long latest;
        private boolean hasCounted;
        private boolean hasRecords;
        private long silentSince;
        private long readTo = NONE;
        private long closedAt = NONE;

        private Shard(long latest, long now) {
            this.latest = latest;
            this.silentSince = now;
        }
    }
}
