package stocktrading.job;

import java.util.LinkedHashMap;
import java.util.Map;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.io.network.api.writer.ResultPartitionWriter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

/**
 * Turns rejected records into dead letters, so few that their stream never holds trades up.
 *
 * <p>Within its budget each record has a letter of its own. Above it, and while letters wait to be
 * put, one letter stands for all records of a shard and a reason until it leaves: after some
 * seconds, and before each checkpoint barrier. So there is no state to restore, and each rejected
 * record is in a letter that leaves before the source's position is kept. While such a letter is
 * open, no record of its shard and reason has one of its own: all that lie between its first and
 * its last sequence number and have its reason are in it.
 */
public final class LetterOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    /** Bytes of a letter beside its payload, at most. */
    private static final int OTHER_BYTES = 512;

    private final double lettersASecond;
    private final double bytesASecond;
    private final long openMillis;

    private transient LetterBudget budget;
    private transient Map<String, Letter> open;
    private transient StreamRecord<RowData> out;

    /**
     * @param lettersASecond letters for one record that all subtasks together may send a second
     * @param bytesASecond bytes of them that all subtasks together may send a second
     * @param openMillis how long a letter for many stays open
     */
    public LetterOperator(double lettersASecond, double bytesASecond, long openMillis) {
        this.lettersASecond = lettersASecond;
        this.bytesASecond = bytesASecond;
        this.openMillis = openMillis;
        setChainingStrategy(ChainingStrategy.ALWAYS);
    }

    /** The type of the rows. */
    public static TypeInformation<RowData> type() {
        return Letter.TYPE;
    }

    @Override
    public void open() throws Exception {
        super.open();
        int subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
        budget = new LetterBudget(lettersASecond / subtasks, bytesASecond / subtasks, now());
        open = new LinkedHashMap<>();
        out = new StreamRecord<>(null);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        TradeRow row = (TradeRow) element.getValue();
        if (!row.isRejected()) {
            return;
        }
        String kind = row.reason() + " " + row.shard();
        Letter letter = open.get(kind);
        if (letter != null) {
            letter.add(row);
        } else if (budget.allows(now()) && !isHeldUp()) {
            Payload payload = Payload.of(row.record());
            budget.spend(payload.jsonBytes() + OTHER_BYTES);
            emit(Letter.of(row, payload));
        } else {
            if (open.isEmpty()) {
                closeLater();
            }
            open.put(kind, new Letter(row));
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) {
        close(open);
    }

    @Override
    public void finish() throws Exception {
        close(open);
        super.finish();
    }

    private void closeLater() {
        getProcessingTimeService()
                .registerTimer(
                        now() + openMillis,
                        timestamp -> {
                            if (isHeldUp()) {
                                closeLater();
                            } else {
                                close(open);
                            }
                        });
    }

    private void close(Map<String, Letter> letters) {
        for (Letter letter : letters.values()) {
            emit(letter.toRow());
        }
        letters.clear();
    }

    /** Whether what this task has sent still waits to be taken: to send more would wait as well. */
    private boolean isHeldUp() {
        for (ResultPartitionWriter writer : getContainingTask().getEnvironment().getAllWriters()) {
            if (!writer.isAvailable()) {
                return true;
            }
        }
        return false;
    }

    private long now() {
        return getProcessingTimeService().getCurrentProcessingTime();
    }

    private void emit(RowData row) {
        output.collect(out.replace(row));
    }
}
