"""`stocktrading history`: what it leaves, what it takes away, and how it calls Pulumi."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from history_world import scratch_project, write_trades
from typer.testing import CliRunner, Result

import cli
import history.cli
import history.run
from common.errors import UserError
from history.place import PulumiPlace
from history.run import Count, Outcome
from simulator.target import Target
from stack.reader import StreamRecord

OUTPUTS = {
    "region": "us-east-1",
    "account_id": "222222222222",
    "ingest_stream": "in",
    "results_stream": "out",
    "dead_letter_stream": "dead",
    "application_name": "app",
    "sink_bucket": "sink",
}


class FakePlace:
    """A place where deploying and taking away only count."""

    live = "sandbox"

    def __init__(self, project: Path) -> None:
        self.project = project
        self.taken_away = 0

    def live_target(self) -> Target:
        """Give outputs of a stack on AWS."""
        return Target.parse(json.dumps(OUTPUTS), "test")

    up = live_target

    def problem(self, _: Target) -> str | None:
        """Know nothing."""
        return None

    def take_away(self) -> None:
        """Count the call."""
        self.taken_away += 1


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePlace:
    """Let the command use a fake place, and prepare nothing."""
    fake = FakePlace(tmp_path)

    def prepare(_: Count) -> None:
        pass

    def give(_stack: str | None, *, yes: bool) -> FakePlace:
        assert not yes
        return fake

    monkeypatch.setattr(history.cli, "_place", give)
    monkeypatch.setattr(Count, "prepare", prepare)
    return fake


def count(tmp_path: Path, *words: str) -> Result:
    """Count a small file."""
    file = write_trades(tmp_path / "trades.csv", 5, 60)
    mapping = ["--column", "TICKER=symbol", "--column", "EVENT_TIME=time"]
    return CliRunner().invoke(cli.app, ["history", "count", str(file), *mapping, *words])


def ends(
    monkeypatch: pytest.MonkeyPatch,
    *,
    mistakes: Sequence[str] = (),
    error: BaseException | None = None,
) -> None:
    """Let the run end with an outcome or an error after the stack was made."""

    def run(self: Count) -> Outcome:
        self.made = True
        if error:
            raise error
        return Outcome(
            trades=5, windows=9, right=9, repeated=0, mistakes=mistakes, file=Path("results.jsonl")
        )

    monkeypatch.setattr(Count, "run", run)


LEFT = "stocktrading history remove"


def test_the_stack_is_taken_away_after_a_right_count(
    tmp_path: Path, place: FakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left that costs."""
    ends(monkeypatch)
    done = count(tmp_path, "--json")
    assert (done.exit_code, place.taken_away) == (0, 1)
    assert json.loads(done.stdout)["right"] == 9
    assert LEFT not in done.stderr


def test_the_stack_is_left_with_keep(
    tmp_path: Path, place: FakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line says how to take it away."""
    ends(monkeypatch)
    done = count(tmp_path, "--keep", "--stack", "prod")
    assert (done.exit_code, place.taken_away) == (0, 0)
    assert done.stderr.splitlines()[-1].endswith(f"{LEFT} --stack prod")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UserError("the application app has failed: no state"), (1, "has failed: no state")),
        (KeyboardInterrupt(), (130, "interrupted")),
    ],
)
def test_the_stack_is_left_after_an_error_and_the_command_says_so(
    tmp_path: Path,
    place: FakePlace,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    expected: tuple[int, str],
) -> None:
    """A person may look at its log first."""
    ends(monkeypatch, error=error)
    done = count(tmp_path)
    code, said = expected
    assert (done.exit_code, place.taken_away) == (code, 0)
    assert said in done.stderr
    assert LEFT in done.stderr
    assert "Traceback" not in done.stderr


def test_a_difference_from_the_recount_fails_the_command(
    tmp_path: Path, place: FakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The difference is shown, and the stack is left."""
    ends(monkeypatch, mistakes=["A 2020: no result"])
    done = count(tmp_path)
    assert (done.exit_code, place.taken_away) == (1, 0)
    assert "A 2020: no result" in done.stderr
    assert LEFT in done.stderr


def test_a_bad_row_is_reported_with_its_line_before_anything_is_made(
    tmp_path: Path, place: FakePlace
) -> None:
    """The rules are those of `send`."""
    file = tmp_path / "trades.csv"
    file.write_text("EVENT_TIME,TICKER,PRICE\n2020-01-02T10:00:00Z,A,abc\n")
    done = CliRunner().invoke(cli.app, ["history", "count", str(file)])
    assert done.exit_code == 1
    assert f"{file}:2: wrong_type" in done.stderr.replace("\n", "")
    assert (place.taken_away, LEFT in done.stderr) == (0, False)


def test_a_stack_that_has_trades_already_is_refused(
    tmp_path: Path, place: FakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier count left them, and they would count too."""
    held = [StreamRecord("shard", "1", 0, 0, b"{}")]

    class Reader:
        def __init__(self, *_: object) -> None:
            pass

        def pages(self) -> list[list[StreamRecord]]:
            return [[], held]

    monkeypatch.setattr(history.run, "StreamReader", Reader)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "1")
    work = Count(place=place, trades=None, results=tmp_path)  # pyright: ignore[reportArgumentType] -- none are read
    with pytest.raises(UserError, match="in already has trades"):
        work._refuse_records(place.up())  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- the rest needs a cluster
    held.clear()
    work._refuse_records(place.up())  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `pulumi` on the PATH that notes its arguments. Give the file of its notes."""
    notes, program = tmp_path / "calls", tmp_path / "bin/pulumi"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {notes}\n'
        f"case \"$*\" in 'stack output'*) echo '{json.dumps(OUTPUTS)}';; "
        f"*) echo asked; [ ! -e {tmp_path}/fails ];; esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return notes


def test_pulumi_makes_the_stack_beside_the_live_one_and_deletes_it_with_its_file(
    tmp_path: Path, pulumi: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The selected stack stays selected. Secrets have the live stack's provider."""
    project = scratch_project(tmp_path / "project")
    live = project / "Pulumi.sandbox.yaml"
    text = "secretsprovider: awskms://alias/state\n" + live.read_text()
    live.unlink()
    live.write_text(text)
    file = project / "Pulumi.sandbox-history.yaml"
    file.write_text("config: {}\n")
    asking = PulumiPlace(live="sandbox", project=project)
    assert asking.up().sink_bucket == "sink"
    PulumiPlace(live="sandbox", project=project, yes=True).take_away()
    assert pulumi.read_text().splitlines() == [
        "stack init sandbox-history --no-select --secrets-provider awskms://alias/state",
        "up --stack sandbox-history",
        "stack output --json --stack sandbox-history",
        "destroy --stack sandbox-history --yes",
        "stack rm sandbox-history --yes",
    ]
    assert not file.exists()
    told = capfd.readouterr()
    assert (told.out, told.err.count("asked")) == ("", 4)  # standard output may be JSON


def test_a_failed_pulumi_command_is_named(tmp_path: Path, pulumi: Path) -> None:
    """What follows it isn't run."""
    project = scratch_project(tmp_path / "project")
    (tmp_path / "fails").touch()
    with pytest.raises(UserError, match="pulumi stack init sandbox-history --no-select: exit code"):
        PulumiPlace(live="sandbox", project=project).up()
    assert len(pulumi.read_text().splitlines()) == 1
