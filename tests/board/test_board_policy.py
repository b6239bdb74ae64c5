"""The policy in the documentation is enough for the board, and every action in it is needed."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from archives import packaged
from botocore.exceptions import ClientError

from board.dashboard.insights import Insights
from board.dashboard.reader import Reader
from board.delivery import Sink
from board.metrics import CloudWatch, Metrics, Value
from board.stack import Stack
from board.status import ManagedFlink
from local.accounts import WORKLOAD
from local.cloud import LocalCloud
from stack.reader import StreamReader

pytestmark = pytest.mark.emulator

PAGE = Path(__file__).parents[2] / "docs" / "board.md"
Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give a local cloud with the sandbox, and a role without permissions."""
    up = LocalCloud(directory=tmp_path_factory.mktemp("local"), stacks=["sandbox"])
    with packaged(tmp_path_factory.mktemp("dist")), up:
        root = {"AWS": f"arn:aws:iam::{WORKLOAD}:root"}
        trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
        up.client("iam").create_role(
            RoleName="watcher", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
        )
        yield up


def documented(cloud: LocalCloud) -> list[Mapping[str, object]]:
    """Give the statements of the page's table, with the ARNs of the resources that it describes."""
    arn = f"arn:aws:{{}}:us-east-1:{WORKLOAD}:{{}}".format
    out = cloud.outputs
    meant: Mapping[str, Sequence[str]] = {
        "results and dead-letter streams": [
            arn("kinesis", f"stream/{out[f'{noun}_stream']}") for noun in ("results", "dead_letter")
        ],
        "the application": [out["application_arn"]],
        "`*`: IAM knows no resource for it": ["*"],
        # The emulator holds a call to CloudWatch against no narrower resource.
        "the dashboard": ["*"],
        "the alarms, and the composite one": ["*"],
        "the application's log group; the deliveries' for `StartQuery`": [
            arn("logs", f"log-group:{group}:*")
            for group in (out["log_group"], "/aws/kinesisfirehose/stocktrading")
        ],
        "the stack's key": [out["key_arn"]],
        "the sink's bucket": [f"arn:aws:s3:::{out['sink_bucket']}"],
    }
    rows = re.findall(r"^\| (`\w+:\w+`.*) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return [
        {"Effect": "Allow", "Action": action, "Resource": list(meant[words])}
        for actions, words in rows
        for action in re.findall(r"`(\w+:\w+)`", actions)
    ]


def allow(cloud: LocalCloud, statements: Sequence[Mapping[str, object]]) -> Clients:
    """Give the role these permissions and no others, and return clients that use the role."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    cloud.client("iam").put_role_policy(
        RoleName="watcher", PolicyName="board", PolicyDocument=document
    )
    given = cloud.clients.assume_role(f"arn:aws:iam::{WORKLOAD}:role/watcher", WORKLOAD)
    return lambda service: cloud.clients.client_as(service, given)


def read_everything(cloud: LocalCloud, clients: Clients) -> None:
    """Read each source of both pages once, as the pages read it on AWS."""
    stack = Stack.parse(json.dumps(cloud.outputs), "outputs")
    for stream in (stack.results_stream, stack.dead_letter_stream):
        StreamReader(clients("kinesis"), stream, back=10).poll()
    CloudWatch(clients("cloudwatch"), stack).read()
    Sink(clients("s3"), cloud.outputs["sink_bucket"]).read()
    now = round(time.time() * 1000)
    restarted = Metrics({"fullRestarts": (Value(now - 120_000, 0.0), Value(now - 60_000, 1.0))})
    job = ManagedFlink(
        clients("kinesisanalyticsv2"), clients("logs"), stack, metrics=lambda: restarted
    ).read()
    insights = Insights(client=clients("logs"))
    insights.read(cloud.outputs["log_group"], "fields @message | limit 1", time.time(), 900)
    picture = Reader(
        client=clients("cloudwatch"),
        insights=Insights(client=None),
        name="stocktrading",
        region="us-east-1",
    ).read()
    # These two tell it in their place, so that the others go on.
    told = [job.reason or "", *(each.error for each in picture.data)]
    if denied := [each for each in told if "AccessDenied" in each or "not authorized" in each]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": denied[0]}}, "Read")


def test_the_documented_policy_is_enough(cloud: LocalCloud) -> None:
    """With exactly these actions on these resources every source gives an answer."""
    statements = documented(cloud)
    assert len(statements) == 12
    read_everything(cloud, allow(cloud, statements))


@pytest.mark.parametrize(
    "action",
    [
        "kinesis:ListShards",
        "kinesis:GetShardIterator",
        "kinesis:GetRecords",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetDashboard",
        "cloudwatch:DescribeAlarms",
        "logs:FilterLogEvents",
        "logs:StartQuery",
        "logs:GetQueryResults",
        "s3:ListBucket",
        "kms:Decrypt",
    ],
)
def test_every_documented_action_is_needed(cloud: LocalCloud, action: str) -> None:
    """Without any one of the actions, a source is denied.

    The exception is kinesisanalytics:DescribeApplication. The emulator doesn't check permissions
    for that service.
    """
    left = [each for each in documented(cloud) if each["Action"] != action]
    assert len(left) == 11
    with pytest.raises(ClientError, match="AccessDenied"):
        read_everything(cloud, allow(cloud, left))
