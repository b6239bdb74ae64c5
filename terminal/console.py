"""The console of every command. Ruff refuses other uses of `rich.console.Console`."""

from collections.abc import Iterable
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from terminal.text import visible


class Terminal(Console):
    """Rich's console without markup, emoji codes and highlighting. It prints `visible` text."""

    def __init__(
        self,
        *,
        stderr: bool = False,
        file: IO[str] | None = None,
        width: int | None = None,
        force_terminal: bool | None = None,
    ) -> None:
        super().__init__(
            stderr=stderr,
            file=file,
            width=width,
            force_terminal=force_terminal,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def message(self, text: RenderableType, *, style: str | None = None) -> None:
        """Print a message. The terminal wraps it, so that it can be copied as one line."""
        self.print(text, style=style, soft_wrap=True)

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 -- passed on as given
        """Replace a string's control characters by escapes before its width is measured."""
        return super().render_str(visible(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render an object with its control characters replaced by escapes.

        All output passes through this method: texts, tables and live views. Rich marks segments
        with its own control codes, such as a move of the cursor. Those segments are not changed.
        """
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))


def stdout() -> Terminal:
    """Give a console for a command's results."""
    return Terminal()


def stderr() -> Terminal:
    """Give a console for progress and messages."""
    return Terminal(stderr=True)
