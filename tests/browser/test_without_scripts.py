from __future__ import annotations

import time

from playwright.sync_api import Page, ViewportSize, expect

from tests import factories
from tests.browser.conftest import OpenVisitor


def await_text(page: Page, text: str) -> None:
    """Reload as a person does who waits."""
    deadline = time.monotonic() + 30
    while page.get_by_text(text).count() == 0:
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        time.sleep(0.3)
        page.reload()


def test_every_step_works_without_scripts(open_visitor: OpenVisitor, size: ViewportSize) -> None:
    visitor = open_visitor(viewport=size, java_script_enabled=False)
    page = visitor.page
    email = visitor.sign_up()
    page.locator("summary.menu-person").click()
    page.get_by_role("button", name="Log out").click()
    visitor.sign_in(email)

    page.goto("/imports")
    people = factories.many(150)
    file = factories.export_json(people, people[:20])
    chosen = page.get_by_label("Drop your TikTok export here")
    chosen.set_input_files({"name": "user_data_tiktok.json", "mimeType": "application/json", "buffer": file})
    page.get_by_role("button", name="Send the file").click()
    await_text(page, "This is what the file holds.")
    page.get_by_role("button", name="Import it").click()
    await_text(page, "The import is done")

    page.get_by_role("link", name="To the followers").click()
    expect(page.get_by_text("150 people")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("101–150 of 150")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    page.get_by_label("Search by name").fill("person0012")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("10 found")).to_be_visible()
    page.get_by_role("link", name="Clear all").click()
    page.get_by_label("Relation").select_option("Mutuals only")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("20 found")).to_be_visible()

    page.goto("/dashboard")
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("table", name="Followers and following over time")).to_be_visible()
