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
 * Turns rejected records into dead letters, so few that their stream never delays trades.
 *
 * <p>Within the budget, each record has its own letter. Above it, and while letters wait to be put,
 * one letter stands for all records of a shard and a reason. It is sent after some seconds, and
 * before each checkpoint barrier. So the operator has no state to restore, and each rejected record
 * is in a letter that is sent before the checkpoint keeps the source's position. While such a
 * letter is open, it takes all records of its shard and reason. So it stands for all of them from
 * its first to its last sequence number.
 */
public final class LetterOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    /** Maximum bytes of a letter without its payload. */
    private static final int OTHER_BYTES = 512;

    private final double lettersASecond;
    private final double bytesASecond;
    private final long openMillis;

    private transient LetterBudget budget;
    private transient Map<String, Letter> open;
    private transient StreamRecord<RowData> out;

    /**
     * @param lettersASecond maximum letters for one record a second, for all subtasks together
     * @param bytesASecond maximum bytes of such letters a second, for all subtasks together
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

    /** Whether sent letters still wait for the next task. More letters would have to wait too. */
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
