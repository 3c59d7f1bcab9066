from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import DEMO
from tests.browser.visitor import Visitor


def test_back_after_logging_out_shows_nothing_private(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.import_file(DEMO / "1_2023-11_user_data.json")
    page.goto("/audience/followers")
    page.get_by_label("Search by name").fill("teal")
    expect(page.get_by_text("tealquartz")).to_be_visible()
    page.goto("/dashboard")
    kept = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert "tealquartz" not in kept
    assert "<" not in kept

    page.locator("summary.menu-person").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(re.compile("/login"))
    for _ in range(3):
        page.go_back()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert "demo.maker" not in page.content()
        assert "tealquartz" not in page.content()


def test_the_next_person_at_the_same_browser_starts_empty(newcomer: Visitor) -> None:
    newcomer.import_file(DEMO / "1_2023-11_user_data.json")
    page = newcomer.page
    page.locator("summary.menu-person").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(re.compile("/login"))
    newcomer.sign_up()
    page.goto("/audience/followers")
    expect(page.get_by_role("heading", name="Bring your first export")).to_be_visible()
    assert "tealquartz" not in page.content()
