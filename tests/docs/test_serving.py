"""`make docs-serve` serves only on this machine, until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection, HTTPException

import psutil
from built_page import Copy
from patience import wait_for

from tools.documentation.site import ROOT

PATIENCE = 60
"""Seconds to wait for something that takes one second on an idle machine."""


def free_port() -> int:
    """Give a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def first_page(port: int) -> str:
    """Give the first page; an empty text if nothing is served yet."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    except (OSError, HTTPException):
        return ""
    finally:
        connection.close()


def test_the_documentation_is_served_here_and_ends_with_ctrl_c(copy_of_docs: Copy) -> None:
    """It serves on the loopback interface, and its end prints no traceback."""
    root, port = copy_of_docs(), free_port()
    program = (
        "import sys; from pathlib import Path; from tools.documentation import site; "
        f"sys.exit(site.serve({port}, Path({str(root)!r})))"
    )
    serving = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        # It serves before it has built.
        wait_for(lambda: "<h1" in first_page(port) or serving.poll() is not None)
        assert serving.poll() is None, "it ended"
        listening = {
            found.laddr.ip
            for each in psutil.Process(serving.pid).children(recursive=True)
            for found in each.net_connections("tcp")
            if found.status == psutil.CONN_LISTEN
        }
        os.killpg(serving.pid, signal.SIGINT)
        told, _ = serving.communicate(timeout=PATIENCE)
    finally:
        serving.kill()
    assert listening == {"127.0.0.1"}
    assert "Traceback" not in told
    assert serving.returncode == 0
