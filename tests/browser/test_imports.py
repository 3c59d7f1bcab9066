from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Locator, ViewportSize, expect

from tests import factories
from tests.browser.conftest import DEMO, OpenVisitor
from tests.browser.visitor import Visitor

SAMPLES = factories.DATA / "tiktok"


def section(visitor: Visitor, name: str) -> Locator:
    table = visitor.page.get_by_role("table", name="Sections of the file")
    return table.get_by_role("row").filter(has=visitor.page.get_by_role("rowheader", name=re.compile(f"^{name}")))


def test_a_file_that_is_no_export_is_refused_with_a_sentence(open_visitor: OpenVisitor, size: ViewportSize) -> None:
    visitor = open_visitor(viewport=size)
    visitor.sign_up()
    visitor.send_file(SAMPLES / "not_an_export.json")
    alert = visitor.page.get_by_role("alert")
    expect(alert).to_contain_text("This file was not imported")
    assert re.search(r"[A-Z][^.]{20,}\.", alert.inner_text()), "no sentence says why"
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Download the shape report").click()
    assert download.value.suggested_filename.startswith("shape-")
    visitor.page.goto("/audience/followers")
    expect(visitor.page.get_by_role("heading", name="Bring your first export")).to_be_visible()


def test_a_name_with_another_ending_is_not_even_sent(newcomer: Visitor) -> None:
    newcomer.page.goto("/imports")
    sent = []
    newcomer.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    chooser = newcomer.page.get_by_label("Drop your TikTok export here")
    chooser.set_input_files({"name": "holiday.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    expect(newcomer.page.get_by_text("is not a .zip, .json or .txt file")).to_be_visible()
    assert sent == []


def test_what_a_partial_file_lacks_is_unknown_and_never_zero(open_visitor: OpenVisitor, size: ViewportSize) -> None:
    visitor = open_visitor(viewport=size)
    page = visitor.page
    visitor.sign_up()
    visitor.send_file(SAMPLES / "partial_g4_only_posts.json")
    page.get_by_label("Name of the account").fill("demo.maker")
    page.get_by_role("button", name="Go on").click()
    visitor.await_reading()
    for name in ("Followers", "Following"):
        expect(section(visitor, name)).to_contain_text("not in this file")
        assert section(visitor, name).get_by_role("cell").all_inner_texts() == ["–"] * 5
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_text("The import is done")).to_be_visible()

    page.goto("/audience/followers")
    expect(page.get_by_role("heading", name="This list is not in your exports")).to_be_visible()
    page.goto("/dashboard")
    figures = page.get_by_role("region", name="Figures")
    expect(figures.get_by_text("Unknown", exact=True)).to_have_count(4)
    expect(figures.get_by_text(re.compile(r"^0$"))).to_have_count(0)


def test_a_file_with_much_fewer_people_is_held_until_somebody_says_that_it_is_complete(newcomer: Visitor) -> None:
    page = newcomer.page
    people = factories.many(60)
    newcomer.import_file(factories.export_json(people), "TikTok_Data_1736000000.json")
    newcomer.send_file(factories.export_json(people[:10]), "TikTok_Data_1737000000.json")
    expect(page.get_by_text("Is this list complete?")).to_be_visible()
    expect(page.get_by_text("50 of 60 people who were on your lists are not in this file.")).to_be_visible()
    held = page.url
    page.goto("/audience/followers")
    expect(page.get_by_text("60 people")).to_be_visible()

    page.goto(held)
    page.get_by_role("button", name="It is complete: import it").click()
    expect(page.get_by_text("The import is done")).to_be_visible()
    page.goto("/audience/followers")
    expect(page.get_by_text("10 people")).to_be_visible()


def test_a_held_import_that_is_cancelled_changes_nothing(newcomer: Visitor) -> None:
    people = factories.many(60)
    newcomer.import_file(factories.export_json(people), "TikTok_Data_1736000000.json")
    newcomer.send_file(factories.export_json(people[:10]), "TikTok_Data_1737000000.json")
    newcomer.page.get_by_role("button", name="It is not: cancel").click()
    expect(newcomer.page.get_by_text("This import was cancelled")).to_be_visible()
    newcomer.page.goto("/audience/followers")
    expect(newcomer.page.get_by_text("60 people")).to_be_visible()


def test_a_wrong_export_time_is_corrected_before_anything_is_stored(
    open_visitor: OpenVisitor, size: ViewportSize
) -> None:
    visitor = open_visitor(viewport=size)
    page = visitor.page
    visitor.sign_up()
    visitor.send_file(DEMO / "1_2023-11_user_data.json")
    page.get_by_label("When the export was made").fill("2023-11-05T09:00")
    page.get_by_role("button", name="Correct the time").click()
    expect(page.get_by_text("you set this")).to_be_visible()
    expect(page.get_by_label("When the export was made")).to_have_value("2023-11-05T09:00")
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_text("The import is done")).to_be_visible()
    page.get_by_role("link", name="To the followers").click()
    expect(page.get_by_text("on the list of Nov 5, 2023")).to_be_visible()


def test_the_same_file_again_brings_nothing_new(newcomer: Visitor) -> None:
    newcomer.import_file(DEMO / "3_2026-01_TikTok_Data_1768463100.zip")
    newcomer.send_file(DEMO / "3b_same_as_3_rezipped_on_mac.zip")
    expect(newcomer.page.get_by_text("Nothing new", exact=True)).to_be_visible()


def test_an_import_goes_on_when_its_page_is_left_and_is_found_again(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.send_file(factories.export_json(factories.many(15_000)))
    page.get_by_role("button", name="Import it").click()
    page.goto("/dashboard")
    page.goto("/imports")
    row = page.get_by_role("table", name="Imports so far").get_by_role("row").nth(1)
    expect(row).to_contain_text("done", timeout=30_000)
    row.get_by_role("link").click()
    expect(page.get_by_text("The import is done")).to_be_visible()
    page.get_by_role("link", name="To the followers").click()
    expect(page.get_by_text("15,000 people")).to_be_visible()


def test_the_sample_account_comes_and_goes_by_one_click_each(open_visitor: OpenVisitor, size: ViewportSize) -> None:
    visitor = open_visitor(viewport=size)
    page = visitor.page
    visitor.sign_up()
    page.get_by_role("button", name="Load the sample account").click()
    expect(page.get_by_text("The import is done")).to_be_visible(timeout=30_000)
    page.goto("/dashboard")
    expect(page.get_by_text("This is the sample account: everything here is made up.")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Followers still here"))).to_be_visible()
    assert visitor.overflow() <= 0

    page.get_by_role("button", name="Remove the sample").click()
    expect(page.get_by_text("The sample account is gone.")).to_be_visible()
    expect(page.get_by_role("button", name="Load the sample account")).to_be_visible()


@pytest.mark.parametrize("name", ['"><img src=x onerror=alert(1)>.json', "{{7*7}}<script>alert(1)</script>.json"])
def test_markup_in_a_file_name_or_an_account_stays_text(newcomer: Visitor, name: str) -> None:
    page = newcomer.page
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    profile = {"displayName": "<img src=x onerror=alert(1)>", "bioDescription": "<script>alert(1)</script>"}
    export = factories.export_json(factories.many(3), owner="demo.maker", profile=profile)
    newcomer.import_file(export, name)
    for address in (page.url, "/imports", "/dashboard", "/accounts", "/audience/followers"):
        page.goto(address)
        assert page.locator("img[src=x], body script:not([type='application/json']), [onerror]").count() == 0
    assert dialogs == []
