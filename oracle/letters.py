"""The output of `stocktrading dead-letters`: a dead letter for each rejected record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import typer

from oracle.dead_letters import MalformedLetterError, parse_letter
from oracle.find import find_records, write_letter
from stack.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

    from oracle.verdict import Rules


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
    found = Outputs.of_file(outputs)
    key, secret = found.credentials() or (None, None)
    sdk: Any = boto3
    client: KinesisClient = sdk.client(
        "kinesis",
        region_name=found.region,
        endpoint_url=found.endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )
    return getattr(found, output), client
