"""The rules of a stack's job, read from its deployed application."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from common.errors import UserError, one_line
from oracle.verdict import Rules
from release.job_rules import read_properties, rules_of
from stack.clients import client

if TYPE_CHECKING:
    from stack.outputs import Outputs


def deployed_rules(outputs: Outputs, **wanted: int | None) -> Rules:
    """Give the rules of the deployed job, with the wanted values in place of what it has.

    The application is read only if a wanted value is None. Raises `UserError` if it can't be read.
    """
    given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    if len(given) == len(wanted):
        return Rules(**given)
    name = outputs.application_name
    try:
        properties = read_properties(client(outputs, "kinesisanalyticsv2"), name)
    except ClientError as error:
        message = (
            f"the job's properties can't be read from the application {name}: {one_line(error)}; "
            f"give instead: {', '.join(f'--{each}'.replace('_', '-') for each in wanted)}"
        )
        raise UserError(message) from error
    return replace(rules_of(properties), **given)
