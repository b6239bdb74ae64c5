"""The digests of a version's state. They change only if the state changes."""

from __future__ import annotations

import pytest

from release.package import JOB
from release.state import JAVA_STATE, PlanError, fingerprints, operators, restorable

WINDOW = "[5]:GlobalWindowAggregate(groupBy=[ticker], select=[ticker, MAX(max$0) AS max_price])"
PLANNED = {"trades": "Source: trades", "5_window": WINDOW, "7_sink": "results[7]: Writer"}
JAVA = """
    state.getUnionListState(
        new ListStateDescriptor<>(
                "latest", Types.TUPLE(Types.STRING,
                        Types.LONG)));
    other.getUnionListState(new ListStateDescriptor<>("watermark", Types.LONG));
"""
BASE = fingerprints(PLANNED, JAVA)
NOTHING: set[str] = set()


def test_every_operator_with_state_has_a_digest() -> None:
    """The digest is under the id by which Flink assigns the state."""
    assert set(BASE) == {"trades", "5_window", "7_sink"}
    assert all(len(kept) == 12 for kept in BASE.values())


@pytest.mark.parametrize(
    ("planned", "java", "changed"),
    [
        (PLANNED | {"5_window": WINDOW.replace("MAX(max$0)", "SUM(sum$0)")}, JAVA, {"5_window"}),
        (PLANNED, JAVA.replace("Types.LONG)))", "Types.INT)))"), {"trades"}),
        (PLANNED, JAVA.replace('"watermark"', '"watermarks"'), {"trades"}),
        (PLANNED | {"5_window": WINDOW.replace("max_price", "highest")}, JAVA, NOTHING),
        (PLANNED, JAVA.replace("\n", " ").replace("  ", " "), NOTHING),
        (PLANNED, JAVA + "// a word more", NOTHING),
    ],
)
def test_a_digest_changes_only_with_the_state(
    planned: dict[str, str], java: str, changed: set[str]
) -> None:
    """An aggregate, a state's name and its type change it.

    A column's name and white space do not.
    """
    now = fingerprints(planned, java)
    assert {operator for operator, kept in now.items() if kept != BASE[operator]} == changed


def test_a_version_can_restore_the_state_of_operators_that_it_still_has() -> None:
    """New operators start with empty state."""
    assert restorable(BASE, BASE) == []
    assert restorable(BASE, {**BASE, "9_sink": "new"}) == []
    assert restorable({**BASE, "9_sink": "old"}, {**BASE, "5_window": "other"}) == [
        "5_window keeps other state",
        "9_sink is gone",
    ]


def test_the_digest_finds_the_state_that_the_java_source_declares() -> None:
    """The pattern must match the real Java file.

    Otherwise the digest would not depend on the source.
    """
    java = "".join(path.read_text("utf-8") for path in (JOB / "src" / "main").rglob("*.java"))
    assert {name for name, _ in JAVA_STATE.findall(java)} == {
        "latest-trade-by-shard",
        "start-timestamp",
        "watermark",
        "window-and-slide-seconds",
    }
    assert java.count("ListStateDescriptor<>(") == 4


def test_a_missing_environment_is_an_error_that_says_what_to_run() -> None:
    """PyFlink plans the job. `make setup` installs it."""
    with pytest.raises(PlanError, match="make setup"):
        operators(JOB / "src", JOB / "none.jar")
