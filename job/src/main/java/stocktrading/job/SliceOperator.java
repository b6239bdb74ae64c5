package stocktrading.job;

import java.util.ArrayList;
import java.util.List;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

/**
 * Turns trades into one row for each ticker and slice of time. So SQL's window processes a few rows
 * for each slice and not each trade.
 *
 * <p>A slice's row is sent before the watermark that ends the slice, and before each checkpoint
 * barrier. So no row is late. The operator has no state to restore, because after a restart the
 * source reads the trades after the barrier again. A slice can have several rows, which SQL combines.
 */
public final class SliceOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    /** Maximum number of rows held, about 10 MB. A choice: with more tickers, slices have more rows. */
    private static final int MOST_ROWS = 100_000;

    private final long sliceMillis;
    private final double scale;
    private final List<SlicePart> parts;
    private final int mostRows;

    private transient Slices slices;
    private transient StreamRecord<RowData> out;

    /**
     * @param sliceMillis length of a slice: the greatest that divides window and slide
     * @param scale factor by which a price is multiplied before it is summed
     * @param parts what a slice has of its trades besides the columns of every slice
     */
    public SliceOperator(long sliceMillis, double scale, List<SlicePart> parts) {
        this(sliceMillis, scale, parts, MOST_ROWS);
    }

    SliceOperator(long sliceMillis, double scale, List<SlicePart> parts, int mostRows) {
        this.sliceMillis = sliceMillis;
        this.scale = scale;
        this.parts = new ArrayList<>(parts);
        this.mostRows = mostRows;
        setChainingStrategy(ChainingStrategy.ALWAYS);
    }

    /** The type of the rows. */
    public TypeInformation<RowData> type() {
        return Slice.type(parts);
    }

    @Override
    public void open() throws Exception {
        super.open();
        slices = new Slices(sliceMillis, scale, parts);
        out = new StreamRecord<>(null);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        TradeRow row = (TradeRow) element.getValue();
        if (row.isRejected()) {
            return;
        }
        slices.add(row);
        if (slices.size() >= mostRows) {
            slices.takeAll(this::emit);
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        slices.takeEnded(mark.getTimestamp(), this::emit);
        super.processWatermark(mark);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) {
        slices.takeAll(this::emit);
    }

    @Override
    public void finish() throws Exception {
        slices.takeAll(this::emit);
        super.finish();
    }

    private void emit(RowData row) {
        output.collect(out.replace(row));
    }
}
