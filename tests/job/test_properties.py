"""The property group: an error names group, key, value and remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.properties import GROUP, KEYS, SECONDS_MAX, JobProperties, PropertyError

REQUIRED = {
    "aws.region": "eu-central-1",
    "inputStreamName": "in",
    "outputStreamName": "out",
    "deadLetterStreamName": "dead",
}

NAMES = st.text(min_size=1, max_size=128)


def test_only_the_required_keys_are_needed_and_the_others_have_defaults() -> None:
    """A group of the four required keys gives the documented defaults."""
    properties = JobProperties.from_property_map(REQUIRED)
    assert properties == JobProperties(
        region="eu-central-1",
        input_stream="in",
        output_stream="out",
        dead_letter_stream="dead",
        endpoint=None,
        initial_position="LATEST",
        window_seconds=60,
        slide_seconds=30,
        watermark_delay_seconds=5,
        idle_timeout_seconds=10,
        max_future_seconds=60,
        output_format="json",
        aggregation_enabled=False,
        partition="ticker",
    )


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_key_is_named(key: str) -> None:
    """If a required key is missing, the error names it."""
    group = {name: value for name, value in REQUIRED.items() if name != key}
    with pytest.raises(PropertyError) as error:
        JobProperties.from_property_map(group)
    assert (
        str(error.value) == f"{GROUP}.{key}: given nothing; allowed: a value: this key is required"
    )


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("WindowSeconds", "0", "a whole number of seconds from 1 to 86400"),
        ("WindowSeconds", "-60", "a whole number"),
        ("WindowSeconds", "60.0", "a whole number"),
        ("WindowSeconds", "٦٠", "a whole number"),
        ("SlideSeconds", "45", f"a divisor of {GROUP}.WindowSeconds = 60"),
        ("SlideSeconds", "120", f"a divisor of {GROUP}.WindowSeconds = 60"),
        ("WatermarkDelaySeconds", "86401", "a whole number of seconds from 0 to 86400"),
        ("IdleTimeoutSeconds", "0", "a whole number of seconds from 1 to 86400"),
        ("MaxFutureSeconds", "soon", "a whole number"),
        ("MoreWindowSeconds", "5 minutes", "whole numbers of seconds with commas between them"),
        ("MoreWindowSeconds", "", "whole numbers of seconds with commas between them"),
        ("MoreWindowSeconds", "300,", "whole numbers of seconds with commas between them"),
        ("MoreWindowSeconds", "45", f"multiples of {GROUP}.SlideSeconds = 30 up to 86400"),
        ("MoreWindowSeconds", "0", f"multiples of {GROUP}.SlideSeconds = 30 up to 86400"),
        ("MoreWindowSeconds", "86430", f"multiples of {GROUP}.SlideSeconds = 30 up to 86400"),
        ("MoreWindowSeconds", "60", "each length once, and not WindowSeconds = 60"),
        ("MoreWindowSeconds", "300,300", "each length once, and not WindowSeconds = 60"),
        ("OutputFormat", "xml", "json or line"),
        ("AggregationEnabled", "True", "true or false"),
        ("Partition", "price", "ticker or random"),
        ("InitialPosition", "EARLIEST", "LATEST, TRIM_HORIZON or an ISO 8601 time"),
        ("aws.endpoint", "localhost:4566", "an http:// or https:// address"),
        ("inputStreamName", "", "a name that is not empty"),
        ("windowSeconds", "60", "one of aws.region, "),
    ],
)
def test_a_bad_value_is_refused_with_one_line(key: str, value: str, allowed: str) -> None:
    """The line has the group, the key, the value, and what is allowed."""
    with pytest.raises(PropertyError) as error:
        JobProperties.from_property_map(REQUIRED | {key: value})
    line = str(error.value)
    assert line.startswith(f"{GROUP}.{key}: given ")
    assert value.lstrip("-") in line
    assert allowed in line
    assert "\n" not in line


def test_further_windows_follow_the_main_one_and_need_json() -> None:
    """A line of text does not have the window's length."""
    given = REQUIRED | {"MoreWindowSeconds": "300, 3600"}
    assert JobProperties.from_property_map(given).windows == (60, 300, 3600)
    assert JobProperties.from_property_map(REQUIRED).windows == (60,)
    assert "MoreWindowSeconds" not in JobProperties.from_property_map(REQUIRED).to_property_map()
    with pytest.raises(PropertyError, match="json where MoreWindowSeconds is set"):
        JobProperties.from_property_map(given | {"OutputFormat": "line"})


def test_the_group_is_found_among_others(tmp_path: Path) -> None:
    """The service writes all groups of the application to one file."""
    path = tmp_path / "application_properties.json"
    groups = [
        {
            "PropertyGroupId": "kinesis.analytics.flink.run.options",
            "PropertyMap": {"python": "main.py"},
        },
        {"PropertyGroupId": GROUP, "PropertyMap": REQUIRED},
    ]
    path.write_text(json.dumps(groups), "utf-8")
    assert JobProperties.from_file(path) == JobProperties.from_property_map(REQUIRED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "given no group; allowed: a property group with the id"),
        ('[{"PropertyGroupId": "Other"}]', "given Other; allowed: a property group with the id"),
        ("{}", "given dict; allowed: a JSON list of property groups"),
        ("nope", "allowed: a readable JSON file of property groups"),
    ],
)
def test_the_error_for_a_file_without_the_group_describes_the_file(
    tmp_path: Path, text: str, said: str
) -> None:
    """The message is one line for the operator."""
    path = tmp_path / "application_properties.json"
    path.write_text(text, "utf-8")
    with pytest.raises(PropertyError, match=said):
        JobProperties.from_file(path)


def test_the_error_for_a_missing_file_has_its_path(tmp_path: Path) -> None:
    """The service did not write the file."""
    with pytest.raises(PropertyError, match=r"nowhere\.json"):
        JobProperties.from_file(tmp_path / "nowhere.json")


def test_every_field_has_its_key() -> None:
    """Each field of the properties is a key in the property group."""
    assert set(KEYS) == set(JobProperties.__dataclass_fields__)


@st.composite
def any_properties(draw: st.DrawFn) -> JobProperties:
    """Draw valid properties."""
    slide = draw(st.integers(1, 300))
    return draw(
        st.builds(
            JobProperties,
            region=NAMES,
            input_stream=NAMES,
            output_stream=NAMES,
            dead_letter_stream=NAMES,
            endpoint=st.sampled_from([None, "http://127.0.0.1:4566"]),
            initial_position=st.sampled_from(
                ["LATEST", "TRIM_HORIZON", "2026-01-31T09:30:00+01:00"]
            ),
            window_seconds=st.integers(1, 288).map(lambda times: times * slide),
            slide_seconds=st.just(slide),
            watermark_delay_seconds=st.integers(0, SECONDS_MAX),
            idle_timeout_seconds=st.integers(1, SECONDS_MAX),
            max_future_seconds=st.integers(0, SECONDS_MAX),
        )
    )


@given(any_properties())
def test_the_job_reads_what_the_infrastructure_writes(written: JobProperties) -> None:
    """Any valid group is the same after it is written as strings and read again."""
    assert JobProperties.from_property_map(written.to_property_map()) == written


@pytest.mark.parametrize(
    ("position", "instant"),
    [
        ("LATEST", None),
        ("TRIM_HORIZON", None),
        ("2026-01-31T09:30:00", "2026-01-31T09:30:00+00:00"),
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00+00:00"),
        ("2026-01-31T09:30:00+01:00", "2026-01-31T09:30:00+01:00"),
    ],
)
def test_an_initial_time_without_zone_is_utc(position: str, instant: str | None) -> None:
    """Only a time gives a start time."""
    properties = JobProperties.from_property_map(REQUIRED | {"InitialPosition": position})
    found = properties.initial_instant()
    assert (found.isoformat() if found else None) == instant
