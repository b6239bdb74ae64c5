"""The plan that Flink makes of the job, which decides what a savepoint can be restored into."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from local.rehearsal.changes import CHANGES
from local.rehearsal.scratch_clone import Edit
from release.package import JOB, ROOT
from release.state import Operators, PlanError, operators, restorable

pytestmark = pytest.mark.cluster

Plan = Callable[..., Operators]
STATEMENTS = "job/statements.py"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Give a function that plans a changed copy of the job."""

    def planned(*edits: Edit) -> Operators:
        root = tmp_path / "copy"
        shutil.rmtree(root, ignore_errors=True)
        ignored = shutil.ignore_patterns("target", ".venv", "__pycache__")
        for room in ("job", "release"):
            shutil.copytree(ROOT / room, root / room, ignore=ignored)
        (root / "job" / ".venv").symlink_to(JOB / ".venv")
        (root / "job" / "target").mkdir()
        jar = shutil.copy(JOB / "target" / "stocktrading-job.jar", root / "job" / "target")
        for edit in edits:
            file = root / edit.path
            text = file.read_text("utf-8")
            assert text.count(edit.old) == 1
            file.write_text(text.replace(edit.old, edit.new), "utf-8")
        return operators(root, Path(jar))

    return planned


def test_only_a_change_of_the_kept_state_prevents_a_restore(plan: Plan) -> None:
    """Another output format can restore, and so can an aggregate that no result uses.

    The planner removes an unused aggregate. A comparison of the SQL texts would not show this.
    """
    base = plan()
    assert set(base) == {"trades", "5_global-window-aggregate", "7_sink", "10_sink"}
    assert restorable(base, plan(*CHANGES[0].edits)) == []
    more = '"trades": "SUM(trades)",\n    "mean": "AVG(max_price)",'
    unused = Edit(STATEMENTS, '"trades": "SUM(trades)",', more)
    assert restorable(base, plan(unused)) == []
    other = Edit(STATEMENTS, '"MIN(min_price)"', '"AVG(min_price)"')
    assert restorable(base, plan(other)) == ["5_global-window-aggregate keeps other state"]


def test_a_statement_that_cannot_be_planned_fails_with_flinks_reason(plan: Plan) -> None:
    """So the build fails for a misspelt column."""
    with pytest.raises(PlanError, match=r"the job can't be planned: .*trade_time"):
        plan(Edit(STATEMENTS, "DESCRIPTOR(slice_time)", "DESCRIPTOR(trade_time)"))
