"""Each command of night work needs exactly the permissions that the page lists."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import pytest
from archives import packaged
from night import night_work
from typer.testing import CliRunner, Result

from cli import app
from common.paths import ROOT
from local.accounts import WORKLOAD
from local.cloud import LocalCloud

pytestmark = pytest.mark.emulator

PAGE: Final = ROOT / "docs" / "reference" / "night-permissions.md"
SERVICES: Final = {"application": "kinesisanalytics", "stream": "kinesis", "alarm": "cloudwatch"}
ROLE: Final = "night"


class Permission(NamedTuple):
    """A row of the page."""

    command: str
    action: str
    resource: str

    @property
    def statement(self) -> Mapping[str, object]:
        """Give the permission as a policy's statement."""
        resource = self.resource.replace("PREFIX", "stocktrading")
        service = SERVICES.get(re.split("[/:]", resource)[0])
        arn = f"arn:aws:{service}:us-east-1:{WORKLOAD}:{resource}" if service else "*"
        return {"Effect": "Allow", "Action": [self.action], "Resource": [arn]}


ROWS: Final = [
    Permission(*row)
    for row in re.findall(
        r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
]

GIVEN: Final = {
    "release snapshots": "",
    "release stop": "",
    "release start": "",
    "release start --from-time": "earliest",
    "operate streams": "",
    "operate shards": "results {next}",
    "operate retention": "results {next}",
    "operate alarms": "",
    "operate mute": "results-stale",
    "operate unmute": "results-stale",
}
"""The arguments of each command that the test runs to its end. `next` grows by one each time."""


class Desk:
    """A person who may assume a role that has only certain permissions."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._next = 25
        self._application = {"ApplicationName": cloud.outputs["application_name"]}
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{WORKLOAD}:root"},
            "Action": "sts:AssumeRole",
        }
        self.role = cloud.client("iam").create_role(
            RoleName=ROLE,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )["Role"]["Arn"]

    def prepare(self, command: str) -> None:
        """Bring about what the command has to change. An account's root user does it."""
        flink = self._cloud.client("kinesisanalyticsv2")
        status = flink.describe_application(**self._application)["ApplicationDetail"]
        stopped = status["ApplicationStatus"] == "READY"
        if command.startswith("release start") and not stopped:
            flink.stop_application(**self._application, Force=True)
        if command.startswith("release stop") and stopped:
            self.types("release start", as_role=False)
        opposite = {"operate mute": "operate unmute", "operate unmute": "operate mute"}
        if command in opposite:
            done = self.types(opposite[command], as_role=False)
            assert done.exit_code == 0, done.output

    def may(self, permissions: Sequence[Permission]) -> None:
        """Give the role these permissions and no others."""
        named = {"RoleName": ROLE, "PolicyName": "grants"}
        nothing = Permission("", "sts:GetCallerIdentity", "*")  # IAM refuses an empty policy
        statements = [each.statement for each in [*permissions, nothing]]
        document = {"Version": "2012-10-17", "Statement": statements}
        self._cloud.client("iam").put_role_policy(**named, PolicyDocument=json.dumps(document))

    def types(self, command: str, *, as_role: bool = True) -> Result:
        """Run a command."""
        self._next += 1
        words = f"{command} {GIVEN.get(command, '')}".format(next=self._next)
        options = ["--outputs", str(self._cloud.outputs_file)]
        if command.startswith("release st"):
            options += ["--poll", "0.2"]
        if as_role:
            options += ["--role-arn", self.role]
        return CliRunner().invoke(app, [*shlex.split(words), *options])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a person on a stack whose application runs in the emulator's control plane only."""
    directory = tmp_path_factory.mktemp("local")
    up = LocalCloud(directory=directory / ".local", stacks=["sandbox"])
    with packaged(tmp_path_factory.mktemp("dist")), up, pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        yield Desk(up)


def rows_of(command: str) -> list[Permission]:
    """Give the rows of a command. An option has those of its command too."""
    return [row for row in ROWS if f"{command} ".startswith(f"{row.command} ")]


@pytest.mark.parametrize("command", GIVEN)
def test_a_command_runs_with_its_permissions_and_not_without_one_of_them(
    desk: Desk, command: str
) -> None:
    """The error is one line that names the refused call."""
    rows = rows_of(command)
    for missing in rows:
        desk.prepare(command)
        desk.may([row for row in rows if row != missing])
        refused = desk.types(command)
        assert refused.exit_code == 1, f"{missing} isn't needed: {refused.output}"
        assert re.search("AccessDenied|not authorized", refused.output), refused.output
    desk.prepare(command)
    desk.may(rows)
    done = desk.types(command)
    assert done.exit_code == 0, done.output


def test_a_drain_is_refused_without_the_permission_to_read_metrics(desk: Desk) -> None:
    """Nothing is stopped. With the permission, it would wait for a job that reads."""
    desk.prepare("release stop")
    desk.may(rows_of("release stop"))
    refused = desk.types("release stop --drain")
    assert refused.exit_code == 1
    assert "GetMetricData" in refused.output


def test_the_page_lists_every_command_of_the_runbook() -> None:
    """What reads dead letters has a page of its own."""
    typed = [line for lines in night_work().values() for line in lines]
    unknown = [line for line in typed if not rows_of(" ".join(line.split()[1:3]))]
    assert [line for line in unknown if " dead-letters " not in line] == []
    assert {row.command for row in ROWS} == {*GIVEN, "release stop --drain"}
