"""The output of `stocktrading dead-letters`: a dead letter for each rejected record."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
import typer

from oracle.dead_letters import MalformedLetterError, parse_letter
from oracle.find import find_records, write_letter
from stack.emulator import secret_for

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

    from oracle.verdict import Rules

_CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")


def print_letters(letters: Path, outputs: Path, rules: Rules) -> int:
    """Print letters for one record unchanged, and a letter for each record of the other letters.

    Gives the number of records that the stream no longer has. Raises `ValueError` with one line for
    a file with wrong content, and `OSError` and botocore's errors unchanged.
    """
    lines = (sys.stdin.buffer.read() if str(letters) == "-" else letters.read_bytes()).splitlines()
    stream, client, missing = None, None, 0
    for number, line in enumerate(filter(bytes.strip, lines), 1):
        try:
            letter = parse_letter(line + b"\n")
        except MalformedLetterError as error:
            message = f"{letters}, line {number}: {error}"
            raise ValueError(message) from error
        if letter.last is None:
            typer.echo(line.decode())
            continue
        if client is None or stream is None:
            stream, client = connect(outputs)
        found = find_records(client, stream, letter, rules)
        for record in found:
            typer.echo(write_letter(letter, record))
        if len(found) < letter.records:
            missing += letter.records - len(found)
            place = f"{letter.identity.shard} from {letter.identity.sequence_number}"
            typer.echo(
                f"dead-letters: {place}: {len(found)} of {letter.records} records found; the "
                "stream keeps a record for its retention time only",
                err=True,
            )
    return missing


def connect(outputs: Path, output: str = "ingest_stream") -> tuple[str, KinesisClient]:
    """Give a stream's name and a client for it, from a workload stack's outputs."""
    given = cast("object", json.loads(outputs.read_text("utf-8")))
    found = cast("Mapping[str, str | None]", given if isinstance(given, dict) else {})
    stream, region = found.get(output), found.get("region")
    if not stream or not region:
        message = f"{outputs}: given no {output} or region; expected a workload stack's outputs"
        raise ValueError(message)
    endpoint, account = found.get("endpoint") or None, found.get("account_id")
    emulator = None if any(os.environ.get(name) for name in _CREDENTIALS) else endpoint
    sdk: Any = boto3
    client: KinesisClient = sdk.client(
        "kinesis",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=account if emulator else None,
        aws_secret_access_key=secret_for(emulator) if emulator else None,
    )
    return stream, client
