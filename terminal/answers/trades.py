"""JSON objects about trades: what was sent, the check of a file, the count of historic trades."""

from collections.abc import Mapping, Sequence

from terminal.answers.base import Answer


class FileAnswer(Answer):
    """The check of a file with trades."""

    rows: int
    good: int
    bad: Mapping[str, int]
    """Bad rows by reason."""
    first: str | None
    """The earliest time of a trade, in ISO 8601."""
    last: str | None
    old: int
    """Trades that would be late on a stream that has trades of now."""
    disordered: int
    seconds: float
    """How long it takes to send them."""


class FileCheckAnswer(Answer):
    """What `send --dry-run` prints."""

    file: FileAnswer


class SentAnswer(Answer):
    """The counts of a run of `simulate` or `send`, in trades unless a field says otherwise."""

    stream: str
    sent: int
    accepted: int
    failed: int
    """`sent` is the sum of `accepted` and `failed`."""
    retried: int
    throttled: int
    records: int
    """Kinesis records accepted."""
    requests: int
    seconds: float
    rate: float
    """Accepted trades a second."""
    errors: Mapping[str, int]
    """Refused trades by error code, counted once for each attempt."""
    faults: Mapping[str, int] = {}
    """`simulate`: deliberately bad and late records by kind."""
    file: FileAnswer | None = None
    """`send`: the check of the file."""


class HistoryAnswer(Answer):
    """What a count of historic trades has found."""

    trades: int
    windows: int
    """Windows that the trades need. Each has one ticker."""
    right: int
    """Windows whose result is as the recount has it."""
    repeated: int
    """Results that were delivered more than once, with the same values."""
    mistakes: Sequence[str]
    """Every difference from the recount, one line each."""
    results: str
    """The file with the results."""
