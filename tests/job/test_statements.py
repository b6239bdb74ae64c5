"""The text of the job's SQL: its options depend only on the properties."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from job import statements
from job.limits import LETTER_BYTES_MOST, RESULT_BYTES_MOST
from job.properties import JobProperties

PROPERTIES = JobProperties(
    region="eu-central-1", input_stream="in", output_stream="out", dead_letter_stream="dead"
)


def _options(statement: str) -> dict[str, str]:
    return dict(re.findall(r"'([^']+)' = '([^']*)'", statement))


def test_the_sinks_write_lines_to_the_two_streams() -> None:
    """Both sinks are Kinesis streams in the region. Each record is a line."""
    results, dead_letters = map(_options, statements.sinks(PROPERTIES))
    for options, stream in ((results, "out"), (dead_letters, "dead")):
        assert options["connector"] == "kinesis"
        assert options["stream"] == stream
        assert options["aws.region"] == "eu-central-1"
        assert options["format"] == "text-line"
        assert "aws.endpoint" not in options


def test_both_sinks_use_the_endpoint_with_http_1() -> None:
    """An emulator has one address, and does not support HTTP/2."""
    for sink in statements.sinks(replace(PROPERTIES, endpoint="http://127.0.0.1:4566")):
        options = _options(sink)
        assert options["aws.endpoint"] == "http://127.0.0.1:4566"
        assert options["sink.http-client.protocol.version"] == "HTTP1_1"


def test_aggregation_makes_fewer_and_fuller_requests() -> None:
    """The flush time is longer and the batch is larger, which costs latency."""
    plain = _options(statements.sinks(PROPERTIES)[0])
    packed = _options(statements.sinks(replace(PROPERTIES, aggregation_enabled=True))[0])
    for option in ("sink.flush-buffer.timeout", "sink.batch.max-size"):
        assert int(packed[option]) > int(plain[option])


def test_results_are_keyed_by_ticker_unless_random_is_asked_for() -> None:
    """The partition key is a second column. Without it the sink uses a random key."""
    assert "PARTITIONED BY (ticker)" in statements.sinks(PROPERTIES)[0]
    assert ", ticker\n" in statements.inserts(PROPERTIES)[0]
    spread = replace(PROPERTIES, partition="random")
    assert "PARTITIONED BY" not in statements.sinks(spread)[0]
    assert ", ticker\n    FROM" not in statements.inserts(spread)[0]


def test_a_quote_in_a_name_is_escaped() -> None:
    """Text from properties can't end the SQL literal."""
    sink = statements.sinks(replace(PROPERTIES, output_stream="o'ut"))[0]
    assert "'stream' = 'o''ut'" in sink


def test_window_and_slide_come_from_the_properties() -> None:
    """Any whole number of seconds has the precision that SQL needs."""
    insert = statements.inserts(replace(PROPERTIES, window_seconds=86_400, slide_seconds=3_600))[0]
    assert "INTERVAL '3600' SECOND(4)" in insert
    assert "INTERVAL '86400' SECOND(5)" in insert


def test_each_window_has_its_aggregate_and_all_share_a_sink() -> None:
    """With one window the statement is as it was, so its state is too."""
    one, _ = statements.inserts(PROPERTIES)
    more, _ = statements.inserts(replace(PROPERTIES, more_windows="300,3600"))
    assert "UNION ALL" not in one
    assert more.count("UNION ALL") == 2
    assert re.findall(r"INTERVAL '(\d+)' SECOND\(\d\)\)\)", more) == ["60", "300", "3600"]
    assert more.count("INSERT INTO") == 1


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"combine": "SUM", "of": ("weight",)}, "a part of a slice uses 'weight'; allowed: price"),
        ({"combine": "SUM", "above": ("size", 1.0)}, "uses 'size'; allowed: price"),
        ({"combine": "MAX"}, "MAX needs `of`"),
        ({"combine": "MIN", "of": ("price",), "above": ("price", 1.0)}, "can't have `above`"),
    ],
)
def test_a_part_that_can_not_be_made_is_refused(part: dict[str, Any], said: str) -> None:
    """The message names what is allowed."""
    with pytest.raises(ValueError, match=said):
        statements.Part(**part)


def test_the_scale_of_the_sum_is_a_power_of_two_and_is_reversed() -> None:
    """So the sum of ordinary prices is exactly the same."""
    assert math.frexp(statements.SCALE)[0] == 0.5
    unscaled = re.search(r"scaled_sum / trades \* ([\d.]+)", statements.inserts(PROPERTIES)[0])
    assert unscaled
    assert float(unscaled[1]) * statements.SCALE == 1


def test_a_statement_reads_a_view_if_it_names_it() -> None:
    """The name must be a whole word. An operator runs for such a view."""
    inserts = statements.inserts(PROPERTIES)
    assert statements.reads(inserts, statements.SLICES)
    assert statements.reads(inserts, statements.LETTERS)
    assert not statements.reads(inserts, statements.TRADES)
    assert not statements.reads(["SELECT my_slices FROM slices_of_bread"], statements.SLICES)


def test_the_sinks_buffers_have_a_limit_in_bytes() -> None:
    """With the largest records they hold 5 MB of results and 75 MiB of letters."""
    results, letters = map(_options, statements.sinks(PROPERTIES))
    assert int(results["sink.requests.max-buffered"]) * RESULT_BYTES_MOST < 6_000_000
    assert int(letters["sink.requests.max-buffered"]) * LETTER_BYTES_MOST < 80 * 1024**2
    for options, largest in ((results, RESULT_BYTES_MOST), (letters, LETTER_BYTES_MOST)):
        in_a_request = int(options["sink.batch.max-size"]) * largest
        assert int(options["sink.requests.max-inflight"]) * in_a_request < 80 * 1024**2
        # The sink requires a buffer that is larger than a request.
        assert int(options["sink.requests.max-buffered"]) > int(options["sink.batch.max-size"])
