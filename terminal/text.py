"""Text that can't control a terminal. Error messages use it, so it imports nothing else."""

from typing import Final

_BIDI: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Controls that change the order in which characters are shown: Unicode's UAX 9, section 2."""

_LINES: Final = (0x2028, 0x2029)
"""The line and the paragraph separator. Some terminals treat them as a line's end."""

_C0_AND_C1: Final = (*range(0x20), *range(0x7F, 0xA0))
"""Control characters: ECMA-48. An escape sequence begins with one of them."""

_ESCAPES: Final = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 -- one byte
    for code in (*_C0_AND_C1, *_LINES, *_BIDI)
    if chr(code) != "\n"
}


def visible(text: str) -> str:
    r"""Give `text` with each control character written as an escape, such as `\x1b`.

    A line feed stays, because messages of several lines need it.
    """
    return text.translate(_ESCAPES)
