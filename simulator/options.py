"""The options of `stocktrading simulate`, each with its help and its range."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand

from simulator.trades import TICKERS
from simulator.trades import Partition as PartitionBy
from simulator.trades import Prices as PriceModel

_TARGET: Final = "Which stream"
_LOAD: Final = "What is sent"
_FAULTS: Final = "Wrong on purpose"
_HOW: Final = "How it is sent"


class Grouped(TyperCommand):
    """A command whose help lists its options by heading."""

    def format_options(self, ctx: typer.Context, formatter: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # noqa: ANN401 -- both types are private to Typer
        """Write the options, group by group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if record := parameter.get_help_record(ctx):
                heading = getattr(parameter, "rich_help_panel", None) or "Options"
                groups.setdefault(heading, []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)


Outputs = Annotated[
    Path | None,
    typer.Option(
        help="A stack's outputs, as `pulumi stack output --json` prints; - for standard input.",
        rich_help_panel=_TARGET,
    ),
]

Stack = Annotated[
    str | None,
    typer.Option(help="A stack. Pulumi gives its outputs.", rich_help_panel=_TARGET),
]

Local = Annotated[
    bool,
    typer.Option(
        "--local",
        help="The local cloud (.local/sandbox.json). This is the default.",
        rich_help_panel=_TARGET,
    ),
]

RoleArn = Annotated[
    str | None,
    typer.Option(
        help="A role to assume first, such as the stack's output producer_role_arn.",
        rich_help_panel=_TARGET,
    ),
]

Ticker = Annotated[
    list[str] | None,
    typer.Option(
        help="A ticker to trade. May be repeated.",
        show_default=" ".join(TICKERS),
        rich_help_panel=_LOAD,
    ),
]

Tickers = Annotated[
    int | None,
    typer.Option(help="Number of generated tickers to use instead.", rich_help_panel=_LOAD),
]

Prices = Annotated[
    PriceModel,
    typer.Option(
        help="A random walk for each ticker, or 0.01 to 100.00 at random.",
        rich_help_panel=_LOAD,
    ),
]

Rate = Annotated[
    float,
    typer.Option(
        min=0,
        help="Trades a second of event time. 0: as many as possible.",
        rich_help_panel=_LOAD,
    ),
]

Count = Annotated[
    int | None,
    typer.Option(min=1, help="End after this many trades.", rich_help_panel=_LOAD),
]

Duration = Annotated[
    float | None,
    typer.Option(
        min=0.001, help="End after this many seconds of event time.", rich_help_panel=_LOAD
    ),
]

Start = Annotated[
    str | None,
    typer.Option(
        help="Send a backlog, as fast as it is taken: event time begins at this ISO 8601 time "
        "(UTC unless it has an offset) and ends with the count or duration, or now.",
        rich_help_panel=_LOAD,
    ),
]

Seed = Annotated[
    int | None,
    typer.Option(
        help="Repeat a run: the same tickers, prices and keys; with --start, the same bytes.",
        rich_help_panel=_LOAD,
    ),
]

BadShare = Annotated[
    float,
    typer.Option(min=0, max=1, help="Share of records of every bad kind.", rich_help_panel=_FAULTS),
]

LateShare = Annotated[
    float,
    typer.Option(min=0, max=1, help="Share of trades that come late.", rich_help_panel=_FAULTS),
]

LateBy = Annotated[
    float,
    typer.Option(min=0, help="Seconds by which those trades are late.", rich_help_panel=_FAULTS),
]

Jitter = Annotated[
    float,
    typer.Option(
        min=0,
        help="Date every trade back by 0 to this many seconds: out of order, but in time below "
        "3 s (the job's watermark delay of 5 s, less 2 s that may be in flight).",
        rich_help_panel=_FAULTS,
    ),
]

Partition = Annotated[
    PartitionBy,
    typer.Option(help="Spread over all shards, or each ticker on one shard.", rich_help_panel=_HOW),
]

Pack = Annotated[
    bool | None,
    typer.Option(
        "--pack/--no-pack",
        help="Pack many trades into a record (KPL aggregation).",
        show_default="the stack's own setting",
        rich_help_panel=_HOW,
    ),
]

Workers = Annotated[
    int, typer.Option(min=1, max=64, help="Number of simultaneous requests.", rich_help_panel=_HOW)
]

AsJsonObject = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")]
