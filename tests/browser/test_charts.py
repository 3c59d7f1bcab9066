"""Chart.js draws whatever becomes of the CDN."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, StorageState, ViewportSize, expect

from tests import factories
from tests.browser.conftest import DEMO, OpenVisitor
from tests.browser.stack import running_stack
from tests.browser.visitor import Visitor, Watch
from tests.processes import Stack

CDN = re.compile(r"^https://cdn\.jsdelivr\.net/")
# Reading from the chart's own canvas would make Chromium complain; a copy may be read.
INK = """(canvas) => {
  if (!canvas.width || !canvas.height) return false;
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.some((value, index) => index % 4 === 3 && value > 0);
}"""
AXIS = """(canvas) => {
  const axis = window.Chart.getChart(canvas).scales.y;
  return [axis.min, ...axis.ticks.map((tick) => tick.value)];
}"""

LAST_POINT = """(canvas) => {
  const point = window.Chart.getChart(canvas).getDatasetMeta(0).data.at(-1);
  return [point.x, point.y];
}"""
POINT_OF = """(canvas, day) => {
  const chart = window.Chart.getChart(canvas);
  return [chart.scales.x.getPixelForValue(Date.parse(day) / 86400000), chart.chartArea.bottom - 20];
}"""


def await_ink(page: Page) -> None:
    """Wait until the first chart of the page is drawn."""
    canvas = page.locator("figure[data-chart] canvas").first
    deadline = time.monotonic() + 15
    while not (page.evaluate("Boolean(window.Chart)") and canvas.evaluate(INK)):
        assert time.monotonic() < deadline, "nothing is drawn"
        page.wait_for_timeout(100)


NAMES_OF_SETS = """(canvas) => {
  const names = [];
  const ink = canvas.getContext("2d");
  const write = ink.fillText;
  ink.fillText = function (text, ...rest) { names.push(text); write.call(this, text, ...rest); };
  window.Chart.getChart(canvas).draw();
  ink.fillText = write;
  return names;
}"""


def await_circles(page: Page) -> Locator:
    """Wait until the circles of the comparison are drawn."""
    canvas = page.locator("figure[data-venn] canvas")
    deadline = time.monotonic() + 15
    while not (page.evaluate("Boolean(window.ChartVenn)") and canvas.evaluate(INK)):
        assert time.monotonic() < deadline, "nothing is drawn"
        page.wait_for_timeout(100)
    return canvas


def test_the_circles_are_named_and_open_what_is_behind_a_number(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.import_file(DEMO / "1_2023-11_user_data.json")
    page.goto("/audience/analysis")
    page.get_by_role("link", name="Comparison").click()
    canvas = await_circles(page)
    texts = canvas.evaluate(NAMES_OF_SETS)
    assert {"Followers", "Following"} <= set(texts)
    assert not [text for text in texts if "NaN" in text or "undefined" in text]
    middle = canvas.bounding_box()
    assert middle is not None
    page.mouse.click(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    expect(page.locator("#drawer #figure")).to_contain_text("Mutuals")


def test_an_axis_of_counts_starts_at_zero(open_visitor: OpenVisitor, settled: StorageState, size: ViewportSize) -> None:
    page = open_visitor(settled, viewport=size).page
    for address in ("/dashboard", "/styleguide"):
        page.goto(address)
        await_ink(page)
        for canvas in page.locator("figure[data-chart] canvas").all():
            axis = canvas.evaluate(AXIS)
            assert axis[0] == 0
            assert min(axis) == 0


def test_a_chart_is_drawn_anew_when_the_theme_changes(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.import_file(DEMO / "1_2023-11_user_data.json")
    page.goto("/dashboard")
    await_ink(page)
    grid = "(canvas) => window.Chart.getChart(canvas).options.scales.y.ticks.color"
    canvas = page.locator("figure[data-chart] canvas").first
    before = canvas.evaluate(grid)
    with page.expect_response("**/settings/appearance"):
        page.get_by_role("button", name="Dark").click()
    assert canvas.evaluate(grid) != before
    await_ink(page)


@pytest.fixture(scope="module")
def cdn_stack(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Stack]:
    """The app as it runs by default: libraries come from the CDN."""
    with running_stack(tmp_path_factory.mktemp("cdn"), ASSETS="cdn") as started:
        yield started


@pytest.fixture(scope="module")
def cdn_state(cdn_stack: Stack, browser: Browser) -> StorageState:
    context = browser.new_context(base_url=f"http://127.0.0.1:{cdn_stack.port}", locale="en-GB")
    context.route(CDN, lambda route: route.abort())
    visitor = Visitor(context.new_page(), cdn_stack.instance / "outbox")
    visitor.sign_up()
    visitor.import_file(DEMO / "1_2023-11_user_data.json")
    state = context.storage_state()
    context.close()
    return state


def refuse(route: Route) -> None:
    route.abort()


def stay_silent(route: Route) -> None:
    """Never answer: the page gives up by itself."""


def answer_other_bytes(route: Route) -> None:
    route.fulfill(
        body="document.title = 'not ours'",
        content_type="text/javascript",
        headers={"Access-Control-Allow-Origin": "*"},
    )


@pytest.mark.parametrize(
    ("cdn", "expected"),
    [
        (refuse, r"Failed to load resource: net::ERR_FAILED \(https://cdn\.jsdelivr\.net/"),
        (stay_silent, r"\(https://cdn\.jsdelivr\.net/"),
        (answer_other_bytes, r"Failed to find a valid digest in the 'integrity' attribute"),
    ],
    ids=["refuses", "silent", "other bytes"],
)
def test_charts_and_search_work_without_the_cdn(
    open_visitor: OpenVisitor,
    cdn_stack: Stack,
    cdn_state: StorageState,
    watch: Watch,
    cdn: object,
    expected: str,
) -> None:
    watch.expected.append(expected)
    visitor = open_visitor(cdn_state, base_url=f"http://127.0.0.1:{cdn_stack.port}")
    page = visitor.page
    asked: list[str] = []

    def handle(route: Route) -> None:
        asked.append(route.request.url)
        cdn(route)  # type: ignore[operator]

    page.context.route(CDN, handle)
    page.goto("/dashboard", wait_until="domcontentloaded")
    await_ink(page)
    assert asked, "the CDN was not asked"
    expect(page).to_have_title(re.compile(r"^(\(\d+\) )?Dashboard · "))
    page.goto("/audience/analysis/comparison", wait_until="domcontentloaded")
    await_circles(page)
    page.goto("/audience/analysis?period=all", wait_until="domcontentloaded")
    await_ink(page)
    page.goto("/audience/followers", wait_until="domcontentloaded")
    page.evaluate("window.assetsReady.then(() => true)")
    page.get_by_label("Search by name").fill("tealquartz")
    page.get_by_text("1 found").wait_for()
    page.context.unroute_all(behavior="ignoreErrors")


def test_a_point_of_a_curve_and_its_cell_open_what_is_behind_it(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.import_file(DEMO / "1_2023-11_user_data.json")
    page.goto("/audience/analysis?period=all")
    await_ink(page)
    canvas = page.locator("#chart-growth canvas")
    canvas.scroll_into_view_if_needed()
    x, y = canvas.evaluate(LAST_POINT)
    canvas.click(position={"x": x, "y": y})
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", name="Followers", exact=True)).to_be_visible()
    counted = drawer.locator(".figure").inner_text()
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    page.locator("#chart-growth summary").click()
    page.locator("#chart-growth tbody a").first.click()
    expect(drawer.locator(".figure")).to_have_text(re.compile(r"\S"))
    assert drawer.locator(".figure").inner_text() == counted


def test_steps_and_tabs_swap_the_charts_and_keep_the_focus(newcomer: Visitor, size: ViewportSize) -> None:
    page = newcomer.page
    page.set_viewport_size(size)
    newcomer.import_file(DEMO / "1_2023-11_user_data.json")
    page.goto("/audience/analysis?period=all")
    await_ink(page)
    labels = "(canvas) => window.Chart.getChart(canvas)?.data.labels.length ?? 0"
    bars = page.locator("#chart-arrivals canvas")
    counts = {}
    for step in ("Months", "Weeks", "Days"):
        page.get_by_role("link", name=step).focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(f"by={step[:-1].lower()}"))
        expect(page.get_by_role("heading", name=re.compile(rf"per {step[:-1].lower()}"))).to_be_visible()
        expect(page.get_by_role("link", name=step)).to_be_focused()
        await_ink(page)
        counts[step] = bars.evaluate(labels)
    assert 0 < counts["Months"] < counts["Weeks"] < counts["Days"]
    page.locator("#analysis-period").click()
    page.get_by_role("link", name="365 days").click()
    page.wait_for_url(re.compile("period=year"))
    expect(page.locator("#analysis-period")).to_be_focused()
    expect(page.locator("#analysis-period")).to_contain_text("365 days")
    await_ink(page)
    assert newcomer.overflow() <= 0
    page.get_by_role("link", name="Comparison", exact=True).click()
    page.wait_for_url(re.compile("/comparison"))
    expect(page.get_by_role("link", name="Comparison", exact=True)).to_be_focused()
    expect(page).to_have_title(re.compile(r"^(\(\d+\) )?Comparison · "))
    page.get_by_role("link", name="Statistics", exact=True).click()
    expect(page).to_have_title(re.compile(r"^(\(\d+\) )?Statistics · "))
    await_ink(page)


def test_marks_are_drawn_and_told_under_the_pointer(newcomer: Visitor) -> None:
    page = newcomer.page
    posts = [{"Date": "2024-12-20 09:00:00", "Link": "", "Likes": "1", "Title": "my bread"}]
    newcomer.import_file(factories.export_json(factories.many(300), [], posts=posts))
    page.goto("/audience/analysis?period=all&by=day")
    await_ink(page)
    canvas = page.locator("#chart-growth canvas")
    kinds = canvas.evaluate(
        "(canvas) => window.Chart.getChart(canvas).options.plugins.dayMarks.marks.map((m) => m.kind)"
    )
    assert sorted(kinds) == ["milestone", "post"]
    canvas.scroll_into_view_if_needed()
    x, y = canvas.evaluate(POINT_OF, "2024-12-20")
    canvas.hover(position={"x": x, "y": y})
    footer = "(canvas) => window.Chart.getChart(canvas).tooltip.footer.join()"
    page.wait_for_function(f"(canvas) => ({footer})(canvas)", arg=canvas.element_handle())
    assert "my bread" in canvas.evaluate(footer)
