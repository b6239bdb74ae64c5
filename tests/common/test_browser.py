"""A page is opened in the person's browser, or a line says to open it."""

import webbrowser

import pytest

from common.browser import open_page


def test_the_default_browser_gets_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said if it opens."""
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    assert open_page("http://127.0.0.1:1") is None
    assert opened == ["http://127.0.0.1:1"]


@pytest.mark.parametrize("fails", [False, True])
def test_without_a_browser_a_line_has_the_address(
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,  # noqa: FBT001 -- a case's own value
) -> None:
    """A machine without a display has no browser."""

    def browser(_address: str) -> bool:
        if fails:
            message = "could not locate runnable browser"
            raise webbrowser.Error(message)
        return False

    monkeypatch.setattr(webbrowser, "open", browser)
    assert open_page("http://127.0.0.1:1") == (
        "no browser could be opened: open http://127.0.0.1:1 yourself"
    )
