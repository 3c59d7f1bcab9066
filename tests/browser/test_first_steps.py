from __future__ import annotations

from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import DEMO, OpenVisitor


def test_a_person_signs_up_imports_an_export_and_sees_who_follows(
    open_visitor: OpenVisitor, size: ViewportSize
) -> None:
    visitor = open_visitor(viewport=size)
    page = visitor.page
    visitor.sign_up()
    expect(page.get_by_role("heading", name="Your first steps")).to_be_visible()

    visitor.send_file(DEMO / "2_2025-06_user_data_tiktok (1).json")
    expect(page.get_by_role("region", name="Followers")).to_contain_text("50")
    expect(page.get_by_text("@demo.maker").first).to_be_visible()
    expect(page.get_by_text("This is what the file holds. Nothing is stored yet.")).to_be_visible()

    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_text("The import is done")).to_be_visible()
    page.get_by_role("link", name="To the followers").click()
    expect(page.get_by_text("49 people")).to_be_visible()
    assert visitor.names[:3] == ["fuzzy__saffron", "jolly_puffin336", "fuzzy__canyon342"]
    assert visitor.overflow() <= 0
