"""The oracle checks dead letters that stand for many records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from honest_job import Streams, put, run, write_letter, write_trade

from oracle.verdict import Reason, Rules
from stack.reader import StreamRecord

RULES = Rules()


def poisoned(*, shard: int = 0, begin: int = 0) -> list[StreamRecord]:
    """Make two minutes of trades, a bad record after each, and a late trade after each tenth."""
    records: list[StreamRecord] = []
    for second in range(begin, begin + 120):
        at = 1000 * second
        datas = [write_trade("AMZN", at, 5), b"{bad %d" % second]
        if second % 10 == 9 and second > 30:
            datas.append(write_trade("AMZN", at - 20_000, 9))
        records += [put(shard, 10 * at + n, data, at) for n, data in enumerate(datas)]
    return records


def write_span(
    records: list[StreamRecord],
    reason: Reason,
    changed: Mapping[str, object] = MappingProxyType({}),
) -> bytes:
    """Write one letter for all records as the job does."""
    letter: Mapping[str, object] = json.loads(write_letter(records[0], reason))
    many = {"records": len(records), "last_sequence_number": records[-1].sequence_number}
    return json.dumps({**letter, **many, **changed}).encode() + b"\n"


def rejected(streams: Streams, reason: Reason) -> list[StreamRecord]:
    """Give the ingest stream's records whose own letters have a reason."""
    letters = [json.loads(letter.data) for letter in streams.letters]
    numbers = {each["sequence_number"] for each in letters if each["reason"] == reason}
    return [record for record in streams.trades if record.sequence_number in numbers]


def replace_letters(streams: Streams, reason: Reason, first: int, last: int, span: bytes) -> None:
    """Replace the letters of a reason numbered `first` to `last` by one letter."""
    own = [each for each in streams.letters if json.loads(each.data)["reason"] == reason]
    for letter in own[first : last + 1]:
        streams.letters.remove(letter)
    streams.letters.append(put(9, len(streams.trades), span, 0))


def test_a_letter_may_stand_for_many_records_with_the_same_reason() -> None:
    """Other records of the shard, and records with another reason, have their own letters."""
    streams = run(poisoned(), RULES)
    bad = rejected(streams, "not_json")
    replace_letters(streams, "not_json", 10, 100, write_span(bad[10:101], "not_json"))
    report = streams.report(RULES)
    assert report.diff() == []
    assert report.dead_letters == {"not_json": 120, "late": 9}
    assert len(streams.letters) == 120 + 9 - 91 + 1


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"records": 90}, "wrong_dead_letter"),
        ({"records": 92}, "wrong_dead_letter"),
        ({"records": 0}, "malformed_dead_letter"),
        ({"records": "91"}, "malformed_dead_letter"),
        ({"last_sequence_number": "0"}, "malformed_dead_letter"),
        ({"last_sequence_number": "x"}, "malformed_dead_letter"),
        ({"last_sequence_number": f"{1_000_002:056d}"}, "wrong_dead_letter"),
        ({"sequence_number": f"{100_000:056d}"}, "wrong_dead_letter"),
        ({"reason": "bad_price"}, "missing_dead_letter"),
        ({"payload": "{bad 11"}, "wrong_dead_letter"),
        ({"payload": "{", "payload_size": 7, "payload_sha256": "x"}, "wrong_dead_letter"),
        ({"shard": "shardId-000000000001"}, "missing_dead_letter"),
    ],
)
def test_each_field_of_a_letter_for_many_is_compared_with_the_records(
    changed: Mapping[str, object], kind: str
) -> None:
    """The fields are the count, both ends, the reason, the example and the shard."""
    streams = run(poisoned(), RULES)
    bad = rejected(streams, "not_json")
    span = write_span(bad[10:101], "not_json", changed)
    replace_letters(streams, "not_json", 10, 100, span)
    assert kind in {fault.kind for fault in streams.report(RULES).faults}


def test_after_a_restart_a_record_may_be_in_two_letters() -> None:
    """The job reads the records since its last checkpoint again, with a new budget of letters."""
    streams = run(poisoned(), RULES)
    bad = rejected(streams, "not_json")
    replace_letters(streams, "not_json", 10, 50, write_span(bad[10:51], "not_json"))
    again = [write_letter(record, "not_json") for record in bad[5:20]]
    again.append(write_span(bad[20:70], "not_json"))
    again.append(write_span(bad[20:70], "not_json"))
    streams.letters.extend(put(9, n, data, 0) for n, data in enumerate(again))
    report = streams.report(RULES)
    assert report.diff() == []
    assert report.repeated_dead_letters == 5 + 1


def test_late_trades_in_two_letters_make_no_other_trade_late() -> None:
    """After a restart the letter for many also counts late trades that have their own letters."""
    streams = run(poisoned(), RULES)
    late = rejected(streams, "late")
    for own in (2, 5):
        again = streams._replace(letters=list(streams.letters))
        replace_letters(again, "late", own, 5, write_span(late[2:6], "late"))
        report = again.report(RULES)
        assert (report.faults, report.late_by_idleness) == ((), 0)


def test_late_trades_of_a_slow_clock_are_distinguished_from_the_others() -> None:
    """Shard 1 has trades of two clocks. One is five minutes slow, so its trades are late."""
    good = poisoned(begin=120)
    behind = [
        put(1, at, write_trade("GOOG", at - 300_000, 7), at) for at in range(200_000, 230_000, 500)
    ]
    streams = run([*good, *behind], RULES, behind)
    late = rejected(streams, "late")
    assert [record for record in late if record.shard.endswith("1")] == behind
    own = [each for each in streams.letters if b"GOOG" in each.data]
    for letter in own[:-1]:
        streams.letters.remove(letter)
    assert streams.report(RULES).mismatches > 0
    streams.letters.append(put(9, 1, write_span(behind[:-1], "late"), 0))
    report = streams.report(RULES)
    assert report.diff() == []
    assert report.late_by_idleness == len(behind)
