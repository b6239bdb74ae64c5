"""Each shared case of the job and the oracle has the outcome that is in its file."""

from __future__ import annotations

import base64

import pytest
from record_cases import CASES, PackCase, RecordCase, read

from oracle.verdict import Rules, Trade, judge
from stack.packs import unpack


@pytest.mark.parametrize("case", CASES["records"], ids=[case["name"] for case in CASES["records"]])
def test_each_record_has_the_verdict_of_its_case(case: RecordCase) -> None:
    """`CasesTest` in the job's Java reads the same file."""
    rules = Rules(max_future_seconds=CASES["max_future_seconds"])
    outcome = judge(read(case["record"]), CASES["arrival"], rules)
    wanted = case.get("reason") or Trade(**case["trade"])  # pyright: ignore[reportTypedDictNotRequiredAccess] -- it has one of the two
    assert outcome == wanted


@pytest.mark.parametrize("case", CASES["packs"], ids=[case["name"] for case in CASES["packs"]])
def test_each_pack_has_the_records_of_its_case(case: PackCase) -> None:
    """`PacksTest` in the job's Java reads the same file."""
    pack, records = base64.b64decode(case["pack"]), case["records"]
    assert unpack(pack) == ([pack] if records is None else [read(record) for record in records])
