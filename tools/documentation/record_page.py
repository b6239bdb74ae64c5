"""The reference page of trades, results and dead letters, generated from their fields."""

from collections.abc import Sequence
from typing import Final

from job.fields import DEAD_LETTER, REASONS, RESULT, RESULT_KEY, TRADE, TRANSFORMED, Field
from tools.documentation.markdown import note, table

INTRODUCTION: Final = """# Records

What is on the three streams. A record is one JSON object in UTF-8. Results and dead letters end
with a newline."""

RESULTS: Final = """On the results stream, where `OutputFormat` is `json`. After a restart a result
can come twice; two are the same where {key} are. Where `OutputFormat` is `line`, a result is this
text: `<window_end> ==> <ticker> : Stock Value: <max_price>`."""


LATE: Final = """A `late` trade is not after its shard's watermark: the time of the newest counted
trade of the shard, less `WatermarkDelaySeconds`. So historic trades on a stream that has newer ones
are all late. [Count historic trades](../how-to/count-historic-trades.md) counts them in the windows
of their own times."""


def page() -> str:
    """Give the page."""
    reasons = [(f"`{name}`", says) for name, says in REASONS.items()]
    parts = [
        note("`job/fields.py`"),
        INTRODUCTION,
        "## Trade",
        "On the ingest stream. Other fields are ignored.",
        _fields(TRADE),
        "## Result",
        RESULTS.format(key=" and ".join(f"`{name}`" for name in RESULT_KEY)),
        _fields(RESULT),
        "What `sink.transform` adds to a result before it is stored:",
        _fields(TRANSFORMED),
        "## Dead letter",
        "On the dead-letter stream: a record that does not count, and why.",
        _fields(DEAD_LETTER),
        "The reasons, in the order in which the job checks them:",
        table(("reason", "what it means"), reasons),
        LATE,
    ]
    return "\n\n".join(parts) + "\n"


def _fields(fields: Sequence[Field]) -> str:
    rows = [(f"`{field.name}`", field.kind.value, _says(field)) for field in fields]
    return table(("field", "holds", "what it is"), rows)


def _says(field: Field) -> str:
    return f"{field.says} Only where {field.only}." if field.only else field.says
