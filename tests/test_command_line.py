"""The whole command line: its help is fast, and does not import what the commands need."""

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from botocore.utils import get_environ_proxies

from cli import SECTIONS, app, prepare

LOOK = """
import contextlib, io, json, sys
import typer
from typer.core import TyperGroup
from typer.main import get_group

before = set(sys.modules)  # loaded by Python and Typer
from cli import app

def walk(command, words):
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        root.main([*words, "--help"], "stocktrading", standalone_mode=False)
    seen.append([" ".join(words), shown.getvalue()])
    if isinstance(command, TyperGroup):
        context = typer.Context(command)
        for name in command.list_commands(context):
            walk(command.get_command(context, name), [*words, name])

seen, root = [], get_group(app)
walk(root, [])
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps({"seen": seen, "loaded": sorted(loaded - sys.stdlib_module_names)}))
"""

ROOT = Path(__file__).resolve().parents[1]
OURS = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"cli"}
TYPER = {"typer", "shellingham"}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Print every help text in one new process. Give the texts and the loaded libraries."""
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_every_help_is_printed_without_importing_a_library_except_typer(
    found: dict[str, Any],
) -> None:
    """Importing Pulumi, boto3, Pydantic and Rich takes seconds. No help needs them."""
    shown: dict[str, str] = dict(found["seen"])
    assert {"", "demo", "local up", "release verify", "simulate"} <= shown.keys()
    assert all(text.startswith("Usage: ") for text in shown.values())
    assert set(found["loaded"]) - TYPER <= OURS


def test_no_summary_is_cut_off_at_80_columns(found: dict[str, Any]) -> None:
    """A list of commands has a complete summary of each command."""
    lists = [text.partition("\nCommands")[2] for _, text in found["seen"]]
    lines = [line for text in lists for line in text.splitlines()]
    assert len(lines) > 15
    assert [line for line in lines if line.endswith("...")] == []


def test_the_help_lists_each_command_in_one_section() -> None:
    """A command that no section names would be missing in the help and in the documentation."""
    named = [name for names in SECTIONS.values() for name in names]
    registered = typer.main.get_group(app).commands
    assert sorted(named) == sorted(registered)


class _Empty(BaseHTTPRequestHandler):
    """Sends an empty response to every request."""

    def do_GET(self) -> None:
        """Send an empty response."""
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 -- its signature
        """Write no log line."""


def test_a_command_uses_no_proxy_for_the_loopback_interface(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy is set for all other hosts, also if a person's `no_proxy` has other hosts."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "intranet.example")
    with HTTPServer(("127.0.0.1", 0), _Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(urllib.error.URLError):
            urllib.request.build_opener().open(address, timeout=5)
        prepare()
        with urllib.request.build_opener().open(address, timeout=5) as answer:
            assert answer.status == 204
        server.shutdown()
    assert get_environ_proxies(address) == {}
    assert get_environ_proxies("http://intranet.example") == {}
    assert get_environ_proxies("https://kinesis.us-east-1.amazonaws.com")
