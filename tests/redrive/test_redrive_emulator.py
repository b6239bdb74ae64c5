"""Dead letters are listed, shown, exported and sent again, with real streams."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redrive_world import World, letters_of, now_ms, span_of
from typer.testing import CliRunner

from cli import app
from local.accounts import WORKLOAD
from local.clients import Clients
from local.emulator.child import Emulator
from redrive.mark import mark_of
from simulator.file.times import write_time
from simulator.packing import aggregate
from stack.packs import unpack

pytestmark = pytest.mark.emulator

TERMINAL = b'{"TICKER":"A\xc2\x9b2J\x7f","PRICE":"1"}'
"""A control character that a terminal executes, and one that JSON doesn't escape."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Start one emulator for all tests. Each test makes its own streams."""
    with Emulator(run_directory=tmp_path_factory.mktemp("emulator")) as started:
        yield started


@pytest.fixture
def world(emulator: Emulator, tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """Make two streams with the test's name."""
    name = request.node.name.replace("_", "-").replace("[", "-").replace("]", "")[-40:].strip("-")
    return World(emulator.endpoint, name, tmp_path).make()


def trade(seconds: float, ticker: str = "AMZN", price: object = 5.5, **more: object) -> bytes:
    """Write a trade of some seconds ago."""
    time = write_time(now_ms() - int(seconds * 1000))
    return json.dumps({"EVENT_TIME": time, "TICKER": ticker, "PRICE": price, **more}).encode()


def export(world: World, *words: str, code: int = 0) -> Path:
    """Export to a file that doesn't exist yet."""
    path = world.directory / f"letters-{len(list(world.directory.iterdir()))}.jsonl"
    world.call("export", "--to", path, *words, code=code)
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_letters_are_counted_by_reason_time_and_producers_key(world: World) -> None:
    """A letter for many counts with its records. The key comes from the ingest stream."""
    bad = [(b"{bad %d" % number, "desk-7") for number in range(5)]
    records = world.put([*bad, (trade(0, price="1"), "desk-8"), (trade(0), "desk-8")])
    broken = [record for record in records if b"bad" in record.data]
    world.reject([span_of(broken, "not_json")])
    world.reject(letters_of([record for record in records if b'"1"' in record.data]))
    found = world.json("list")["groups"]
    assert [(each["reason"], each["records"]) for each in found] == [
        ("not_json", 5),
        ("wrong_type", 1),
    ]
    found = world.json("list", "--by", "reason", "--by", "key")["groups"]
    assert [(each["reason"], each["key"], each["records"]) for each in found] == [
        ("not_json", "desk-7", 5),
        ("wrong_type", "desk-8", 1),
    ]
    found = world.json("list", "--by", "hour", "--reason", "not_json", "--since", "1h")["groups"]
    assert sum(each["records"] for each in found) == 5
    assert world.json("list", "--until", "1h")["groups"] == []
    (group,) = world.json("list", "--by", "key", "--key", "desk-8")["groups"]
    assert (group["key"], group["records"]) == ("desk-8", 1)
    table = world.call("list").stdout
    assert "Dead letters: 6 records" in table
    world.call("list", "--by", "colour", code=2)
    world.call("list", "--reason", "ugly", code=2)
    world.call("list", "--since", "yesterday", code=2)


def test_a_letters_content_never_controls_the_terminal(world: World) -> None:
    """All commands print control characters as escapes, in text and in JSON."""
    world.reject(letters_of(world.put([(TERMINAL, "k\x1b[2J")])))
    (shown,) = world.json("show")["records"]
    assert shown["payload"].encode() == TERMINAL
    for words in (("list",), ("show",), ("show", "--json"), ("export",)):
        output = world.call(*words).output
        assert not {"\x9b", "\x7f", "\x1b"} & set(output), words
    assert "\\x9b2J\\x7f" in world.call("show").stdout
    path = export(world)
    result = world.call("resend", path, "--dry-run", code=1)
    assert not {"\x9b", "\x7f", "\x1b"} & set(result.output)


def test_one_record_is_shown_by_its_id_or_its_place(world: World) -> None:
    """Without an id the latest come first."""
    records = world.put([(b"{first", "k"), (b"{second", "k")])
    world.reject(letters_of(records))
    latest, first = world.json("show")["records"]
    assert (latest["payload"], first["payload"]) == ("{second", "{first")
    assert [each["id"] for each in world.json("show", "--limit", "1")["records"]] == [latest["id"]]
    place = f"{first['shard']}/{first['sequence_number']}"
    for given in (first["id"], place):
        assert world.json("show", given)["records"] == [first]
    shown = world.call("show", first["id"]).stdout
    assert "not_json: not a JSON object" in shown
    assert "payload: {first" in shown
    assert "no dead letter with the id" in world.call("show", f"{place}1", code=1).output
    assert "ID: given 'nonsense'" in world.call("show", "nonsense", code=2).output


def test_every_byte_of_every_record_is_exported_once(world: World) -> None:
    """Of letters for one and for many, of packs, of bytes that aren't UTF-8, of copies."""
    pack = aggregate("packed", [b"{twin", trade(0), b"{twin", b"\xff\xfe\x00"])
    bad = [(b"{bad %d" % number, "k") for number in range(6)]
    records = world.put([(pack, "packed"), *bad])
    own = [record for record in records if b"bad" not in record.data]
    many = [record for record in records if b"bad" in record.data]
    twins = [record for record in own if record.data != b"\xff\xfe\x00"]
    raw = json.loads(letters_of([own[0]._replace(data=b"?")])[0])
    (binary,) = [record for record in own if record.data == b"\xff\xfe\x00"]
    raw |= {"payload": base64.b64encode(binary.data).decode(), "payload_encoding": "base64"}
    letters = [*letters_of(twins), json.dumps(raw).encode() + b"\n"]
    # A restart: one record also has its own letter, and a second letter begins at a later one.
    spans = [span_of(many, "not_json"), span_of(many[2:], "not_json"), *letters_of(many[:1])]
    world.reject([*letters, *spans, *letters])
    found = lines(export(world))
    payloads = [
        base64.b64decode(each["payload"])
        if each["payload_encoding"] == "base64"
        else each["payload"].encode()
        for each in found
    ]
    assert Counter(payloads) == Counter([b"{twin", b"{twin", b"\xff\xfe\x00", *(d for d, _ in bad)])
    assert len({each["id"] for each in found}) == len(found) == 9
    assert {each["partition_key"] for each in found} == {"packed", "k"}
    assert all(each["arrival_time"] and each["shard"] for each in found)


def test_what_is_no_longer_in_the_stream_is_told_exactly(world: World) -> None:
    """A letter's own record is taken from the letter. The others are told by place and number."""
    records = world.put([(b"{bad %d" % number, "k") for number in range(6)])
    oldest = records[0].sequence_number
    gone = [
        record._replace(sequence_number=str(int(oldest) - 10 + number).zfill(len(oldest)))
        for number, record in enumerate(records[:3])
    ]
    first = gone[0].sequence_number
    world.reject([span_of([*gone, *records[:4]], "not_json"), *letters_of([gone[1]])])
    path = world.directory / "letters.jsonl"
    told = world.call("export", "--to", path, code=1).output
    place = f"{records[0].shard}, {first} to {records[3].sequence_number}"
    text = " ".join(told.split())
    assert f"{place}: 2 of 7 records (not_json) were not found" in text
    assert f"the first one there is {records[0].sequence_number}" in text
    found = lines(path)
    assert [each["payload"] for each in found if each["partition_key"]] == [
        f"{{bad {number}" for number in range(4)
    ]
    assert {each["sequence_number"] for each in found if not each["partition_key"]} == {
        gone[0].sequence_number,
        gone[1].sequence_number,
    }


def test_a_cut_payload_is_read_whole_while_the_stream_has_it(world: World) -> None:
    """Later only its beginning is known, and it is refused."""
    data = b"{" + b"a" * 300_000
    (record,) = world.put([(data, "k")])
    whole = json.loads(letters_of([record])[0])
    cut = {**whole, "payload": whole["payload"][:99], "payload_size": len(data)}
    cut["payload_sha256"] = hashlib.sha256(data).hexdigest()
    world.reject([json.dumps(cut).encode() + b"\n"])
    path = export(world)
    (line,) = lines(path)
    assert line["payload"].encode() == data
    world.reject([json.dumps({**cut, "shard": "shardId-000000000099"}).encode() + b"\n"])
    path = export(world)
    gone = next(each for each in lines(path) if each["partition_key"] is None)
    assert (len(gone["payload"]), gone["payload_size"]) == (99, len(data))
    refused = world.json("resend", path, "--dry-run", code=1)["lines"]["refused"]
    assert [each["why"].split(":")[0] for each in refused if each["id"] == gone["id"]] == ["cut"]


def test_a_shard_that_has_ended_is_no_error(world: World) -> None:
    """Its records are taken from their letters."""
    (record,) = world.put([(b"{bad", "k")])
    world.reject(letters_of([record._replace(shard="shardId-000000000099")]))
    (line,) = lines(export(world))
    assert (line["payload"], line["partition_key"]) == ("{bad", None)


def test_letters_are_read_from_the_bucket_and_from_a_file(world: World) -> None:
    """Firehose stores several in an object, compressed or not, in a folder for each hour."""
    records = world.put([(b"{bad %d" % number, "k") for number in range(4)])
    letters = letters_of(records)
    s3: Any = Clients(world.endpoint).client("s3", WORKLOAD)
    bucket = f"{world.name}-sink"
    s3.create_bucket(Bucket=bucket)
    now = datetime.now(UTC)
    for hours, body in (
        (0, gzip.compress(letters[0] + letters[1])),
        (1, letters[2]),
        (30, letters[3]),
    ):
        hour = now - timedelta(hours=hours)
        key = f"dead-letters/date={hour:%Y-%m-%d}/hour={hour:%H}/{hours}"
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    found = lines(export(world, "--from", "bucket"))
    assert [each["payload"] for each in found] == ["{bad 0", "{bad 1", "{bad 2"]
    assert len(lines(export(world, "--from", "bucket", "--since", "2d"))) == 4
    file = world.directory / "stored"
    file.write_bytes(gzip.compress(b"".join(letters) + b"{}\n"))
    path = world.directory / "some.jsonl"
    told = world.call("export", "--from", file, "--to", path, code=1).output
    assert "line 5: not a dead letter" in told
    assert len(lines(path)) == 4
    assert "it exists" in world.call("export", "--to", path, code=1).output


def test_each_bad_record_counts_once_after_its_cure(world: World) -> None:
    """From bad records to the oracle's recount: by a mapping, and by an edited file."""
    mapped = [(trade(0, price=None, ID=n, cost=f"{n}.5"), "desk-7") for n in range(1, 40)]
    edited = [(trade(0, ticker=f" T{n}", ID=n), "desk-8") for n in range(3)]
    records = world.put([*mapped, (trade(0), "good"), *edited])
    bad = [record for record in records if b'"good"' not in record.data]
    many = [record for record in bad if b"cost" in record.data]
    before = world.recount()
    assert (before.counted, before.dead_letters) == (1, {"wrong_type": 39, "bad_ticker": 3})
    by_shard = Counter(record.shard for record in many)
    assert len(by_shard) == 1
    world.reject([span_of(many[5:], "wrong_type"), *letters_of(many[:5])])
    world.reject(letters_of([record for record in bad if b" T" in record.data]))
    path = export(world)
    mapping = ("--reason", "wrong_type", "--column", "PRICE=cost", "--date-now")

    dry = world.json("resend", path, *mapping, "--dry-run")
    assert dry["counts"]["send"] == {"wrong_type": 39}
    assert dry["counts"]["left_out"] == {"bad_ticker": 3}
    assert len(world.read()) == len(records)
    assert not (path.parent / "resent.jsonl").exists()

    done = world.json("resend", path, *mapping)
    assert len(done["run"]["sent"]) == 39
    rejected = world.json("resend", path, "--reason", "bad_ticker", "--date-now", code=1)
    assert rejected["counts"]["refused"] == {"bad_ticker": 3}
    assert "bad_ticker: not a valid ticker" in rejected["lines"]["refused"][0]["why"]
    text = path.read_text("utf-8").replace('\\" T', '\\"T')
    path.write_text(text, "utf-8")
    done = world.json("resend", path, "--reason", "bad_ticker", "--date-now")
    assert len(done["run"]["sent"]) == 3

    after = world.recount()
    assert (after.counted, after.dead_letters) == (43, before.dead_letters)
    marks = Counter(mark_of(record.data) for record in world.read())
    ids = {each["id"] for each in lines(path)}
    assert marks == {**dict.fromkeys(ids, 1), None: len(records)}
    assert len(ids) == 42
    keys = {
        json.loads(record["Data"])["TICKER"]: record["PartitionKey"]
        for record in raw_records(world)
        if mark_of(record["Data"])
    }
    assert keys["AMZN"] == "desk-7"
    assert keys["T1"] == "desk-8"

    again = world.json("resend", path, *mapping)
    assert again["counts"]["sent_before"] == {"wrong_type": 39}
    assert again["run"]["sent"] == {}
    assert world.recount() == after


def raw_records(world: World) -> list[Any]:
    """Give the ingest stream's records as the service gives them."""
    found: list[Any] = []
    for shard in world.kinesis.list_shards(StreamName=world.ingest)["Shards"]:
        iterator = world.kinesis.get_shard_iterator(
            StreamName=world.ingest, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found += world.kinesis.get_records(ShardIterator=iterator)["Records"]
    assert all(unpack(record["Data"]) == [record["Data"]] for record in found)
    return found


def test_a_record_that_is_rejected_again_is_not_sent_in_a_loop(world: World) -> None:
    """Its payload has the mark of the first time. With --again it gets the mark of this time."""
    first = "shardId-000000000000/1/0123456789abcdef"
    records = world.put([(trade(400, resent_from=first), "k")])
    late = json.loads(letters_of([records[0]._replace(data=b"x")])[0])
    late |= {"reason": "late", "payload": records[0].data.decode()}
    world.reject([json.dumps(late).encode() + b"\n"])
    path = export(world)
    told = world.call("resend", path, "--date-now", code=1).output
    assert f"sent_before: it has resent_from {first}; to send it once more, add --again" in told
    assert len(world.read()) == 1
    world.call("resend", path, "--date-now", "--again")
    marks = [mark_of(record.data) for record in world.read()]
    assert marks == [first, lines(path)[0]["id"]]


def test_a_trade_that_would_be_late_is_kept_for_the_recount(world: World) -> None:
    """On a stream without newer trades it is sent, because its windows are still open."""
    records = world.put([(trade(300, price="7.5"), "k"), (trade(310, price="8.5"), "k")])
    world.reject(letters_of(records))
    path = export(world)
    path.write_text(path.read_text("utf-8").replace('\\"7.5\\"', "7.5").replace('\\"8.5\\"', "8.5"))
    assert world.json("resend", path, "--dry-run")["counts"]["send"] == {"wrong_type": 2}
    world.put([(trade(290), "other")])
    dry = world.json("resend", path, "--dry-run", code=1)
    assert dry["counts"]["late"] == {"wrong_type": 2}
    assert not path.with_suffix(".late.jsonl").exists()
    told = " ".join(world.call("resend", path, code=1).output.split())
    assert "2 trades are late: event time on the stream has passed them" in told
    late = lines(path.with_suffix(".late.jsonl"))
    assert sorted(each["PRICE"] for each in late) == [7.5, 8.5]
    given = ["send", str(path.with_suffix(".late.jsonl")), "--dry-run", "--json"]
    sendable = CliRunner().invoke(app, given)
    assert json.loads(sendable.stdout)["file"]["good"] == 2
    assert len(world.read()) == 3


def test_the_rules_are_those_of_the_deployed_job(emulator: Emulator, tmp_path: Path) -> None:
    """A longer delay lets more trades through. An option sets another delay."""
    world = World(emulator.endpoint, "slow", tmp_path).make(WatermarkDelaySeconds="100")
    records = world.put([(trade(20, price="7.5"), "k"), (trade(10), "other")])
    world.reject(letters_of(records))
    path = export(world)
    path.write_text(path.read_text("utf-8").replace('\\"7.5\\"', "7.5"), "utf-8")
    dry = world.json("resend", path, "--dry-run")
    assert dry["counts"]["send"] == {"wrong_type": 1}
    dry = world.json("resend", path, "--dry-run", "--watermark-delay-seconds", "5", code=1)
    assert dry["counts"]["late"] == {"wrong_type": 1}


def test_a_missing_application_is_told_with_the_way_out(world: World) -> None:
    """The options replace what can't be read."""
    records = world.put([(trade(20, price="7.5"), "k")])
    world.reject(letters_of(records))
    path = export(world)
    flink: Any = Clients(world.endpoint).client("kinesisanalyticsv2", WORKLOAD)
    created = flink.describe_application(ApplicationName=world.application)
    stamp = created["ApplicationDetail"]["CreateTimestamp"]
    flink.delete_application(ApplicationName=world.application, CreateTimestamp=stamp)
    told = " ".join(world.call("resend", path, "--date-now", "--dry-run", code=1).stderr.split())
    assert "give instead: --max-future-seconds, --watermark-delay-seconds" in told
    options = ("--max-future-seconds", "60", "--watermark-delay-seconds", "5")
    assert (
        "refused" in world.call("resend", path, "--date-now", "--dry-run", *options, code=1).stderr
    )


def test_a_run_that_was_killed_is_continued_exactly(world: World) -> None:
    """One request arrived and has no answer, one never left. The stream's marks tell them apart."""
    records = world.put([(trade(0, price="1", ID=n), f"k{n}") for n in range(4)])
    world.reject(letters_of(records))
    path = export(world)
    path.write_text(path.read_text("utf-8").replace('\\"1\\"', "1"), "utf-8")
    ids = [each["id"] for each in lines(path)]
    arrived = json.dumps({**json.loads(trade(0)), "resent_from": ids[1]}).encode()
    world.put([(arrived, "k")])
    stream = f"{WORKLOAD}/us-east-1/{world.ingest}"

    def putting(seconds: int, *names: str) -> str:
        at = write_time(now_ms() - seconds * 1000)
        return json.dumps({"at": at, "stream": stream, "putting": names}) + "\n"

    ledger = path.parent / "resent.jsonl"
    ledger.write_text(putting(90, ids[1], ids[2]) + putting(5, ids[3]) + '{"at": "2026', "utf-8")
    dry = world.json("resend", path, "--date-now", "--dry-run", code=1)
    fates = {each["id"]: fate for fate, found in dry["lines"].items() for each in found}
    assert fates == {ids[0]: "send", ids[1]: "sent_before", ids[2]: "send", ids[3]: "unclear"}
    assert ledger.read_text("utf-8").endswith("2026")
    done = world.json("resend", path, "--date-now", code=1)
    assert set(done["run"]["sent"]) == {ids[0], ids[2]}
    marks = Counter(mark_of(record.data) for record in world.read())
    assert marks == {None: 4, ids[0]: 1, ids[1]: 1, ids[2]: 1}
    assert "put at" in done["lines"]["unclear"][0]["why"]
