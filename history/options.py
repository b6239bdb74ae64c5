"""The options of `stocktrading history` that `send` doesn't have."""

from pathlib import Path
from typing import Annotated, Final

import typer

_WHERE: Final = "Where it is counted"

Stack = Annotated[
    str | None,
    typer.Option(
        help="The live stack, whose settings apply. Pulumi makes a stack beside it.",
        show_default="the local cloud",
        rich_help_panel=_WHERE,
    ),
]

Results = Annotated[
    Path,
    typer.Option(help="Directory for results.jsonl.", rich_help_panel=_WHERE),
]

Keep = Annotated[
    bool,
    typer.Option(
        "--keep",
        help="Leave the stack beside the live one afterwards. It costs as long as it exists.",
        rich_help_panel=_WHERE,
    ),
]

Yes = Annotated[
    bool,
    typer.Option(
        "--yes", help="Let Pulumi deploy and delete without asking.", rich_help_panel=_WHERE
    ),
]

Patience = Annotated[
    float,
    typer.Option(
        min=1,
        help="Give up if no new result came for this many minutes.",
        rich_help_panel=_WHERE,
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object.")]
