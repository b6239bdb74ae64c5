"""The options of `stocktrading dead-letters`, each with its help."""

from pathlib import Path
from typing import Annotated, Final

import typer

_WHICH: Final = "Which dead letters"
_FIX: Final = "What is done to each record"
_HOW: Final = "How it is sent"
_RULES: Final = "The job's properties"
_DEPLOYED: Final = "that of the deployed application"

Export = Annotated[
    str,
    typer.Argument(metavar="FILE", help="What `dead-letters export` wrote, edited or not."),
]

Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID]...",
        help="Ids of an export, or a shard and a sequence number with / between.",
        show_default=False,
    ),
]

From = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="<str>",
        help="Where the letters are read: stream (the dead-letter stream, as long as it keeps "
        "them), bucket (the sink's bucket), a file of dead letters, or - for standard input.",
        rich_help_panel=_WHICH,
    ),
]

Reason = Annotated[
    list[str] | None,
    typer.Option(help="Only with this reason. May be repeated.", rich_help_panel=_WHICH),
]

Key = Annotated[
    list[str] | None,
    typer.Option(
        help="Only records with this partition key, which is the producer's. May be repeated.",
        rich_help_panel=_WHICH,
    ),
]

Since = Annotated[
    str | None,
    typer.Option(
        help="Only records that arrived from this time on: ISO 8601, or such as 90m, 6h or 2d ago.",
        show_default="24h ago for the bucket, else everything",
        rich_help_panel=_WHICH,
    ),
]

Until = Annotated[
    str | None,
    typer.Option(help="Only records that arrived before this time.", rich_help_panel=_WHICH),
]

GroupBy = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        help="What a line stands for: reason, minute, hour or key. May be repeated. With key, the "
        "records are read again from the ingest stream.",
        show_default="reason",
    ),
]

Limit = Annotated[
    int, typer.Option(min=1, help="Show at most this many records, the latest first.")
]

To = Annotated[
    Path | None,
    typer.Option("--to", help="File to write. It must not exist.", show_default="standard output"),
]

Columns = Annotated[
    str | None,
    typer.Option(
        help="The payloads are lines of CSV with these columns, with commas between the names.",
        rich_help_panel=_FIX,
    ),
]

Delimiter = Annotated[
    str | None,
    typer.Option(
        help="Character between the values of CSV, or the word tab.",
        show_default="a comma",
        rich_help_panel=_FIX,
    ),
]

TimeZone = Annotated[
    str | None,
    typer.Option(
        help="Zone of times that name none, such as America/New_York.",
        show_default="UTC",
        rich_help_panel=_FIX,
    ),
]

DateNow = Annotated[
    bool,
    typer.Option(
        "--date-now",
        help="Date each trade when it is sent. It then counts in the windows of now.",
        rich_help_panel=_FIX,
    ),
]

Again = Annotated[
    bool,
    typer.Option(
        "--again",
        help="Also send records that were sent again before and were rejected again.",
        rich_help_panel=_FIX,
    ),
]

LedgerFile = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        help="File that knows what was sent. What it knows as sent isn't sent again.",
        show_default="resent.jsonl beside FILE",
        rich_help_panel=_HOW,
    ),
]

LateFile = Annotated[
    Path | None,
    typer.Option(
        "--late-to",
        help="File for the trades that are too late to be sent, for a recount of history.",
        show_default="FILE with the ending .late.jsonl",
        rich_help_panel=_HOW,
    ),
]

DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Check everything and print what would be sent. Sends and writes nothing.",
        rich_help_panel=_HOW,
    ),
]

Show = Annotated[
    int,
    typer.Option(
        min=0,
        help="Print at most this many lines of each kind. All are counted.",
        rich_help_panel=_HOW,
    ),
]

MaxFuture = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="MaxFutureSeconds of the job.",
        show_default=_DEPLOYED,
        rich_help_panel=_RULES,
    ),
]

WatermarkDelay = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="WatermarkDelaySeconds of the job.",
        show_default=_DEPLOYED,
        rich_help_panel=_RULES,
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
