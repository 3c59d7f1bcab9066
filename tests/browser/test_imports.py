from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, FilePayload, Locator, ViewportSize, expect

from tests import factories
from tests.browser.conftest import DEMO, OpenVisitor
from tests.browser.visitor import Visitor, Watch

SAMPLES = factories.DATA / "tiktok"


def section(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("region", name=name, exact=True)


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
    expect(newcomer.page.get_by_text("is not a .zip, .json, .txt or .csv file")).to_be_visible()
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
        expect(section(visitor, name)).to_contain_text("Not in this file: left as it was.")
        assert section(visitor, name).get_by_role("definition").count() == 0, "a count stands where none is known"
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_text("The import is done")).to_be_visible()

    page.goto("/audience/followers")
    expect(page.get_by_role("heading", name="This list is not in your exports")).to_be_visible()
    page.goto("/dashboard")
    figures = page.get_by_role("group", name="Figures")
    expect(figures.get_by_text("Unknown", exact=True)).to_have_count(6)
    expect(figures.get_by_text(re.compile(r"^0$"))).to_have_count(0)


def test_a_file_with_much_fewer_people_is_held_until_somebody_says_that_it_is_complete(newcomer: Visitor) -> None:
    page = newcomer.page
    people = factories.many(60)
    newcomer.import_file(factories.export_json(people), "TikTok_Data_1736000000.json")
    newcomer.send_file(factories.export_json(people[:10]), "TikTok_Data_1737000000.json")
    expect(page.locator(".alert-title")).to_have_text("Is the list of your followers complete?")
    expect(page.get_by_text("50 of the 60 people who followed you are not in this file.")).to_be_visible()
    held = page.url
    page.goto("/audience/followers")
    expect(page.get_by_text("60 people")).to_be_visible()

    page.goto(held)
    page.get_by_role("radio", name="It is true: these 50 people no longer follow me").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("The import is done")).to_be_visible()
    page.goto("/audience/followers")
    expect(page.get_by_text("10 people")).to_be_visible()


def test_a_held_import_that_is_cancelled_changes_nothing(newcomer: Visitor) -> None:
    people = factories.many(60)
    newcomer.import_file(factories.export_json(people), "TikTok_Data_1736000000.json")
    newcomer.send_file(factories.export_json(people[:10]), "TikTok_Data_1737000000.json")
    newcomer.page.get_by_role("button", name="Cancel this import").click()
    expect(newcomer.page.get_by_text("This import was cancelled")).to_be_visible()
    newcomer.page.goto("/audience/followers")
    expect(newcomer.page.get_by_text("60 people")).to_be_visible()


def test_the_names_behind_a_held_list_are_one_click_away(open_visitor: OpenVisitor, size: ViewportSize) -> None:
    visitor = open_visitor(viewport=size)
    visitor.sign_up()
    people = factories.many(60)
    visitor.import_file(factories.export_json(people), "TikTok_Data_1736000000.json")
    visitor.send_file(factories.export_json(people[:10]), "TikTok_Data_1737000000.json")
    visitor.page.get_by_role("link", name="See all 50").click()
    expect(visitor.page.get_by_role("heading", name="Followers who are not in this file")).to_be_visible()
    shown = visitor.page.locator("#names .person-card bdi").all_inner_texts()
    assert shown == sorted(name for name, _ in people[10:])
    assert visitor.overflow() <= 0


def test_files_sent_together_go_one_by_one_and_a_refused_one_stops_nobody(
    open_visitor: OpenVisitor, watch: Watch, size: ViewportSize
) -> None:
    watch.expected.append(r"status of 422.*/imports\)")  # the empty file
    visitor = open_visitor(viewport=size)
    page = visitor.page
    visitor.sign_up()
    page.goto("/imports")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_label("Drop your TikTok export here").set_input_files(
        [
            FilePayload(name="holiday.png", mimeType="image/png", buffer=b"\x89PNG"),
            *(
                FilePayload(
                    name=f"TikTok_Data_{1736000000 + day * 86_400}.json",
                    mimeType="application/json",
                    buffer=factories.export_json(factories.many(30 + day)),
                )
                for day in range(3)
            ),
            FilePayload(name="empty.json", mimeType="application/json", buffer=b""),
            FilePayload(name="other.json", mimeType="application/json", buffer=b'{"a": 1}'),
        ]
    )
    rows = page.get_by_role("list", name="Files of this visit").get_by_role("listitem")
    expect(rows).to_have_count(6)
    expect(rows.filter(has_text="ready for you")).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("is not a .zip, .json, .txt or .csv file")
    expect(rows.nth(4)).to_contain_text("The file is empty.")
    expect(rows.nth(5)).to_contain_text("This file is not a TikTok export")
    assert len(sent) == 5, "a request for every file that can be sent"
    expect(page.get_by_text("3 files are ready to import")).to_be_visible()
    assert visitor.overflow() <= 0
    page.get_by_role("button", name="Import all that are ready").click()
    expect(page.locator("#history").get_by_text("done", exact=True)).to_have_count(3)
    page.goto("/audience/followers")
    expect(page.get_by_text("32 people")).to_be_visible()


def test_whoever_leaves_while_files_are_being_sent_is_warned_and_a_cancelled_file_is_not_kept(
    newcomer: Visitor,
) -> None:
    page = newcomer.page
    page.goto("/imports")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    # Requests that never end: what is being sent stays so until it is cancelled.
    page.route("**/imports", lambda route: None if route.request.method == "POST" else route.continue_())
    files = [
        FilePayload(name=f"{name}.json", mimeType="application/json", buffer=factories.export_json(factories.many(3)))
        for name in ("one", "two", "three")
    ]
    page.get_by_label("Drop your TikTok export here").set_input_files(files)
    rows = page.get_by_role("list", name="Files of this visit").get_by_role("listitem")
    expect(rows.filter(has_text="being sent")).to_have_count(2)
    expect(rows.filter(has_text="waiting to be sent")).to_have_count(1)
    page.evaluate("location.reload()")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    for name in ("three", "one", "two"):
        page.get_by_role("button", name=f"Cancel {name}.json").click()
    expect(rows.filter(has_text="cancelled")).to_have_count(3)
    # The route stays: taken away, it would let go of a request that the browser is still about to drop.
    page.goto("/imports")
    assert asked == ["beforeunload"], "nothing is under way any more"
    expect(page.get_by_text("Nothing was imported yet.")).to_be_visible()


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
    row.get_by_role("rowheader").get_by_role("link").click()
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
    expect(page.get_by_role("img", name=re.compile("Followers and following over time"))).to_be_visible()
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
