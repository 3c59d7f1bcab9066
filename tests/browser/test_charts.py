"""Chart.js draws whatever becomes of the CDN."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, ViewportSize

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


def await_ink(page: Page) -> None:
    """Wait until the first chart of the page is drawn."""
    canvas = page.locator("figure[data-chart] canvas").first
    deadline = time.monotonic() + 15
    while not (page.evaluate("Boolean(window.Chart)") and canvas.evaluate(INK)):
        assert time.monotonic() < deadline, "nothing is drawn"
        page.wait_for_timeout(100)


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
    visitor = Visitor(context.new_page())
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
    assert page.title().startswith("Dashboard")
    page.goto("/audience/followers", wait_until="domcontentloaded")
    page.evaluate("window.assetsReady.then(() => true)")
    page.get_by_label("Search by name").fill("tealquartz")
    page.get_by_text("1 found").wait_for()
    page.context.unroute_all(behavior="ignoreErrors")
