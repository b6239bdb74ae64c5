"""The job's decoder and the oracle have the same verdict on every possible record.

`make fuzz EXAMPLES=200000` searches longer. Add a record on which they differ as a case to
`job/src/test/resources/records.json`. The strategies also start from these cases.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from java_verdicts import ARRIVAL, MAX_FUTURE_SECONDS, JavaVerdicts
from record_strategies import STREAM_RECORDS

from oracle.verdict import Rules, judge
from stack.packs import unpack

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "1500"))
RULES = Rules(max_future_seconds=MAX_FUTURE_SECONDS)


@pytest.fixture(scope="module")
def java() -> Iterator[JavaVerdicts]:
    """Start Java once for all records."""
    with JavaVerdicts() as verdicts:
        yield verdicts


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=STREAM_RECORDS)
def test_both_have_the_same_verdict_on_any_record(java: JavaVerdicts, data: bytes) -> None:
    """They agree on the records in a pack, and on the trade or the reason for each record."""
    assert java.judge(data) == [judge(record, ARRIVAL, RULES) for record in unpack(data)]
