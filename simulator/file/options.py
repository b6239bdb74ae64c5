"""The options of `stocktrading send` that `simulate` doesn't have, each with its help."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

BadRows = Literal["stop", "report"]
FileFormat = Literal["csv", "jsonl", "parquet"]

_FILE: Final = "What the file holds"
_PACE: Final = "When the trades are sent"

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV, JSON lines or Parquet; one row a trade.")
]

Format = Annotated[
    FileFormat | None,
    typer.Option(
        "--format",
        help="Format of the file.",
        show_default="by the end of its name",
        rich_help_panel=_FILE,
    ),
]

Column = Annotated[
    list[str] | None,
    typer.Option(
        help="FIELD=COLUMN: the column of a trade's field, such as TICKER=symbol. May be repeated. "
        "Not needed where they have the same name.",
        rich_help_panel=_FILE,
    ),
]

Value = Annotated[
    list[str] | None,
    typer.Option(
        help="FIELD=VALUE: the same value for all rows, such as TICKER=AMZN. May be repeated.",
        rich_help_panel=_FILE,
    ),
]

Columns = Annotated[
    str | None,
    typer.Option(
        help="Names of all columns, with commas between them, for a CSV file without a header "
        "line.",
        rich_help_panel=_FILE,
    ),
]

Delimiter = Annotated[
    str | None,
    typer.Option(
        help="Character between the values of a CSV file, or the word tab.",
        show_default="a comma, or tab for .tsv",
        rich_help_panel=_FILE,
    ),
]

TimeFormat = Annotated[
    str | None,
    typer.Option(
        help="iso, seconds, millis, micros, nanos (since 1970), or a pattern as of Python's "
        "strptime, such as '%d/%m/%Y %H:%M:%S.%f'.",
        show_default="detected from the first time",
        rich_help_panel=_FILE,
    ),
]

TimeZone = Annotated[
    str,
    typer.Option(
        help="Zone of times that name none, such as America/New_York.", rich_help_panel=_FILE
    ),
]

BadRowsChoice = Annotated[
    BadRows,
    typer.Option(
        help="If a row isn't a valid trade. stop: send nothing. report: send the other rows.",
        rich_help_panel=_FILE,
    ),
]

ShowBad = Annotated[
    int,
    typer.Option(
        min=0, help="Print at most this many bad rows. All are counted.", rich_help_panel=_FILE
    ),
]

Sort = Annotated[
    bool,
    typer.Option(
        "--sort",
        help="Send in the order of the times. Takes about 300 MB of memory a million trades.",
        rich_help_panel=_FILE,
    ),
]

Speed = Annotated[
    float | None,
    typer.Option(
        help="Send this many times faster than the times in the file.",
        show_default="1",
        rich_help_panel=_PACE,
    ),
]

Rate = Annotated[
    float | None,
    typer.Option(
        help="Send this many trades a second instead, whatever their times are. 0: as many as the "
        "stream takes.",
        rich_help_panel=_PACE,
    ),
]

ShiftToNow = Annotated[
    bool,
    typer.Option(
        "--shift-to-now",
        help="Date each trade when it is sent. Without it, old trades are late on a stream that "
        "has newer ones.",
        rich_help_panel=_PACE,
    ),
]

DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Read and check everything, and send nothing. Needs no stack.",
        rich_help_panel=_PACE,
    ),
]
