"""Patches that are installed in the emulator's process, with one module for each service.

The docstring of a module describes each patch: what AWS does, what the emulator (ministack 1.5.33)
does, and which test of `tests/local/emulator/gaps` fails when a newer emulator no longer needs
the patch. The tests run against an emulator without patches.

ministack has no public hook for most patches, so the modules replace functions whose names begin
with an underscore. `local/emulator/front.py` changes what can be changed in front of the emulator,
and needs no patch.
"""

import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

Module: TypeAlias = Any
"""A module of the emulator. The emulator's modules have no types."""

Serve: TypeAlias = Callable[[str, str, Mapping[str, str], bytes, Any], Awaitable[Any]]
"""Serves a request: method, path, headers, body and query."""

_ROOT: Final = re.compile(r"Credential=\d{12}/")
"""In a signed request of an account's root user, whose access key is the account's number."""


def answer_root(
    serve: Serve,
    calls: Mapping[str, Callable[[Mapping[str, Any]], Any]],
    error: Callable[[str, str, int], Any],
) -> Serve:
    """Give the function that also serves calls that AWS doesn't have, to the root user only.

    The signature was checked before (`local/emulator/front.py`).
    """

    async def serve_also(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: object
    ) -> object:
        call = headers.get("x-amz-target", "").rpartition(".")[2]
        if call not in calls:
            return await serve(method, path, headers, body, query)
        if not _ROOT.search(headers.get("authorization", "")):
            return error("AccessDeniedException", f"{call} is only for the root user.", 400)
        return calls[call](json.loads(body))

    return serve_also


def seldom(clean: Callable[[], None], seconds: float) -> Callable[[], None]:
    """Call a function that removes old entries at most once in so many seconds."""
    due = 0.0

    def clean_seldom() -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + seconds
            clean()

    return clean_seldom
