"""Every text that an export can hold, on the pages that show it."""

from __future__ import annotations

from playwright.sync_api import Dialog, ViewportSize, expect

from tests.browser.conftest import DESK, PHONE, OpenVisitor
from tests.browser.visitor import Visitor
from tests.hostile.contents import NAMES, TEXTS, export

PAGES = ("/dashboard", "/imports", "/accounts", "/audience/followers", "/audience/following")


def test_no_text_of_an_export_runs_complains_or_breaks_a_page(open_visitor: OpenVisitor) -> None:
    visitor = open_visitor(viewport=DESK)
    page = visitor.page
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    visitor.sign_up()
    visitor.import_file(export("w" * 10_000), '"><img src=x onerror=alert(1)>.json')
    imported = page.url
    for size in (PHONE, DESK):
        _look_at_every_page(visitor, imported, size)
    page.goto("/audience/followers")
    page.get_by_label("Search by name").fill(NAMES["C10 right to left"])
    expect(visitor.people).to_have_count(1)
    assert visitor.css(".person-card bdi", "unicodeBidi") == "isolate"
    assert dialogs == []


def _look_at_every_page(visitor: Visitor, imported: str, size: ViewportSize) -> None:
    page = visitor.page
    page.set_viewport_size(size)
    for address in (*PAGES, imported):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert visitor.overflow() <= 0, (address, size)
        assert page.locator("img[src=x], [onerror], [onmouseover], [onload]").count() == 0
        assert page.locator("body script:not([src]):not([type*=json])").count() == 0
    page.goto("/audience/followers?ordering=username")
    heights = page.locator(".person-card").evaluate_all("cards => cards.map(card => card.offsetHeight)")
    assert max(heights) <= 2.5 * min(heights), "a name makes its card too high"
    assert len(heights) > len(TEXTS) / 4
