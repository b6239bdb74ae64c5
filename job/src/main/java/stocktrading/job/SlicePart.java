package stocktrading.job;

import java.io.Serializable;
import java.util.List;

/**
 * A value that a slice has of its trades besides the columns of every slice. Two such values combine
 * to that of both slices.
 */
public final class SlicePart implements Serializable {
    private static final long serialVersionUID = 1L;

    /** How values combine. */
    private enum Combine {
        SUM,
        MAX,
        MIN
    }

    private final String name;
    private final Combine combine;
    private final int[] factors;
    private final int compared;
    private final double above;

    /**
     * @param name column of the value
     * @param combine {@code SUM}, {@code MAX} or {@code MIN}
     * @param factors the trade's numbers that are multiplied, as in {@link TradeRow#number}. None: 1
     * @param compared the trade's number that must be above {@code above}, or -1 for every trade
     * @param above see {@code compared}
     */
    public SlicePart(String name, String combine, List<Integer> factors, int compared, double above) {
        this.name = name;
        this.combine = Combine.valueOf(combine);
        this.factors = factors.stream().mapToInt(Integer::intValue).toArray();
        this.compared = compared;
        this.above = above;
    }

    String name() {
        return name;
    }

    /** The value of no trades. */
    double start() {
        switch (combine) {
            case MAX:
                return Double.NEGATIVE_INFINITY;
            case MIN:
                return Double.POSITIVE_INFINITY;
            default:
                return 0;
        }
    }

    /** Combine a value with that of one more trade. */
    double add(double value, TradeRow trade) {
        if (compared >= 0 && !(trade.number(compared) > above)) {
            return value;
        }
        double product = 1;
        for (int factor : factors) {
            product *= trade.number(factor);
        }
        switch (combine) {
            case MAX:
                return Math.max(value, product);
            case MIN:
                return Math.min(value, product);
            default:
                return value + product;
        }
    }
}
