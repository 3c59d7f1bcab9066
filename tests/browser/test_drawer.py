from __future__ import annotations

import re

from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import DESK, PHONE, OpenVisitor


def open_first(page: Page) -> None:
    """Open the first number of the page by the keyboard."""
    page.locator("main a.opened").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_be_visible()
    expect(page.locator("#figure-title")).to_be_focused()


def test_a_number_opens_by_the_keyboard_and_gives_the_focus_back(
    open_visitor: OpenVisitor, settled: StorageState
) -> None:
    page = open_visitor(settled).page
    page.goto("/dashboard")
    number = page.locator("main a.opened").first
    shown = number.inner_text()
    for close in ("Escape", "button"):
        open_first(page)
        expect(page.locator(".figure-value")).to_have_text(shown)
        assert page.url.endswith("/dashboard")
        if close == "Escape":
            page.keyboard.press("Escape")
        else:
            page.get_by_role("button", name="Close").click()
        expect(page.locator("#drawer")).to_be_hidden()
        expect(number).to_be_focused()


def test_the_drawer_is_a_panel_at_a_desk_and_a_sheet_on_a_phone(
    open_visitor: OpenVisitor, settled: StorageState
) -> None:
    for size in (DESK, PHONE):
        visitor = open_visitor(settled, viewport=size)
        visitor.page.goto("/dashboard")
        open_first(visitor.page)
        # It slides in; its place is that where it comes to rest.
        drawer = visitor.page.locator("#drawer")
        drawer.evaluate("node => Promise.all(node.getAnimations().map((each) => each.finished))")
        box = drawer.bounding_box()
        assert box is not None
        assert round(box["x"] + box["width"]) == size["width"]
        assert round(box["y"] + box["height"]) == size["height"]
        if size is DESK:
            assert (box["y"], box["width"] < size["width"] / 2) == (0, True)
        else:
            assert (box["x"], box["y"] > 0) == (0, True)
        assert drawer.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_the_people_behind_a_number_are_turned_inside_the_drawer(
    open_visitor: OpenVisitor, crowded: StorageState
) -> None:
    page = open_visitor(crowded).page
    page.goto("/dashboard")
    open_first(page)
    before = page.locator("#figure .person-link").all_inner_texts()
    page.locator("#figure").get_by_role("link", name="Next").click()
    expect(page.locator("#figure .pagination p")).to_have_text(re.compile(r"26–50 of 250"))
    assert not set(before) & set(page.locator("#figure .person-link").all_inner_texts())
    expect(page.locator("#figure-rows")).to_be_focused()
    assert page.url.endswith("/dashboard")


def test_without_scripts_a_number_is_a_page_of_its_own(open_visitor: OpenVisitor, settled: StorageState) -> None:
    page = open_visitor(settled, java_script_enabled=False).page
    page.goto("/dashboard")
    shown = page.locator("main a.opened").first.inner_text()
    page.locator("main a.opened").first.click()
    expect(page).to_have_url(re.compile(r"/figures/followers"))
    expect(page.locator(".figure-value")).to_have_text(shown)
