"""What a version keeps: digests that change with the state, and with nothing else."""

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
    """Under the id that Flink gives its state by."""
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
def test_a_digest_changes_with_what_is_kept(
    planned: dict[str, str], java: str, changed: set[str]
) -> None:
    """An aggregate, a state's name or type; neither a column's name nor the text's form."""
    now = fingerprints(planned, java)
    assert {operator for operator, kept in now.items() if kept != BASE[operator]} == changed


def test_a_version_restores_what_it_still_keeps() -> None:
    """More operators are no harm: they begin with nothing."""
    assert restorable(BASE, BASE) == []
    assert restorable(BASE, {**BASE, "9_sink": "new"}) == []
    assert restorable({**BASE, "9_sink": "old"}, {**BASE, "5_window": "other"}) == [
        "5_window keeps something else",
        "9_sink is gone",
    ]


def test_the_sources_declare_the_state_that_the_digest_is_of() -> None:
    """Found in the Java as it stands, or the digest would say nothing of the source."""
    java = "".join(path.read_text("utf-8") for path in (JOB / "src" / "main").rglob("*.java"))
    assert {name for name, _ in JAVA_STATE.findall(java)} == {
        "latest-trade-by-shard",
        "start-timestamp",
        "watermark",
    }
    assert java.count("ListStateDescriptor<>(") == 3


def test_a_missing_environment_is_told() -> None:
    """PyFlink plans the job, and `make setup` installs it."""
    with pytest.raises(PlanError, match="make setup"):
        operators(JOB / "src", JOB / "none.jar")
