"""The command as a user runs it, with an emulated Kinesis: what is put arrives."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from simulator_fakes import deaggregate

from local.accounts import REGION, WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

pytestmark = pytest.mark.emulator

SHARDS = 4
COMMAND = (str(Path(sys.executable).with_name("stocktrading")), "simulate")
BACKLOG = ("--start", "2026-01-31T09:30:00Z", "--seed", "1", "--rate", "1000")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Start one emulator for all tests. Each test makes its own stream."""
    with Emulator(run_directory=tmp_path_factory.mktemp("emulator")) as started:
        yield started


@pytest.fixture
def kinesis(emulator: Emulator) -> "KinesisClient":
    """Make a client for the workload account."""
    found = Clients(endpoint=emulator.endpoint).client("kinesis", WORKLOAD)
    return cast("KinesisClient", found)


@pytest.fixture
def outputs(
    emulator: Emulator, kinesis: "KinesisClient", tmp_path: Path, request: pytest.FixtureRequest
) -> Path:
    """Write a file of outputs that names a new stream with four shards."""
    stream = f"s-{abs(hash(request.node.nodeid)):x}"
    kinesis.create_stream(StreamName=stream, ShardCount=SHARDS)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    return write(tmp_path, stream, emulator.endpoint)


def write(directory: Path, stream: str, endpoint: str) -> Path:
    """Write outputs as `pulumi stack output --json` prints them."""
    path = directory / "outputs.json"
    given = {
        "account_id": WORKLOAD,
        "aggregation_enabled": False,
        "endpoint": endpoint,
        "ingest_stream": stream,
        "results_stream": "results",
        "dead_letter_stream": "dead-letters",
        "application_name": "stocktrading-analytics",
        "region": REGION,
    }
    path.write_text(json.dumps(given), "utf-8")
    return path


def environment(**changes: str) -> dict[str, str]:
    """Give this process's environment without its AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | changes


def simulate(
    outputs: Path, *options: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, "--outputs", str(outputs), *options],
        env=env or environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def arrived(kinesis: "KinesisClient", outputs: Path) -> dict[str, list[bytes]]:
    """Read each shard to its end. Unpack its records with the shard's hash range."""
    stream: str = json.loads(outputs.read_text("utf-8"))["ingest_stream"]
    found: dict[str, list[bytes]] = {}
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        hashes = shard["HashKeyRange"]
        first, last = int(hashes["StartingHashKey"]), int(hashes["EndingHashKey"])
        trades = found.setdefault(shard["ShardId"], [])
        iterator: str | None = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            answer = kinesis.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                key = record.get("PartitionKey", "")  # always present
                trades += deaggregate({"Data": record["Data"], "PartitionKey": key}, first, last)
            iterator = answer["NextShardIterator"] if answer["Records"] else None
    return found


@pytest.mark.parametrize("packing", ["--no-pack", "--pack"])
def test_all_trades_arrive_spread_over_all_shards(
    kinesis: "KinesisClient", outputs: Path, packing: str
) -> None:
    """Each of 20,000 trades arrives once on one of four shards, packed or not."""
    done = simulate(outputs, *BACKLOG, "--count", "20000", "--json", packing)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["sent"], summary["accepted"], summary["failed"]) == (20_000, 20_000, 0)
    assert (summary["records"] < 1_000) is (packing == "--pack")
    by_shard = arrived(kinesis, outputs)
    assert len(by_shard) == SHARDS
    assert all(by_shard.values())
    assert sum(map(len, by_shard.values())) == 20_000
    times = Counter(json.loads(data)["EVENT_TIME"] for shard in by_shard.values() for data in shard)
    assert set(times.values()) == {1}  # 1,000 trades a second: one each millisecond


def test_no_trade_arrives_after_one_that_is_two_seconds_newer(
    kinesis: "KinesisClient", outputs: Path
) -> None:
    """Eight workers put a backlog of ten minutes. The span in flight limits the disorder."""
    done = simulate(outputs, *BACKLOG, "--rate", "50", "--duration", "600", "--workers", "8")
    assert done.returncode == 0, done.stderr
    for trades in arrived(kinesis, outputs).values():
        newest = ""
        for data in trades:
            time_text: str = json.loads(data)["EVENT_TIME"]
            assert milliseconds(newest or time_text) - milliseconds(time_text) <= 2_000
            newest = max(newest, time_text)


def milliseconds(time_text: str) -> int:
    """Give the time of the fixed day in milliseconds since its midnight."""
    hours, minutes, seconds = time_text.removesuffix("Z").split("T")[1].split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)


def test_trades_of_a_ticker_stay_on_one_shard_packed_or_not(
    kinesis: "KinesisClient", outputs: Path
) -> None:
    """With `--partition ticker`, a ticker's packed and unpacked trades are on the same shard."""
    for packing in ("--pack", "--no-pack"):
        options = (*BACKLOG, "--count", "1000", "--partition", "ticker", packing)
        assert simulate(outputs, *options).returncode == 0
    by_shard = arrived(kinesis, outputs)
    homes: dict[str, set[str]] = {}
    for shard, trades in by_shard.items():
        for data in trades:
            homes.setdefault(json.loads(data)["TICKER"], set()).add(shard)
    assert sum(map(len, by_shard.values())) == 2_000
    assert [len(shards) for shards in homes.values()] == [1] * 5


@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_an_unbounded_run_cleanly(
    kinesis: "KinesisClient", outputs: Path, signalled: signal.Signals
) -> None:
    """Trades in flight are put, the summary is printed, and the exit code is 0."""
    with subprocess.Popen(
        [*COMMAND, "--outputs", str(outputs), "--rate", "500", "--json"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        deadline = time.monotonic() + 60
        while not any(arrived(kinesis, outputs).values()) and time.monotonic() < deadline:
            time.sleep(0.2)
        running.send_signal(signalled)
        stdout, stderr = running.communicate(timeout=30)
    assert running.returncode == 0, stderr
    summary = json.loads(stdout)
    count = sum(map(len, arrived(kinesis, outputs).values()))
    assert summary["sent"] == summary["accepted"] == count > 0


def test_a_live_trade_has_the_current_event_time(kinesis: "KinesisClient", outputs: Path) -> None:
    """Its event time is the time when it was made."""
    before = time.time()
    assert simulate(outputs, "--count", "1").returncode == 0
    after = time.time()
    (data,) = (data for trades in arrived(kinesis, outputs).values() for data in trades)
    made = datetime.fromisoformat(json.loads(data)["EVENT_TIME"]).timestamp()
    assert before - 0.001 <= made <= after


def failing(done: subprocess.CompletedProcess[str], line: str) -> None:
    """Check that a run failed with this line, without a traceback."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"simulate: {line}"), done.stderr
    assert "of 1 trades not accepted" in done.stderr


def test_a_missing_stream_gives_one_line(emulator: Emulator, tmp_path: Path) -> None:
    """The outputs belong to a stack that was destroyed."""
    done = simulate(write(tmp_path, "gone", emulator.endpoint), "--count", "1")
    failing(done, "stream gone: it does not exist; deploy the stack")


def test_credentials_without_permission_to_put_give_one_line(
    emulator: Emulator, outputs: Path
) -> None:
    """A user without a policy is denied."""
    iam: Any = Clients(endpoint=emulator.endpoint).client("iam", WORKLOAD)
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    env = environment(
        AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"]
    )
    done = simulate(outputs, "--count", "1", env=env)
    name: str = json.loads(outputs.read_text("utf-8"))["ingest_stream"]
    failing(done, f"stream {name}: the credentials may not put records")


def producer_role(emulator: Emulator, name: str, stream: str) -> str:
    """Make a role that trusts the account and may put records on one stream. Give its ARN."""
    iam: Any = Clients(endpoint=emulator.endpoint).client("iam", WORKLOAD)
    root = {"AWS": f"arn:aws:iam::{WORKLOAD}:root"}
    trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    arn = f"arn:aws:kinesis:{REGION}:{WORKLOAD}:stream/{stream}"
    grant = {"Effect": "Allow", "Action": "kinesis:PutRecords", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [grant]})
    iam.put_role_policy(RoleName=name, PolicyName="grants", PolicyDocument=document)
    return role["Role"]["Arn"]


def test_for_an_emulator_trades_are_sent_with_the_stacks_producer_role(
    emulator: Emulator, kinesis: "KinesisClient", outputs: Path
) -> None:
    """The outputs name the role. Without its single grant, nothing is accepted."""
    given = json.loads(outputs.read_text("utf-8"))
    role = producer_role(emulator, "sends", given["ingest_stream"])
    outputs.write_text(json.dumps(given | {"producer_role_arn": role}), "utf-8")
    done = simulate(outputs, "--count", "20", *BACKLOG)
    assert done.returncode == 0, done.stderr
    assert sum(map(len, arrived(kinesis, outputs).values())) == 20
    iam: Any = Clients(endpoint=emulator.endpoint).client("iam", WORKLOAD)
    iam.delete_role_policy(RoleName="sends", PolicyName="grants")
    failing(
        simulate(outputs, "--count", "1"),
        f"stream {given['ingest_stream']}: the credentials may not put records",
    )


def test_the_role_of_the_option_is_assumed(emulator: Emulator, outputs: Path) -> None:
    """A user who may assume the role sends with it. Without that permission, there is an error."""
    given = json.loads(outputs.read_text("utf-8"))
    role = producer_role(emulator, "named", given["ingest_stream"])
    iam: Any = Clients(endpoint=emulator.endpoint).client("iam", WORKLOAD)
    iam.create_user(UserName="desk")
    key = iam.create_access_key(UserName="desk")["AccessKey"]
    env = environment(
        AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"]
    )
    options = ("--role-arn", role, "--count", "1")
    refused = simulate(outputs, *options, env=env)
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"simulate: role {role}: it can't be assumed; check that it trusts your credentials "
        "(AccessDenied)"
    )
    grant = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    document = json.dumps({"Version": "2012-10-17", "Statement": [grant]})
    iam.put_user_policy(UserName="desk", PolicyName="assumes", PolicyDocument=document)
    done = simulate(outputs, *options, env=env)
    assert done.returncode == 0, done.stderr


def test_an_unreachable_endpoint_gives_one_line(tmp_path: Path) -> None:
    """The local cloud was stopped, so nothing listens on its port."""
    done = simulate(write(tmp_path, "s", "http://127.0.0.1:1"), "--count", "1")
    failing(done, "stream s: its endpoint can't be reached")


def test_missing_credentials_for_aws_give_one_line(tmp_path: Path) -> None:
    """On AWS the account's id is not used as a key. The line names the variables to set."""
    path = write(tmp_path, "s", "")
    env = environment(
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=str(tmp_path / "none"),
        AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"),
    )
    failing(simulate(path, "--count", "1", env=env), "stream s: no AWS credentials found; set ")
