"""A panel of the page, and the panel of dead letters."""

from collections.abc import Callable
from datetime import tzinfo

from board import wording
from board.elements import Repeated, Tag
from board.feed import Health
from board.records import DeadLetter
from board.shown import Shown, Update
from job.fields import REASONS


class Panel:
    """A part of the page with a title.

    It shows how fresh its data is, and fades if the data is old.
    """

    def __init__(self, title: str, name: str) -> None:
        self.root = Tag("section", classes="panel", id=name, aria_labelledby=f"{name}-title")
        with self.root:
            with Tag("div", classes="panel-head"):
                Tag("h2", title, id=f"{name}-title")
                self._note = Tag("p", classes="panel-note")
            self.body = Tag("div", classes="panel-body")

    def freshen(self, health: Health, note: str = "", *, stalled: bool = False) -> None:
        """Show `note`, or the problem with the data if there is one."""
        old = stalled or not health.fresh
        self._note.say(wording.freshness(health) or note)
        self._note.mark_as("warn", on=old and not health.waiting)
        self.root.mark_as("stale", on=old)


def scroll(name: str) -> Tag:
    """Make a part that scrolls, also by keyboard. For that it needs a name."""
    return Tag("div", classes="scroll", tabindex="0", role="group", aria_label=name)


def letters() -> Update:
    """Build the table of dead letters by reason, and the list of the last ones."""
    panel = Panel("Dead letters", "letters")
    with panel.body:
        empty = Tag("p", classes="empty")
        with Tag("div", classes="letters"):
            with Tag("div", classes="reasons"), Tag("table"):
                Tag("caption", "Dead letters of the last 15 minutes, by reason", classes="unseen")
                with Tag("thead", classes="unseen"), Tag("tr"):
                    Tag("th", "Reason", scope="col")
                    Tag("th", "Dead letters", scope="col")
                reasons = Repeated[_Reason](Tag("tbody"), lambda each: each[0], _reason_row)
            last = Tag("ol", classes="last", aria_label="The last dead letters, newest first")
            items = Repeated[_Letter](last, lambda each: each[0].key, _letter_item)

    def update(shown: Shown) -> None:
        snapshot, view = shown.snapshot, shown.view
        note = "last 15 min, newest first" if view.letters else ""
        panel.freshen(snapshot.letters_health, note)
        empty.mark_as("unseen", on=bool(view.letters) or not snapshot.letters_health.fresh)
        empty.say("No dead letters in the last 15 minutes.")
        most = max((count for _, count in view.reasons), default=1)
        reasons.show([(reason, count, count / most) for reason, count in view.reasons])
        items.show([(letter, shown.choice.tz) for letter in view.letters])

    return update


_Reason = tuple[str, int, float]
"""A reason, its number of dead letters, and that number divided by the largest number."""


def _reason_row(each: _Reason) -> tuple[Tag, Callable[[_Reason], None]]:
    with Tag("tr") as line:
        with Tag("th", scope="row"):
            Tag("code", each[0])
            Tag("span", REASONS.get(each[0], ""), classes="meaning")
        with Tag("td", classes="number"):
            count = Tag("span")
            bar = Tag("span", classes="bar", aria_hidden="true")

    def update(now: _Reason) -> None:
        count.say(f"{now[1]:,}")
        bar.attribute("style", f"--share: {now[2]:.3f}")

    return line, update


_Letter = tuple[DeadLetter, tzinfo]
"""A dead letter, and the time zone of its time."""


def _letter_item(first: _Letter) -> tuple[Tag, Callable[[_Letter], None]]:
    letter, _ = first
    with Tag("li") as item, Tag("details"):
        with Tag("summary"):
            at = Tag("time")
            Tag("code", letter.reason, classes="reason")
            Tag("span", wording.excerpt(letter), classes="excerpt")
        Tag("pre", wording.payload(letter), tabindex="0", aria_label="The record as received")
        where = wording.place(letter)
        Tag("p", f"{letter.size:,} bytes, as {letter.encoding}; {where}", classes="where")
    return item, lambda now: at.say(wording.clock(letter.arrived, now[1]))
