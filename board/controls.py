"""Controls for a person: buttons, groups of buttons, and a list to select from."""

from collections.abc import Callable, Mapping

from board.elements import Tag


def button(text: str, press: Callable[[], None], *, classes: str = "", **attributes: str) -> Tag:
    """Make a button."""
    made = Tag("button", text, classes=classes, type="button", **attributes)
    made.on("click", press, args=[])
    return made


class Group:
    """Buttons of which one is pressed."""

    def __init__(self, label: str, names: Mapping[str, str], choose: Callable[[str], None]) -> None:
        """Make a button for each key of `names`, with its text."""
        with Tag("div", classes="group", role="group", aria_label=label):
            self._buttons = {
                key: button(text, lambda key=key: choose(key)) for key, text in names.items()
            }

    def show(self, key: str) -> None:
        """Show which one is pressed."""
        for each, made in self._buttons.items():
            made.attribute("aria-pressed", str(each == key).lower())


def select(label: str, names: Mapping[str, str], now: str, choose: Callable[[str], None]) -> None:
    """Make a list of texts to select from. `choose` gets the key of the selected one."""
    with Tag("select", classes="select", aria_label=label) as made:
        for key, text in names.items():
            chosen = {"selected": "selected"} if key == now else {}
            Tag("option", text, value=key, **chosen)
    made.on(
        "change",
        lambda event: choose(str(event.args)),
        js_handler="event => emit(event.target.value)",
    )
