"""The dashboard in a real browser, drawn from the deployed body and the published metrics."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import (  # pyright: ignore[reportMissingTypeStubs] -- the package ships none
    Axe,
)
from board_stack import BoardStack
from dashboard_stack import NAMES, THRESHOLDS, cloudwatch, deploy, publish
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from board.process import Board
from components.monitoring.alarm_rules import rules
from components.monitoring.dashboard import body
from local.emulator.child import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.emulator]

LAPTOP: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}

ALARMS = len(rules(NAMES, THRESHOLDS)) + 1
"""One alarm for each rule, and the composite alarm."""

HOSTILE = '<img src=x onerror="document.title=1"> [x](javascript:alert(1))'
EXPLORER = {"type": "explorer", "properties": {"title": "An explorer"}}
TEXT = {"type": "text", "properties": {"markdown": HOSTILE}}
BAND = {
    "type": "metric",
    "properties": {"title": "A band", "metrics": [[{"expression": "ANOMALY_DETECTION_BAND(m)"}]]},
}


@pytest.fixture(scope="module")
def shown(stack: BoardStack) -> BoardStack:
    """Give a stack with its dashboard deployed, three foreign widgets, and metrics."""
    deploy(stack, EXPLORER, TEXT, BAND)
    publish(stack)
    stack.put("ingest_stream", [b"{}"])
    return stack


@pytest.fixture
def page(browser: Browser, shown: BoardStack, board: Board) -> Iterator[Page]:
    """Give the page with its widgets."""
    assert shown
    with browser.new_context(viewport=LAPTOP) as context:
        page = context.new_page()
        yield _open(page, board, shown)


def _open(page: Page, board: Board, stack: BoardStack) -> Page:
    publish(stack)  # the metrics of an earlier test may be too old to be shown
    page.goto(f"{board.url}/dashboard")
    expect(_widget(page, "CPU and heap").locator(".legend")).to_contain_text("41.5")
    return page


def _widget(page: Page, title: str) -> Locator:
    return page.locator(".widget", has=page.get_by_role("heading", name=title))


def test_every_widget_of_the_deployed_body_is_there(page: Page) -> None:
    """The widgets are in the body's order with their titles."""
    widgets = body(names=NAMES, thresholds=THRESHOLDS)["widgets"]
    titles = [each["properties"].get("title", NAMES.prefix) for each in widgets]
    expected = [*titles, "An explorer", "A band"]
    assert page.locator(".widget h2").all_text_contents() == expected


def test_lines_and_figures_show_the_published_values(page: Page) -> None:
    """Newest values, expressions and searches are shown."""
    legend = _widget(page, "CPU and heap").locator(".legend li").all_inner_texts()
    assert [" ".join(each.split()) for each in legend] == [
        "CPU 41.5 %",
        "heap 62 %",
        "KPUs \N{EN DASH}",
        "autoscaling begins 75 %",
    ]
    plot = _widget(page, "CPU and heap").locator(".plot")
    told = plot.get_attribute("aria-label")
    assert told == "CPU and heap of the fullest KPU: CPU 41.5; heap 62; KPUs no present value."
    drawn = plot.locator('path[stroke^="var(--series-"]')
    expect(drawn).not_to_have_count(0)
    tasks = _widget(page, "Back pressure and work").locator(".legend .name").all_inner_texts()
    assert tasks[:2] == ["works: Source__trades", "works: window"]
    figure = _widget(page, "The job is up for").locator(".figure")
    assert figure.inner_text().split() == ["0.1", "hours"]


def test_a_count_shows_only_when_its_minute_is_over_and_before_that_a_dash(page: Page) -> None:
    """Missing data is not shown as zero."""
    results = _widget(page, "Results a second")
    expect(results.locator(".figure")).to_contain_text("\N{EN DASH}")
    expect(results.locator(".panel-note")).to_have_text("no data yet")


def test_alarms_are_shown_with_their_state_and_meaning(page: Page, shown: BoardStack) -> None:
    """Ringing alarms are first. An alarm's meaning can be opened."""
    alarms = _widget(page, "Alarms")
    expect(alarms.locator(".alarm-summary")).to_have_text(f"{ALARMS} quiet")
    cloudwatch(shown).put_metric_alarm(
        AlarmName=NAMES.alarm("checkpoints-slow"),
        AlarmDescription="Look at the state's size.",
        Namespace="AWS/KinesisAnalytics",
        MetricName="lastCheckpointDuration",
        Dimensions=[{"Name": "Application", "Value": NAMES.application}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=399,
        ComparisonOperator="GreaterThanThreshold",
    )
    first = alarms.locator("li").first
    expect(first).to_have_attribute("data-state", "ALARM")
    expect(alarms.locator(".alarm-summary")).to_have_text(f"2 rings, {ALARMS - 2} quiet")
    slow = alarms.locator("li", has=page.locator(".name", has_text="checkpoints-slow"))
    slow.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(slow).to_contain_text("Look at the state's size.")
    expect(slow).to_contain_text("breach GreaterThanThreshold 399: 400")


def test_links_have_the_bodys_addresses_and_text_is_never_markup(page: Page) -> None:
    """Everybody who may write the dashboard can choose its text."""
    links = page.locator(".as-text").first.locator("a")
    first = links.first
    assert first.inner_text() == "Job"
    assert (first.get_attribute("href") or "").endswith(f"#/applications/{NAMES.application}")
    expect(page.locator(".as-text").first).to_contain_text("can't show a local cloud")
    foreign = page.locator(".as-text").last
    expect(foreign).to_contain_text(HOSTILE)
    assert foreign.locator("img, a").count() == 0


def test_a_widget_that_is_not_drawn_shows_the_reason_at_its_place(page: Page) -> None:
    """Examples are an unknown kind of widget, an expression and a missing log."""
    expect(_widget(page, "An explorer")).to_contain_text("explorer: not drawn here; see it in")
    expect(_widget(page, "A band").locator(".panel-note")).to_contain_text(
        "ANOMALY_DETECTION_BAND(m): not evaluated on the local cloud; allowed: "
    )
    log = _widget(page, "Errors in the job's log")
    expect(log).to_contain_text("No log is in CloudWatch on the local cloud")
    expect(log.locator("pre")).to_contain_text("messageType")


def test_the_two_pages_link_to_each_other(page: Page) -> None:
    """The links work by keyboard. The current page is marked."""
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.locator("[aria-current=page]")).to_have_text("Dashboard")
    pages.get_by_role("link", name="Results").click()
    expect(page.locator("#latest")).to_be_visible()
    pages.get_by_role("link", name="Dashboard").click()
    expect(page.locator(".widget").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_dashboard_is_complete_and_readable_at_each_screen_size(
    browser: Browser,
    shown: BoardStack,
    board: Board,
    size: ViewportSize,
    scheme: Any,  # noqa: ANN401
) -> None:
    """axe-core finds nothing.

    Nothing overlaps or is cut off. The browser's console has no error.
    """
    assert shown
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        _open(page, board, shown)
        axe: Any = Axe()
        found: list[dict[str, Any]] = axe.run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, "nobody has to scroll sideways"
        assert _overlapping(page) == []
        assert errors == []


def _overlapping(page: Page) -> list[tuple[int, int]]:
    boxes = [each.bounding_box() for each in page.locator(".widget").all()]
    assert all(boxes)
    return [
        (a, b)
        for a, one in enumerate(boxes)
        for b, other in enumerate(boxes[:a])
        if one
        and other
        and one["x"] < other["x"] + other["width"] - 1
        and other["x"] < one["x"] + one["width"] - 1
        and one["y"] < other["y"] + other["height"] - 1
        and other["y"] < one["y"] + one["height"] - 1
    ]


def test_the_dashboard_says_that_the_emulator_is_gone_and_recovers_by_itself(
    browser: Browser, tmp_path: Path
) -> None:
    """Old values fade, and show their age and the reason. Later the page is up to date again."""
    with ExitStack() as held:
        with Emulator(run_directory=tmp_path / "one") as emulator:
            stack, port = BoardStack(emulator, tmp_path), emulator.port
            deploy(stack)
            # The product waits 17 s before it calls a dashboard old, and up to 15 s to try again.
            board = Board(outputs=stack.outputs, port=0, pace=0.2)
            held.enter_context(board)
            page = held.enter_context(browser.new_context(viewport=LAPTOP)).new_page()
            _open(page, board, stack)
        note = page.locator(".dashboard-note")
        expect(note).to_contain_text("no answer; check that the service runs")
        expect(note).to_contain_text("ago")
        expect(page.locator(".dashboard.stale")).to_have_count(1)
        expect(_widget(page, "CPU and heap").locator(".legend")).to_contain_text("41.5")
        with Emulator(run_directory=tmp_path / "two", port=port) as emulator:
            stack = BoardStack(emulator, tmp_path)
            deploy(stack)
            publish(stack)
            expect(page.locator(".dashboard.stale")).to_have_count(0)
            expect(note).to_contain_text("read at")


def test_a_stack_without_its_dashboard_says_so(
    browser: Browser, shown: BoardStack, tmp_path: Path
) -> None:
    """Either the outputs are of an older version, or somebody deleted the dashboard."""
    outputs = tmp_path / "outputs.json"
    for change, told in (
        ({"dashboard_name": None}, "the stack's outputs name no dashboard: deploy this version"),
        ({"dashboard_name": "gone"}, "it does not exist (GetDashboard: "),
    ):
        outputs.write_text(json.dumps(dict(shown.content) | change), "utf-8")
        with (
            Board(outputs=outputs, port=0) as board,
            browser.new_context(viewport=LAPTOP) as context,
        ):
            page = context.new_page()
            page.goto(f"{board.url}/dashboard")
            expect(page.locator(".dashboard-note")).to_contain_text(told)
