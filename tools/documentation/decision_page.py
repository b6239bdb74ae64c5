"""The index of decision records, from their first lines."""

from pathlib import Path

from tools.documentation.markdown import note, table

INTRODUCTION = """# Decisions

A record says why a decision was needed, what was decided, and what follows from it. Each has half a
page. The records are in the order of the decisions. If another decision replaces a record, the
record stays and says so. For a new record, copy the form of the last one, use the next number, and
run `make docs-reference`."""


def page(directory: Path) -> str:
    """Give the index of a directory's records.

    Raises `ValueError` if two records have one number, or a title does not begin with its number.
    """
    rows = [_row(path) for path in sorted(directory.glob("[0-9]*.md"))]
    numbers = [number for number, _ in rows]
    if len(set(numbers)) < len(numbers):
        message = f"{directory}: two records have the same number: {' '.join(numbers)}"
        raise ValueError(message)
    return "\n\n".join(
        [note("docs/decisions/"), INTRODUCTION, table(["", "decision"], rows) + "\n"]
    )


def _row(path: Path) -> tuple[str, str]:
    number = int(path.name[:4])
    title = path.read_text("utf-8").partition("\n")[0]
    said, _, words = title.removeprefix("# ").partition(". ")
    if said != str(number) or not words:
        message = f"{path.name}: begins {title!r}; allowed: '# {number}. What was decided'"
        raise ValueError(message)
    return str(number), f"[{words}]({path.name})"
