from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Request, StorageState, ViewportSize, expect

from tests.browser.conftest import OpenVisitor
from tests.browser.visitor import Visitor

FOLLOWERS = "/audience/followers"


@pytest.fixture
def reader(open_visitor: OpenVisitor, crowded: StorageState) -> Visitor:
    """Somebody with 250 followers: person00000 came last, 40 of them are mutual."""
    visitor = open_visitor(crowded)
    visitor.page.goto(FOLLOWERS)
    return visitor


def mark(visitor: Visitor) -> None:
    """Leave a sign in the document that a reload would wipe away."""
    visitor.page.evaluate("window.stayed = true")


def stayed(visitor: Visitor) -> bool:
    return bool(visitor.page.evaluate("window.stayed === true"))


def test_the_list_answers_while_one_types(open_visitor: OpenVisitor, crowded: StorageState, size: ViewportSize) -> None:
    visitor = open_visitor(crowded, viewport=size)
    page = visitor.page
    page.goto(FOLLOWERS)
    expect(page.get_by_text("250 people")).to_be_visible()
    mark(visitor)
    asked: list[float] = []

    def note(request: Request) -> None:
        if "search=" in request.url:
            asked.append(time.monotonic())

    page.on("request", note)
    page.get_by_label("Search by name").press_sequentially("person0012", delay=40)
    typed = time.monotonic()
    expect(page.get_by_text("10 found")).to_be_visible()
    assert visitor.names == [f"person0012{last}" for last in range(10)]
    assert len(asked) == 1, "every key was asked for"
    assert 0.3 < asked[0] - typed < 1.5
    assert stayed(visitor)
    assert "search=person0012" in visitor.query()
    expect(page.get_by_label("Search by name")).to_be_focused()
    expect(page.get_by_label("Search by name")).to_have_value("person0012")

    page.go_back()
    expect(page.get_by_text("250 people")).to_be_visible()
    assert "search" not in visitor.query()
    expect(page.get_by_label("Search by name")).to_have_value("")
    page.go_forward()
    expect(page.get_by_text("10 found")).to_be_visible()


def test_a_reload_shows_the_same_view(reader: Visitor) -> None:
    reader.page.get_by_label("Search by name").fill("person0012")
    expect(reader.page.get_by_text("10 found")).to_be_visible()
    reader.page.reload()
    expect(reader.page.get_by_text("10 found")).to_be_visible()
    expect(reader.page.get_by_label("Search by name")).to_have_value("person0012")


def test_days_narrow_the_list(reader: Visitor) -> None:
    page = reader.page
    mark(reader)
    page.get_by_label("From").fill("2024-12-31")
    page.get_by_label("To", exact=True).fill("2024-12-31")
    page.get_by_label("To", exact=True).blur()
    expect(page.get_by_text("24 found")).to_be_visible()
    assert stayed(reader)
    assert "date_from=2024-12-31" in reader.query()
    assert "date_to=2024-12-31" in reader.query()
    assert reader.names[0] == "person00013"


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("Newest first", "person00000"),
        ("Oldest first", "person00249"),
        ("Name A to Z", "person00000"),
        ("Name Z to A", "person00249"),
    ],
)
def test_the_list_is_ordered(reader: Visitor, order: str, first: str) -> None:
    mark(reader)
    other = "Oldest first" if order == "Newest first" else "Newest first"
    reader.page.get_by_label("Order").select_option(other)
    reader.page.get_by_label("Order").select_option(order)
    expect(reader.people.first).to_contain_text(first)
    assert stayed(reader)


def test_filters_become_chips_that_go_one_by_one_or_all_at_once(
    open_visitor: OpenVisitor, crowded: StorageState, size: ViewportSize
) -> None:
    visitor = open_visitor(crowded, viewport=size)
    page = visitor.page
    page.goto(FOLLOWERS)
    page.get_by_label("Relation").select_option("Mutuals only")
    expect(page.get_by_text("40 found")).to_be_visible()
    page.get_by_label("Search by name").fill("person0001")
    expect(page.get_by_text("10 found")).to_be_visible()
    expect(visitor.people.get_by_text("Mutual", exact=True)).to_have_count(10)
    assert visitor.overflow() <= 0

    page.get_by_role("link", name="Remove the filter “Name: person0001”").click()
    expect(page.get_by_text("40 found")).to_be_visible()
    expect(page.get_by_label("Relation")).to_have_value("mutual")
    page.get_by_label("Search by name").fill("person0001")
    expect(page.get_by_text("10 found")).to_be_visible()
    page.get_by_role("link", name="Clear all").click()
    expect(page.get_by_text("250 people")).to_be_visible()
    expect(page.get_by_label("Relation")).to_have_value("all")


def test_a_search_without_a_hit_offers_to_clear_the_filters(reader: Visitor) -> None:
    reader.page.get_by_label("Search by name").fill("nobody-is-called-so")
    expect(reader.page.get_by_role("heading", name="Nobody matches")).to_be_visible()
    reader.page.get_by_role("link", name="Clear the filters").click()
    expect(reader.page.get_by_text("250 people")).to_be_visible()


def test_one_pages_forward_and_back(open_visitor: OpenVisitor, crowded: StorageState, size: ViewportSize) -> None:
    visitor = open_visitor(crowded, viewport=size)
    page = visitor.page
    page.goto(FOLLOWERS)
    seen: list[str] = []
    for place in ("1–100 of 250", "101–200 of 250", "201–250 of 250"):
        expect(page.get_by_text(place)).to_be_visible()
        assert visitor.overflow() <= 0
        seen += visitor.names
        if place != "201–250 of 250":
            page.get_by_role("link", name="Next").click()
    assert seen == [f"person{number:05}" for number in range(250)]
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    for place in ("101–200 of 250", "1–100 of 250"):
        page.get_by_role("link", name="Previous").click()
        expect(page.get_by_text(place)).to_be_visible()
    assert visitor.names[0] == "person00000"


def test_a_person_links_to_the_platform_in_a_new_tab_without_a_referrer(reader: Visitor) -> None:
    link = reader.people.first.get_by_role("link", name="profile on TikTok (opens in a new tab)")
    expect(link).to_have_attribute("href", "https://www.tiktok.com/@person00000")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_a_name_leads_to_the_page_of_the_person(reader: Visitor) -> None:
    reader.people.first.get_by_role("link", name="@person00000").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("@person00000")
    expect(reader.page.get_by_text("You follow each other")).to_be_visible()


def download(visitor: Visitor, entry: str) -> tuple[str, str]:
    """Choose an entry of the menu of downloads; return the file's name and text."""
    page = visitor.page
    page.locator("summary").filter(has_text="Download").click()
    with page.expect_download() as started:
        page.get_by_role("link", name=entry).click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes().decode()


@pytest.mark.parametrize(
    ("entry", "delimiter", "yes"), [("CSV, standard", ",", "true"), ("CSV for a spreadsheet", ";", "yes")]
)
def test_a_download_holds_exactly_this_view(
    open_visitor: OpenVisitor,
    crowded: StorageState,
    size: ViewportSize,
    entry: str,
    delimiter: Literal[",", ";"],
    yes: str,
) -> None:
    visitor = open_visitor(crowded, viewport=size)
    page = visitor.page
    page.goto(FOLLOWERS)
    page.get_by_label("Order").select_option("Oldest first")
    expect(visitor.people.first).to_contain_text("person00249")
    page.get_by_label("Search by name").fill("person0001")
    expect(page.get_by_text("10 found")).to_be_visible()

    name, text = download(visitor, entry)
    assert name == "followers.csv"
    assert text.startswith("\ufeff") == (delimiter == ";")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))
    assert rows[0] == ["username", "date_followed", "is_mutual"]
    assert [row[0] for row in rows[1:]] == visitor.names == [f"person0001{last}" for last in range(9, -1, -1)]
    assert {row[2] for row in rows[1:]} == {yes}


def test_a_download_is_not_cut_at_a_page(reader: Visitor) -> None:
    _, text = download(reader, "CSV, standard")
    assert len(text.splitlines()) == 251
