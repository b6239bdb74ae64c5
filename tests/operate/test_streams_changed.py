"""The steps in which a number of shards changes, and what is refused."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from operate.streams import Streams
from release.errors import ReleaseError
from stack.outputs import Outputs

STREAM = "stocktrading-ingest-stream"
OUTPUTS = Outputs(
    application_name="stocktrading-analytics",
    region="us-east-1",
    account_id="222222222222",
    ingest_stream=STREAM,
    results_stream="stocktrading-results-stream",
    dead_letter_stream="stocktrading-dead-letter-stream",
)


@pytest.fixture
def kinesis() -> Any:  # noqa: ANN401 -- a client's own type is made at run time
    """Make a client that can't reach any service."""
    sdk: Any = boto3
    return sdk.client(
        "kinesis",
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106 -- no request is sent
    )


def describes(
    stub: Stubber, shards: int, *, status: str = "ACTIVE", hours: int = 24, mode: str = ""
) -> None:
    """Plan an answer to DescribeStreamSummary."""
    told: dict[str, Any] = {
        "StreamName": STREAM,
        "StreamARN": f"arn:aws:kinesis:us-east-1:222222222222:stream/{STREAM}",
        "StreamStatus": status,
        "RetentionPeriodHours": hours,
        "StreamCreationTimestamp": 1,
        "EnhancedMonitoring": [],
        "OpenShardCount": shards,
    }
    if mode:
        told["StreamModeDetails"] = {"StreamMode": mode}
    answer = {"StreamDescriptionSummary": told}
    stub.add_response("describe_stream_summary", answer, {"StreamName": STREAM})


def changes(stub: Stubber, shards: int) -> None:
    """Plan the call that changes the number of shards."""
    wanted = {
        "StreamName": STREAM,
        "TargetShardCount": shards,
        "ScalingType": "UNIFORM_SCALING",
    }
    stub.add_response("update_shard_count", {}, wanted)


@pytest.mark.parametrize(("before", "steps"), [(3, [6, 12, 20]), (80, [40, 20]), (41, [21, 20])])
def test_a_number_is_doubled_or_halved_at_most_and_each_step_is_awaited(
    kinesis: Any,  # noqa: ANN401 -- as above
    before: int,
    steps: list[int],
) -> None:
    """AWS refuses a larger step. While the stream is UPDATING, it refuses any."""
    slept: list[float] = []
    with Stubber(kinesis) as stub:
        describes(stub, before)
        now = before
        for step in steps:
            changes(stub, step)
            describes(stub, now, status="UPDATING")
            describes(stub, step)
            now = step
        done = Streams(kinesis=kinesis, outputs=OUTPUTS, sleep=slept.append).change("ingest", 20)
        stub.assert_no_pending_responses()
    assert done.startswith(f"{STREAM} has 20 shards, before it had {before}. Set streams.ingest.sh")
    assert len(slept) == len(steps)


def test_a_stream_that_is_on_demand_is_left_alone(kinesis: Any) -> None:  # noqa: ANN401 -- as above
    """AWS would refuse the call with a message about modes."""
    with Stubber(kinesis) as stub:
        describes(stub, 4, mode="ON_DEMAND")
        with pytest.raises(ReleaseError, match="is on demand: AWS decides"):
            Streams(kinesis=kinesis, outputs=OUTPUTS).change("ingest", 8)


def test_retention_is_raised_and_never_shortened(kinesis: Any) -> None:  # noqa: ANN401 -- as above
    """A shorter time would delete records."""
    wanted = {"StreamName": STREAM, "RetentionPeriodHours": 72}
    streams = Streams(kinesis=kinesis, outputs=OUTPUTS)
    with Stubber(kinesis) as stub:
        describes(stub, 4)
        stub.add_response("increase_stream_retention_period", {}, wanted)
        describes(stub, 4, hours=72)
        assert streams.keep("ingest", 72).startswith(f"{STREAM} keeps records for 72 h")
        describes(stub, 4, hours=72)
        assert streams.keep("ingest", 72).endswith("nothing to change")
        describes(stub, 4, hours=72)
        with pytest.raises(ReleaseError, match=r"48 h would delete some\. Nothing was changed"):
            streams.keep("ingest", 48)
