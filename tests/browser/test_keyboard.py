from __future__ import annotations

import re

from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import DESK, PHONE, OpenVisitor

FOCUS = """() => {
  const node = document.activeElement;
  const rings = [getComputedStyle(node), getComputedStyle(node, "::after")];
  const box = node.getBoundingClientRect();
  return {
    id: node.id, href: node.getAttribute("href") ?? "", tag: node.tagName.toLowerCase(),
    label: node.textContent.trim().slice(0, 40),
    ring: rings.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || rings[0].boxShadow !== "none",
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.left < innerWidth,
  };
}"""


def tab_through(page: Page, most: int = 60) -> list[dict[str, object]]:
    """Press Tab until the list of people is reached; return where the focus was."""
    stops: list[dict[str, object]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
        if str(stops[-1]["href"]).startswith("https://www.tiktok.com/"):
            return stops
    raise AssertionError(f"the list is not reached: {stops}")


def test_the_skip_link_is_first_and_leads_to_the_content(open_visitor: OpenVisitor, settled: StorageState) -> None:
    page = open_visitor(settled).page
    page.goto("/audience/followers")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    assert page.evaluate(FOCUS)["seen"]
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_tab_reaches_search_filters_and_people_in_this_order_with_a_ring_at_every_stop(
    open_visitor: OpenVisitor, settled: StorageState
) -> None:
    for size in (DESK, PHONE):
        page = open_visitor(settled, viewport=size).page
        page.goto("/audience/followers")
        stops = tab_through(page)
        # A field of a day has a stop for each of its parts; the browser itself rings the one that opens the calendar.
        ringed = {stop["id"] for stop in stops if stop["id"] and stop["ring"]}
        assert [stop for stop in stops if not stop["ring"] and stop["id"] not in ringed] == []
        assert [stop for stop in stops if not stop["seen"]] == []
        ids = [stop["id"] for stop in stops if stop["id"]]
        wanted = ["search-people", "date-from", "date-to", "ordering", "relation"]
        assert list(dict.fromkeys(name for name in ids if name in wanted)) == wanted


def test_a_menu_opens_by_enter_and_escape_gives_the_focus_back(
    open_visitor: OpenVisitor, settled: StorageState
) -> None:
    page = open_visitor(settled).page
    page.goto("/dashboard")
    menu = page.locator("summary.menu-person")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Team and members")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    expect(menu).to_be_focused()


def test_a_search_is_begun_and_carried_out_by_keyboard(open_visitor: OpenVisitor, settled: StorageState) -> None:
    visitor = open_visitor(settled)
    page = visitor.page
    page.goto("/audience/followers")
    page.keyboard.press("/")
    expect(page.get_by_label("Search by name")).to_be_focused()
    page.keyboard.type("falcon")
    expect(page.get_by_text(re.compile(r"^\d found"))).to_be_visible()
    assert all("falcon" in name for name in visitor.names)
    expect(page.get_by_label("Search by name")).to_be_focused()


def test_signing_up_needs_no_pointer(open_visitor: OpenVisitor) -> None:
    visitor = open_visitor()
    page = visitor.page
    page.goto("/register")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type("keys.only@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery staple")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/sent")
    page.goto(visitor.mailed_link("keys.only@example.org"))
    page.get_by_label("Password").focus()
    page.keyboard.type("correct horse battery staple")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
