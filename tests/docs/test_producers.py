"""The producers on the pages run unchanged, with an emulator."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.accounts import REGION, WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator
from stack.emulator import secret_for
from tools.documentation.site import ROOT

pytestmark = pytest.mark.emulator

STREAM = "stocktrading-ingest-stream"


@pytest.fixture(scope="module")
def kinesis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a client of an emulator with an ingest stream."""
    with Emulator(run_directory=tmp_path_factory.mktemp("emulator")) as emulator:
        client = Clients(emulator.endpoint).client("kinesis", WORKLOAD)
        client.create_stream(StreamName=STREAM, ShardCount=1)
        client.get_waiter("stream_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1})
        yield client


def run(page: str, kinesis: Any, given: str = "") -> None:  # noqa: ANN401 -- a client out of a model
    """Run the page's block of Python with the environment of `stocktrading local env`."""
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    environment = {
        "AWS_ENDPOINT_URL": kinesis.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": WORKLOAD,
        "AWS_SECRET_ACCESS_KEY": secret_for(kinesis.meta.endpoint_url),
        "AWS_DEFAULT_REGION": REGION,
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], **environment},
    )
    assert (done.returncode, done.stderr) == (0, "")


def trades(kinesis: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- as above
    """Give all trades of the stream."""
    (shard,) = kinesis.list_shards(StreamName=STREAM)["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName=STREAM, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    return [json.loads(record["Data"]) for record in records]


def test_the_readmes_producer_puts_a_trade(kinesis: Any) -> None:  # noqa: ANN401 -- as above
    """It puts one trade with the present time."""
    before = len(trades(kinesis))
    run("README.md", kinesis)
    (trade,) = trades(kinesis)[before:]
    assert (trade["TICKER"], trade["PRICE"]) == ("AMZN", 214.5)
    assert trade["EVENT_TIME"].endswith("+00:00")


def test_a_ticker_source_sends_each_of_its_lines_once(kinesis: Any, tmp_path: Path) -> None:  # noqa: ANN401 -- as above
    """There are more lines than fit into a batch, and they keep their order."""
    assert tmp_path
    before = len(trades(kinesis))
    lines = [f"2026-01-31T09:30:{number % 60:02}Z,AMZN,{number + 1}" for number in range(1_200)]
    run("docs/how-to/own-producer.md", kinesis, "\n".join(lines))
    sent = trades(kinesis)[before:]
    assert [trade["PRICE"] for trade in sent] == [float(number + 1) for number in range(1_200)]
    assert sent[0] == {"EVENT_TIME": "2026-01-31T09:30:00Z", "TICKER": "AMZN", "PRICE": 1.0}
