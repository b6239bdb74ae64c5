"""What the emulator lacks, tested on an emulator without patches.

Each test passes while the gap exists. If a newer emulator closes a gap, the test fails and names
the module with the patch that is no longer needed.
"""

import importlib
import inspect
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import psutil
import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from github_token import token

from local.accounts import REGION
from local.clients import AwsClient, Clients
from local.emulator import front, server
from local.emulator.child import Emulator

PATCHES: Final = (*server.PATCHES, front)

Client = Callable[[str], Any]

SILENT: Final = "399999999999"
"""An account that contains only an alarm. Nothing is ever published for the alarm's metric."""

PULSE: Final[dict[str, Any]] = {
    "Namespace": "Test",
    "MetricName": "pulse",
    "Period": 10,
    "Statistic": "Sum",
    "TreatMissingData": "breaching",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Give an emulator without patches."""
    with Emulator(run_directory=tmp_path_factory.mktemp("plain"), plain=True) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def bare(plain: Emulator) -> Clients:
    """Give clients of the emulator without patches."""
    clients = Clients(plain.endpoint)
    _alarm(lambda service: clients.client(service, SILENT), **PULSE)
    return clients


@pytest.fixture
def client(bare: Clients, account: str) -> Client:
    """Give clients of a separate account."""
    return lambda service: bare.client(service, account)


def _gap(module: str, *, there: bool) -> None:
    """Fail if a gap no longer exists."""
    if not there:
        path = f"local/emulator/{module}.py"
        pytest.fail(f"the emulator does it now: remove the patch from {path}")


def _work(emulator: Emulator, call: Callable[[], object]) -> float:
    """Give the CPU seconds that the emulator takes for many requests, without other processes."""
    process = psutil.Process(emulator.pid)
    before = process.cpu_times()
    for _ in range(60):
        call()
    after = process.cpu_times()
    return after.user + after.system - before.user - before.system


def _refuses(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError:
        return True
    return False


def _role(client: Client, name: str, trust: dict[str, Any], *allowed: dict[str, Any]) -> str:
    """Create a role. `trust` is the statement about who may assume it."""
    iam = client("iam")
    document = {"Version": "2012-10-17", "Statement": [trust | {"Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]
    policy = {"Version": "2012-10-17", "Statement": list(allowed)}
    if allowed:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return role["Arn"]


def _as_root(bare: Clients, account: str, role: str) -> Callable[[str], Any]:
    credentials = bare.assume_role(role, account)
    return lambda service: bare.client_as(service, credentials)


# Each module and its tests


def _named(module: ModuleType) -> set[str]:
    """Give the tests that a module's docstring names."""
    return set(re.findall(r"`(test_\w+)`", inspect.getdoc(module) or ""))


@pytest.mark.parametrize("module", PATCHES, ids=lambda module: module.__name__)
def test_each_patch_module_names_its_tests(module: ModuleType) -> None:
    """The docstring of a module names at least one test, and each named test exists."""
    there = {name for name in globals() if name.startswith("test_")}
    assert _named(module), module.__name__
    assert _named(module) <= there


def test_each_test_here_belongs_to_a_patch() -> None:
    """A patch module names each test. Otherwise a test could remain after its patch is removed."""
    asks = {name for name, of in globals().items() if "bare" in _parameters(of)}
    assert asks == set[str]().union(*map(_named, PATCHES))


def _parameters(of: object) -> set[str]:
    if not inspect.isfunction(of) or not of.__name__.startswith("test_"):
        return set()
    given = set(inspect.signature(of).parameters)
    return given | {"bare"} if given & {"client", "bare"} else given


def test_only_the_emulators_package_imports_its_modules() -> None:
    """Code that depends on one version of the emulator is in one place."""
    root = Path(__file__).parents[3]
    uses = re.compile(r'import_module\("ministack|from ministack|import ministack')
    users = {
        str(path.relative_to(root).parent)
        for room in ("local", "board", "release", "simulator", "doctor", "tests")
        for path in (root / room).rglob("*.py")
        if path != Path(__file__) and uses.search(path.read_text("utf-8"))
    }
    assert users == {"local/emulator", "local/emulator/patches"}


def test_each_module_of_patches_is_installed() -> None:
    """The list of patches contains exactly the modules of the package."""
    room = Path(inspect.getfile(importlib.import_module("local.emulator.patches"))).parent
    names = {path.stem for path in room.glob("*.py")} - {"__init__"}
    assert names == {module.__name__.rpartition(".")[2] for module in server.PATCHES}


# Kinesis


@pytest.mark.emulator
def test_a_full_stream_is_slow(plain: Emulator, client: Client) -> None:
    """PutRecord takes 1.5 times the CPU time with 40,000 records on the stream."""
    kinesis = client("kinesis")
    for name in ("empty", "full"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
    batch = [{"Data": b"x", "PartitionKey": "k"}] * 500
    for _ in range(80):
        kinesis.put_records(StreamName="full", Records=batch)

    def put(stream: str) -> Callable[[], object]:
        return lambda: kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")

    slower = _work(plain, put("full")) > 1.5 * _work(plain, put("empty"))
    _gap("patches/kinesis", there=slower)


@pytest.mark.emulator
def test_many_iterators_are_slow(plain: Emulator, client: Client) -> None:
    """PutRecord takes 1.5 times the CPU time after 2,000 iterators were given."""
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    (shard,) = kinesis.list_shards(StreamName="s")["Shards"]

    def put() -> object:
        return kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")

    def get_iterator() -> object:
        return kinesis.get_shard_iterator(
            StreamName="s", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )

    before = _work(plain, put)
    for _ in range(2_000):
        get_iterator()
    _gap("patches/kinesis", there=_work(plain, put) > 1.5 * before)


@pytest.mark.emulator
def test_a_time_in_milliseconds_is_far_ahead(client: Client) -> None:
    """A read from one hour ago, given in milliseconds, finds nothing."""
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
    hour_ago = (time.time() - 3600) * 1000

    def in_milliseconds(request: AWSRequest, **_: object) -> None:
        asked = json.loads(request.data or b"") | {"Timestamp": hour_ago}
        request.data = json.dumps(asked)

    kinesis.meta.events.register("request-created.kinesis.GetShardIterator", in_milliseconds)
    iterator = kinesis.get_shard_iterator(
        StreamName="s",
        ShardId="shardId-000000000000",
        ShardIteratorType="AT_TIMESTAMP",
        Timestamp=datetime.now(UTC) - timedelta(hours=1),
    )["ShardIterator"]
    found = kinesis.get_records(ShardIterator=iterator)["Records"]
    _gap("patches/kinesis", there=not found)


@pytest.fixture
def resharded(client: Client) -> AwsClient:
    """Give a client of Kinesis. Its stream `s` has three shards with one record each."""
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=3)
    for number in range(3):
        key = str(2**128 * number // 3 + 1)
        kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k", ExplicitHashKey=key)
    return kinesis


@pytest.mark.emulator
def test_a_split_drops_the_parent(client: Client, resharded: AwsClient) -> None:
    """The parent is no longer listed, and its records are lost."""
    del client
    resharded.split_shard(
        StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey="100"
    )
    shards = resharded.list_shards(StreamName="s")["Shards"]
    names = [shard["ShardId"] for shard in shards]
    _gap("patches/kinesis_shards", there="shardId-000000000000" not in names)


@pytest.mark.emulator
def test_any_two_shards_are_merged(client: Client, resharded: AwsClient) -> None:
    """Even two shards that aren't adjacent are merged."""
    del client
    refused = _refuses(
        lambda: resharded.merge_shards(
            StreamName="s",
            ShardToMerge="shardId-000000000000",
            AdjacentShardToMerge="shardId-000000000002",
        )
    )
    _gap("patches/kinesis_shards", there=not refused)


@pytest.mark.emulator
def test_a_new_shard_count_drops_all_records(client: Client, resharded: AwsClient) -> None:
    """Every shard is replaced by an empty one."""
    del client
    resharded.update_shard_count(StreamName="s", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    found = 0
    for shard in resharded.list_shards(StreamName="s")["Shards"]:
        iterator = resharded.get_shard_iterator(
            StreamName="s", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found += len(resharded.get_records(ShardIterator=iterator)["Records"])
    _gap("patches/kinesis_shards", there=found == 0)


@pytest.mark.emulator
def test_a_shard_count_has_no_limit(client: Client, resharded: AwsClient) -> None:
    """A change from three shards to nine is accepted."""
    del client
    refused = _refuses(
        lambda: resharded.update_shard_count(
            StreamName="s", TargetShardCount=9, ScalingType="UNIFORM_SCALING"
        )
    )
    _gap("patches/kinesis_shards", there=not refused)


@pytest.mark.emulator
def test_a_shard_filter_is_ignored(client: Client, resharded: AwsClient) -> None:
    """All three shards are listed, although the filter selects those after the second."""
    del client
    asked = {"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"}
    shards = resharded.list_shards(StreamName="s", ShardFilter=asked)["Shards"]
    _gap("patches/kinesis_shards", there=len(shards) == 3)


@pytest.mark.emulator
def test_streams_publish_no_metrics(client: Client) -> None:
    """No metric exists after a PutRecord request."""
    client("kinesis").create_stream(StreamName="s", ShardCount=1)
    client("kinesis").put_record(StreamName="s", Data=b"x", PartitionKey="k")
    metrics = client("cloudwatch").list_metrics(Namespace="AWS/Kinesis")["Metrics"]
    _gap("patches/kinesis_metrics", there=not metrics)


# CloudWatch


def _publish(client: Client, name: str, value: float, **dimensions: str) -> None:
    shaped = [{"Name": key, "Value": each} for key, each in dimensions.items()]
    at = datetime.now(UTC)
    client("cloudwatch").put_metric_data(
        Namespace="Test",
        MetricData=[
            {"MetricName": name, "Dimensions": shaped, "Timestamp": at, "Value": value},
        ],
    )


def _stat(name: str, **dimensions: str) -> dict[str, Any]:
    shaped = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": "Test", "MetricName": name, "Dimensions": shaped}
    return {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}


def _alarm(client: Client, **given: object) -> None:
    shape: dict[str, Any] = {
        "AlarmName": "a",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 1,
    }
    client("cloudwatch").put_metric_alarm(**shape | given)


def _described(client: Client) -> dict[str, Any]:
    (alarm,) = client("cloudwatch").describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    return alarm


@pytest.mark.emulator
def test_expressions_are_not_evaluated(client: Client) -> None:
    """A metric divided by four has no value."""
    _publish(client, "count", 8)
    answer = client("cloudwatch").get_metric_data(
        MetricDataQueries=[_stat("count"), {"Id": "e", "Expression": "m/4"}],
        StartTime=datetime.now(UTC) - timedelta(hours=1),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
    )
    values = {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}
    assert values["m"] == [8]
    _gap("patches/cloudwatch", there=values.get("e") != [2])


@pytest.mark.emulator
def test_an_alarm_reacts_to_a_metric_with_other_dimensions(client: Client) -> None:
    """The other metric has the same name and another dimension."""
    dimensions = [{"Name": "Stream", "Value": "dead"}]
    metric = {"Namespace": "Test", "MetricName": "letters", "Period": 60, "Statistic": "Sum"}
    _alarm(client, Dimensions=dimensions, TreatMissingData="notBreaching", **metric)
    _publish(client, "letters", 5, Stream="ingest")
    _gap("patches/cloudwatch", there=_described(client)["StateValue"] == "ALARM")


@pytest.mark.emulator
def test_an_alarm_over_queries_forgets_them(client: Client) -> None:
    """The alarm's description has no metric queries."""
    queries = [
        _stat("restarts") | {"ReturnData": False},
        {"Id": "e", "Expression": "RATE(m)", "ReturnData": True},
    ]
    _alarm(client, Metrics=queries)
    _gap("patches/cloudwatch", there=not _described(client).get("Metrics"))


@pytest.mark.emulator
def test_every_call_looks_through_all_values(plain: Emulator, client: Client) -> None:
    """A request for no alarm takes 1.5 times the CPU time with 40,000 stored values."""
    cloudwatch = client("cloudwatch")

    def ask() -> object:
        return cloudwatch.describe_alarms(AlarmNames=["none"])

    before = _work(plain, ask)
    datum = {"MetricName": "many", "Timestamp": datetime.now(UTC), "Value": 1.0}
    for _ in range(40):
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[datum] * 1000)
    _gap("patches/cloudwatch", there=_work(plain, ask) > 1.5 * before)


# IAM and STS


SERVICE: Final = {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}}


@pytest.mark.emulator
def test_root_can_assume_the_role_of_any_service(
    bare: Clients, client: Client, account: str
) -> None:
    """The account's root user can assume a role that trusts only Firehose."""
    role = _role(client, "delivery", SERVICE)
    refused = _refuses(lambda: bare.assume_role(role, account))
    _gap("patches/sts", there=not refused)


@pytest.mark.emulator
@pytest.mark.parametrize("claim", ["sub", "repository_id"])
def test_the_number_of_a_tokens_repository_is_unknown(
    bare: Clients, client: Client, account: str, claim: str
) -> None:
    """Nobody gets a role whose trust policy requires the number of GitHub's repository.

    A role whose trust policy requires the same value as the subject can be assumed.
    """
    issuer = "token.actions.githubusercontent.com"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:{claim}": "2002"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="by-token", AssumeRolePolicyDocument=document)
    sts = bare.client("sts", account)
    refused = _refuses(
        lambda: sts.assume_role_with_web_identity(
            RoleArn=role["Role"]["Arn"], RoleSessionName="job", WebIdentityToken=token("2002")
        )
    )
    if claim == "sub":
        assert not refused
    else:
        _gap("patches/sts", there=refused)


@pytest.mark.emulator
def test_a_role_with_a_condition_on_the_source_cannot_be_assumed(
    bare: Clients, client: Client, account: str
) -> None:
    """Nobody can assume a role whose trust policy requires the source account."""
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": account}}}
    role = _role(client, "delivery", SERVICE | condition)
    stream = f"arn:aws:firehose:us-east-1:{account}:deliverystream/s"

    def assume() -> object:
        sts = bare.client("sts", account)
        sts.meta.events.register("before-call.sts.AssumeRole", _with_source(stream))
        return sts.assume_role(RoleArn=role, RoleSessionName="session")

    _gap("patches/sts", there=_refuses(assume))


def _with_source(arn: str) -> Callable[..., None]:
    def announce(params: dict[str, Any], **_: object) -> None:
        params["headers"]["x-amz-source-arn"] = arn

    return announce


@pytest.fixture
def root(account: str) -> dict[str, Any]:
    """Give a statement that trusts the account's root user."""
    return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}


@pytest.mark.emulator
def test_the_principal_arn_of_a_session_is_not_the_roles(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for a role's ARN as `aws:PrincipalArn` doesn't work for the role's session."""
    arn = f"arn:aws:iam::{account}:role/reader"
    condition = {"ArnEquals": {"aws:PrincipalArn": arn}}
    grant = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": condition}
    reader = _as_root(bare, account, _role(client, "reader", root, grant))
    _gap("patches/iam", there=_refuses(reader("sqs").list_queues))


@pytest.mark.emulator
def test_the_callers_account_is_unknown_to_kms(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for callers of the account doesn't work."""
    condition = {"StringEquals": {"kms:CallerAccount": account}}
    grant = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}
    reader = _as_root(bare, account, _role(client, "reader", root, grant))
    _gap("patches/iam", there=_refuses(reader("kms").list_keys))


@pytest.mark.emulator
def test_a_shard_iterator_is_not_checked_as_its_stream(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to read one stream doesn't allow GetRecords with an iterator of the stream."""
    client("kinesis").create_stream(StreamName="s", ShardCount=1)
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/s"
    actions = ["kinesis:GetShardIterator", "kinesis:GetRecords"]
    grant = {"Effect": "Allow", "Action": actions, "Resource": arn}
    kinesis = _as_root(bare, account, _role(client, "reader", root, grant))("kinesis")
    place = {"StreamName": "s", "ShardId": "shardId-000000000000"}
    iterator = kinesis.get_shard_iterator(**place, ShardIteratorType="LATEST")["ShardIterator"]
    refused = _refuses(lambda: kinesis.get_records(ShardIterator=iterator))
    _gap("patches/iam_resources", there=refused)


@pytest.mark.emulator
def test_a_log_stream_is_checked_as_its_group(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to write one log stream doesn't work."""
    client("logs").create_log_group(logGroupName="g")
    client("logs").create_log_stream(logGroupName="g", logStreamName="s")
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:g:log-stream:s"
    grant = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": arn}
    logs = _as_root(bare, account, _role(client, "writer", root, grant))("logs")
    event = {"timestamp": round(time.time() * 1000), "message": "m"}
    refused = _refuses(
        lambda: logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
    )
    _gap("patches/iam_resources", there=refused)


@pytest.mark.emulator
def test_a_dashboard_is_not_checked_as_itself(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to read one dashboard doesn't work."""
    client("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    arn = f"arn:aws:cloudwatch::{account}:dashboard/d"
    grant = {"Effect": "Allow", "Action": "cloudwatch:GetDashboard", "Resource": arn}
    watch = _as_root(bare, account, _role(client, "watcher", root, grant))("cloudwatch")
    _gap("patches/iam_resources", there=_refuses(lambda: watch.get_dashboard(DashboardName="d")))


@pytest.mark.emulator
def test_a_composite_alarm_is_put_by_its_name(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for one alarm is enough to put a composite alarm. On AWS it must be for `*`."""
    arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:over"
    grant = {"Effect": "Allow", "Action": "cloudwatch:PutCompositeAlarm", "Resource": arn}
    watch = _as_root(bare, account, _role(client, "over", root, grant))("cloudwatch")
    put = {"AlarmName": "over", "AlarmRule": "FALSE"}
    _gap("patches/iam_resources", there=not _refuses(lambda: watch.put_composite_alarm(**put)))


@pytest.mark.emulator
def test_managed_flink_checks_no_permission(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A role without any permission for the service creates an application."""
    grant = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
    flink = _as_root(bare, account, _role(client, "nobody", root, grant))("kinesisanalyticsv2")
    wanted = {
        "ApplicationName": "unchecked",
        "RuntimeEnvironment": "FLINK-1_20",
        "ServiceExecutionRole": f"arn:aws:iam::{account}:role/r",
    }
    refused = _refuses(lambda: flink.create_application(**wanted))
    _gap("patches/iam_resources", there=not refused)


@pytest.mark.emulator
def test_a_new_function_is_not_checked_as_itself(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to create one function doesn't work."""
    role = _role(client, "of-function", root)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:f"
    grants = [
        {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": arn},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role},
    ]
    maker = _as_root(bare, account, _role(client, "maker", root, *grants))("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", "def handler(event, context): ...")
    wanted = {"FunctionName": "f", "Runtime": "python3.11", "Handler": "f.handler", "Role": role}
    refused = _refuses(lambda: maker.create_function(**wanted, Code={"ZipFile": packed.getvalue()}))
    _gap("patches/iam_resources", there=refused)


@pytest.mark.emulator
def test_a_database_is_checked_as_a_table(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to read one database doesn't work."""
    client("glue").create_database(DatabaseInput={"Name": "d"})
    arn = f"arn:aws:glue:us-east-1:{account}:database/d"
    grant = {"Effect": "Allow", "Action": "glue:GetDatabase", "Resource": arn}
    glue = _as_root(bare, account, _role(client, "cataloger", root, grant))("glue")
    _gap("patches/iam_resources", there=_refuses(lambda: glue.get_database(Name="d")))


@pytest.mark.emulator
def test_a_saved_query_is_not_checked_as_its_workgroup(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for a workgroup doesn't work."""
    saved = client("athena").create_named_query(Name="q", Database="d", QueryString="SELECT 1")
    arn = f"arn:aws:athena:us-east-1:{account}:workgroup/primary"
    grant = {"Effect": "Allow", "Action": "athena:GetNamedQuery", "Resource": arn}
    athena = _as_root(bare, account, _role(client, "analyst", root, grant))("athena")
    refused = _refuses(lambda: athena.get_named_query(NamedQueryId=saved["NamedQueryId"]))
    _gap("patches/iam_resources", there=refused)


@pytest.mark.emulator
def test_tags_are_not_checked_as_their_resource(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to list one topic's tags doesn't work."""
    topic = client("sns").create_topic(Name="t")["TopicArn"]
    grant = {"Effect": "Allow", "Action": "sns:ListTagsForResource", "Resource": topic}
    sns = _as_root(bare, account, _role(client, "lister", root, grant))("sns")
    _gap(
        "patches/iam_resources",
        there=_refuses(lambda: sns.list_tags_for_resource(ResourceArn=topic)),
    )


@pytest.mark.emulator
def test_a_stream_is_written_without_its_key(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission to put records is enough for an encrypted stream."""
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    client("kinesis").create_stream(StreamName="k", ShardCount=1)
    client("kinesis").start_stream_encryption(StreamName="k", EncryptionType="KMS", KeyId=key)
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/k"
    grant = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": arn}
    kinesis = _as_root(bare, account, _role(client, "putter", root, grant))("kinesis")
    put = {"StreamName": "k", "Data": b"x", "PartitionKey": "x"}
    _gap("patches/kms", there=not _refuses(lambda: kinesis.put_record(**put)))


@pytest.mark.emulator
def test_root_needs_no_secret(bare: Clients, client: Client, account: str) -> None:
    """The emulator doesn't check the root user's secret."""
    del client
    sdk: Any = boto3
    wrong = sdk.client(
        "kinesis",
        endpoint_url=bare.endpoint,
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key="wrong",  # noqa: S106 -- the test sends a wrong secret
    )
    _gap("front", there=not _refuses(wrong.list_streams))


@pytest.mark.emulator
def test_any_host_is_served(bare: Clients) -> None:
    """The owner of a web page can make a domain name resolve to this machine."""
    _gap("front", there=_status(bare, Host="evil.example") == HTTPStatus.OK)


@pytest.mark.emulator
def test_any_page_may_read(bare: Clients) -> None:
    """The headers of a response allow a browser to give the response to any page."""
    address = urlsplit(bare.endpoint)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.request("OPTIONS", "/", headers={"Origin": "https://evil.example"})
    allowed = connection.getresponse().headers.get("Access-Control-Allow-Origin")
    connection.close()
    _gap("front", there=allowed == "*")


def _status(clients: Clients, **headers: str) -> int:
    address = urlsplit(clients.endpoint)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.request("GET", "/_ministack/health", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.emulator
def test_calls_are_not_over_tls(
    bare: Clients, client: Client, account: str, root: dict[str, Any]
) -> None:
    """A permission for requests over TLS doesn't work on the loopback interface."""
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    grant = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}
    reader = _as_root(bare, account, _role(client, "reader", root, grant))
    _gap("front", there=_refuses(reader("kms").list_keys))


# Firehose and Managed Flink


@pytest.mark.emulator
def test_a_description_leaves_settings_out(client: Client, account: str) -> None:
    """The buffering, encoding and bucket of an HTTP endpoint are missing in the description."""
    client("firehose").create_delivery_stream(
        DeliveryStreamName="d",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": "https://example.com/"},
            "RequestConfiguration": {"ContentEncoding": "GZIP"},
            "S3Configuration": {
                "RoleARN": f"arn:aws:iam::{account}:role/r",
                "BucketARN": "arn:aws:s3:::b",
            },
        },
    )
    told = client("firehose").describe_delivery_stream(DeliveryStreamName="d")
    (destination,) = told["DeliveryStreamDescription"]["Destinations"]
    http = destination["HttpEndpointDestinationDescription"]
    whole = "S3DestinationDescription" in http and "RequestConfiguration" in http
    _gap("patches/firehose", there=not whole)


@pytest.mark.emulator
def test_firehose_delivers_without_its_role(client: Client, account: str) -> None:
    """A delivery writes to a bucket although its role has no permissions."""
    stream = f"arn:aws:kinesis:us-east-1:{account}:stream/s"
    role = _role(client, "nobody", SERVICE)
    bucket = f"b-{account}"
    client("kinesis").create_stream(StreamName="s", ShardCount=1)
    client("s3").create_bucket(Bucket=bucket)
    client("firehose").create_delivery_stream(
        DeliveryStreamName="d",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": stream, "RoleARN": role},
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{bucket}",
        },
    )
    client("kinesis").put_record(StreamName="s", Data=b"x", PartitionKey="k")
    found = client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    _gap("patches/firehose", there=bool(found))


@pytest.fixture
def application(client: Client, account: str) -> AwsClient:
    """Give a client of Managed Flink. Its application `a` is stopped."""
    flink = client("kinesisanalyticsv2")
    flink.create_application(
        ApplicationName="a",
        RuntimeEnvironment="FLINK-1_20",
        ServiceExecutionRole=f"arn:aws:iam::{account}:role/r",
    )
    return flink


@pytest.mark.emulator
def test_operations_are_not_described(client: Client, application: AwsClient) -> None:
    """DescribeApplicationOperation fails for an operation that the emulator has given an id."""
    del client
    started = application.start_application(ApplicationName="a", RunConfiguration={})
    asked = {"ApplicationName": "a", "OperationId": started["OperationId"]}
    refused = _refuses(lambda: application.describe_application_operation(**asked))
    _gap("patches/managed_flink_records", there=refused)


@pytest.mark.emulator
def test_operations_are_not_listed(client: Client, application: AwsClient) -> None:
    """ListApplicationOperations fails for an existing application."""
    del client
    refused = _refuses(lambda: application.list_application_operations(ApplicationName="a"))
    _gap("patches/managed_flink_records", there=refused)


@pytest.mark.emulator
def test_versions_are_not_described(client: Client, application: AwsClient) -> None:
    """DescribeApplicationVersion fails for the first version."""
    del client
    asked = {"ApplicationName": "a", "ApplicationVersionId": 1}
    refused = _refuses(lambda: application.describe_application_version(**asked))
    _gap("patches/managed_flink_records", there=refused)


@pytest.mark.emulator
def test_a_status_ends_when_it_is_read(client: Client, application: AwsClient) -> None:
    """A started application is RUNNING although no job runs."""
    del client
    application.start_application(ApplicationName="a", RunConfiguration={})
    detail = application.describe_application(ApplicationName="a")["ApplicationDetail"]
    _gap("patches/managed_flink", there=detail["ApplicationStatus"] == "RUNNING")


@pytest.mark.emulator
def test_a_snapshot_is_ready_at_once(client: Client, application: AwsClient) -> None:
    """A snapshot is READY although no job's state is saved."""
    del client
    application.start_application(ApplicationName="a", RunConfiguration={})
    application.describe_application(ApplicationName="a")
    taken = {"ApplicationName": "a", "SnapshotName": "s"}
    application.create_application_snapshot(**taken)
    found = application.describe_application_snapshot(**taken)["SnapshotDetails"]
    _gap("patches/managed_flink", there=found["SnapshotStatus"] == "READY")


@pytest.mark.emulator
def test_a_stop_can_not_be_forced(client: Client, application: AwsClient) -> None:
    """A forced stop is refused after a stop whose status hasn't been read yet.

    Its refusal shows which status the emulator gives. On AWS the call is served while STOPPING.
    """
    del client
    application.start_application(ApplicationName="a", RunConfiguration={})
    application.stop_application(ApplicationName="a")
    refused = _refuses(lambda: application.stop_application(ApplicationName="a", Force=True))
    _gap("patches/managed_flink", there=refused)


@pytest.mark.emulator
def test_logging_changes_in_any_status(client: Client, application: AwsClient) -> None:
    """A logging option is added while the application starts."""
    del client
    application.start_application(ApplicationName="a", RunConfiguration={})
    stream = "arn:aws:logs:us-east-1:111111111111:log-group:g:log-stream:s"
    refused = _refuses(
        lambda: application.add_application_cloud_watch_logging_option(
            ApplicationName="a",
            CurrentApplicationVersionId=1,
            CloudWatchLoggingOption={"LogStreamARN": stream},
        )
    )
    _gap("patches/managed_flink", there=not refused)


@pytest.mark.emulator
def test_builds_have_no_limit(client: Client, account: str) -> None:
    """The limit of builds at a time is forgotten."""
    made = client("codebuild").create_project(
        name="limited",
        source={"type": "NO_SOURCE", "buildspec": "version: 0.2"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=f"arn:aws:iam::{account}:role/r",
        concurrentBuildLimit=1,
    )["project"]
    _gap("patches/codebuild", there="concurrentBuildLimit" not in made)


@pytest.mark.emulator
def test_missing_values_never_raise_an_alarm(bare: Clients) -> None:
    """An alarm whose missing values breach has no alarm state after more than two periods.

    The alarm was created when the emulator started. This test is the last one, so its wait is
    short.
    """
    alarm = _described(lambda service: bare.client(service, SILENT))
    age = time.time() - alarm["AlarmConfigurationUpdatedTimestamp"].timestamp()
    time.sleep(max(0.0, 21 - age))
    alarm = _described(lambda service: bare.client(service, SILENT))
    _gap("patches/cloudwatch", there=alarm["StateValue"] != "ALARM")
