"""The job's SQL, read as text: options follow the properties, and nothing else."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from job import statements
from job.limits import LETTER_BYTES_MOST, RESULT_BYTES_MOST
from job.properties import JobProperties

PROPERTIES = JobProperties(
    region="eu-central-1", input_stream="in", output_stream="out", dead_letter_stream="dead"
)


def _options(statement: str) -> dict[str, str]:
    return dict(re.findall(r"'([^']+)' = '([^']*)'", statement))


def test_the_sinks_write_lines_to_their_streams() -> None:
    """Both sinks are Kinesis streams of the region, and a line a record."""
    results, dead_letters = map(_options, statements.sinks(PROPERTIES))
    for options, stream in ((results, "out"), (dead_letters, "dead")):
        assert options["connector"] == "kinesis"
        assert options["stream"] == stream
        assert options["aws.region"] == "eu-central-1"
        assert options["format"] == "text-line"
        assert "aws.endpoint" not in options


def test_an_endpoint_is_for_both_sinks_and_speaks_http_1() -> None:
    """An emulator has one address, and no HTTP/2."""
    for sink in statements.sinks(replace(PROPERTIES, endpoint="http://127.0.0.1:4566")):
        options = _options(sink)
        assert options["aws.endpoint"] == "http://127.0.0.1:4566"
        assert options["sink.http-client.protocol.version"] == "HTTP1_1"


def test_aggregation_makes_fewer_and_fuller_requests() -> None:
    """Packing trades latency for requests: longer flush, fuller batch."""
    plain = _options(statements.sinks(PROPERTIES)[0])
    packed = _options(statements.sinks(replace(PROPERTIES, aggregation_enabled=True))[0])
    for option in ("sink.flush-buffer.timeout", "sink.batch.max-size"):
        assert int(packed[option]) > int(plain[option])


def test_results_are_keyed_by_ticker_unless_random_is_asked_for() -> None:
    """The partition key is a column beside the line; without it the sink draws one."""
    assert "PARTITIONED BY (ticker)" in statements.sinks(PROPERTIES)[0]
    assert ", ticker\n" in statements.inserts(PROPERTIES)[0]
    spread = replace(PROPERTIES, partition="random")
    assert "PARTITIONED BY" not in statements.sinks(spread)[0]
    assert ", ticker\n    FROM" not in statements.inserts(spread)[0]


def test_a_name_with_a_quote_stays_a_name() -> None:
    """Text from properties can't end its literal."""
    sink = statements.sinks(replace(PROPERTIES, output_stream="o'ut"))[0]
    assert "'stream' = 'o''ut'" in sink


def test_window_and_slide_are_the_properties() -> None:
    """Any whole number of seconds is written with the precision that SQL wants for it."""
    insert = statements.inserts(replace(PROPERTIES, window_seconds=86_400, slide_seconds=3_600))[0]
    assert "INTERVAL '3600' SECOND(4)" in insert
    assert "INTERVAL '86400' SECOND(5)" in insert


def test_the_scale_of_the_sum_is_a_power_of_two_and_is_undone() -> None:
    """So no sum of ordinary prices changes by a digit."""
    assert math.frexp(statements.SCALE)[0] == 0.5
    unscaled = re.search(r"scaled_sum / trades \* ([\d.]+)", statements.inserts(PROPERTIES)[0])
    assert unscaled
    assert float(unscaled[1]) * statements.SCALE == 1


def test_a_view_is_read_where_a_statement_names_it() -> None:
    """As a word of its own: an operator runs for it."""
    inserts = statements.inserts(PROPERTIES)
    assert statements.reads(inserts, statements.SLICES)
    assert statements.reads(inserts, statements.LETTERS)
    assert not statements.reads(inserts, statements.TRADES)
    assert not statements.reads(["SELECT my_slices FROM slices_of_bread"], statements.SLICES)


def test_what_waits_in_memory_is_bounded_in_bytes() -> None:
    """Even where every record is as large as it can be: 5 MB of results, 75 MiB of letters."""
    results, letters = map(_options, statements.sinks(PROPERTIES))
    assert int(results["sink.requests.max-buffered"]) * RESULT_BYTES_MOST < 6_000_000
    assert int(letters["sink.requests.max-buffered"]) * LETTER_BYTES_MOST < 80 * 1024**2
    for options, largest in ((results, RESULT_BYTES_MOST), (letters, LETTER_BYTES_MOST)):
        in_a_request = int(options["sink.batch.max-size"]) * largest
        assert int(options["sink.requests.max-inflight"]) * in_a_request < 80 * 1024**2
        # The sink asks for a buffer that is larger than a request.
        assert int(options["sink.requests.max-buffered"]) > int(options["sink.batch.max-size"])
