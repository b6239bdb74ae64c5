"""`stocktrading capacity`: what a load needs and what it costs."""

from typing import Annotated, Final

import typer

from common.exit_codes import USAGE

_MOST: Final = 10_000_000

Peak = Annotated[
    float | None,
    typer.Option(min=1, max=_MOST, help="Trades a second at the peak. Without it: an overview."),
]
Mean = Annotated[
    float | None,
    typer.Option(min=0.001, max=_MOST, help="Mean trades a second. Default: a fifth of the peak."),
]
TradeBytes = Annotated[int, typer.Option(min=40, max=1_000_000, help="Bytes of a trade's JSON.")]
Tickers = Annotated[int, typer.Option(min=1, max=_MOST, help="Number of tickers in a window.")]
DeadLetterShare = Annotated[
    float, typer.Option(min=0, max=1, help="Share of trades that are dead letters.")
]
Packed = Annotated[bool, typer.Option("--packed", help="The producer packs trades (KPL).")]
Slide = Annotated[int, typer.Option(min=1, max=86_400, help="Seconds by which windows slide.")]
Region = Annotated[str, typer.Option(help="Region of the default quotas. Prices don't change.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, not a table.")]


def capacity_command(  # noqa: PLR0913 -- an option each
    *,
    peak: Peak = None,
    mean: Mean = None,
    trade_bytes: TradeBytes = 100,
    tickers: Tickers = 5,
    dead_letter_share: DeadLetterShare = 0.01,
    packed: Packed = False,
    slide_seconds: Slide = 30,
    region: Region = "us-east-1",
    json_object: AsJson = False,
) -> None:
    """Say what a load needs, and what that costs a month.

    Shards, KPUs and buffers; without --peak an overview of loads.

    Example: stocktrading capacity --peak 50000 --packed
    """
    from components.sizing.capacity import Load, capacity
    from components.sizing.capacity_report import as_json, detail, overview
    from terminal.answer import answer
    from terminal.console import stdout

    if peak is None and (json_object or mean is not None):
        _refuse("--peak: not given; allowed with --mean or --json: trades a second from 1")
    peak_trades = peak or 1_000.0
    mean_trades = peak_trades / 5 if mean is None else mean
    if mean_trades > peak_trades:
        _refuse(f"--mean: given {mean_trades:g}; allowed: up to --peak, {peak_trades:g}")
    load = Load(
        mean_trades=mean_trades,
        peak_trades=peak_trades,
        trade_bytes=trade_bytes,
        tickers=tickers,
        dead_letter_share=dead_letter_share,
    )
    if peak is None:
        stdout().print(overview(load, slide_seconds=slide_seconds))
        return
    plan = capacity(load, packed=packed, slide_seconds=slide_seconds)
    if json_object:
        answer("capacity", as_json(plan, region))
    else:
        stdout().print(detail(plan, region))


def _refuse(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(USAGE)
