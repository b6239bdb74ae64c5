"""Errors for people: one line that says what is wrong and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from common.exit_codes import FAILED, USAGE

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


class UserError(Exception):
    """An error that a command prints before it exits: one line, without a traceback."""

    code: ClassVar = FAILED
    """The command's exit code."""


class UsageError(UserError):
    """An option's value is wrong. Nothing was done."""

    code = USAGE


def code_of(error: ClientError) -> str:
    """Give the code of an AWS service's error, such as `AccessDeniedException`."""
    return error.response.get("Error", {}).get("Code", "Unknown")


def one_line(text: object) -> str:
    """Give a text without line breaks and repeated spaces."""
    return " ".join(str(text).split())
