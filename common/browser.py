"""Opens a page in the person's own browser."""

import webbrowser


def open_page(address: str) -> str | None:
    """Open an address in the default browser. If that fails, give a line that says so."""
    try:
        opened = webbrowser.open(address)
    except (webbrowser.Error, OSError):
        opened = False
    return None if opened else f"no browser could be opened: open {address} yourself"
