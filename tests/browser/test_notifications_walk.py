"""From an import to what is told of it: the bell, the list by keyboard, marking and undoing, choices on a telephone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import PHONE, OpenVisitor
from tests.browser.visitor import WORK_MS, Visitor

_NOW = datetime.now(UTC).replace(microsecond=0)
_BEFORE, _NEWEST = _NOW - timedelta(days=20), _NOW - timedelta(hours=2)
_TABS = ("/notifications", "/notifications/choices", "/notifications/rules", "/notifications/devices")


def export(followers: int, likes: int) -> bytes:
    """Return an export of twelve posts, one of which has so many likes, and so many followers."""
    begun = _BEFORE - timedelta(days=30)
    posts = [
        {
            "Date": f"{begun + timedelta(days=day):%Y-%m-%d %H:%M:%S}",
            "Likes": str(likes if day == 5 else 90 + day),
            "Title": f"Everyday {day}",
        }
        for day in range(12)
    ]
    return factories.export_json(factories.many(followers, year=2024), owner="told.maker", posts=posts)


def named(at: datetime) -> str:
    return f"TikTok_Data_{int(at.timestamp())}.json"


@pytest.fixture
def told(open_visitor: OpenVisitor) -> Visitor:
    """Somebody whose second export shows two milestones, on the page of that import."""
    visitor = open_visitor(timezone_id="UTC")
    visitor.sign_up()
    visitor.import_file(export(90, 700), named(_BEFORE))
    visitor.import_file(export(120, 1_300), named(_NEWEST))
    return visitor


def test_what_an_import_shows_is_told_read_and_chosen(told: Visitor) -> None:
    page = told.page
    await_unread(page, 4)
    expect(page).to_have_title(re.compile(r"^\(4\) "))

    page.locator("[data-bell]").click()
    page.wait_for_url("**/notifications")
    names = page.locator("[data-notice-open]")
    expect(names).to_have_count(4)
    for text in ("A post reached 1,000 likes", "100 followers", "An import is done"):
        expect(page.locator("#notifications")).to_contain_text(text)

    open_by_keyboard(page, "A post reached 1,000 likes")
    page.wait_for_url(re.compile(r"/content/posts/[0-9a-f]{20}"))
    expect(page.get_by_text("Everyday 5").first).to_be_visible()
    page.goto("/notifications")
    await_unread(page, 3)
    expect(page.locator("[data-notice]:not(.is-unread)")).to_contain_text("A post reached 1,000 likes")

    page.locator("#notice-mark-all").click()
    await_unread(page, 0)
    expect(page).to_have_title(re.compile(r"^[^(]"))
    expect(page.locator("#notifications-said")).not_to_be_empty()
    page.locator("#notice-undo").click()
    # What was read before stays read.
    await_unread(page, 3)
    expect(page.locator("[data-notice].is-unread")).to_have_count(3)

    page.locator("[data-notice].is-unread [data-notice-open]").first.focus()
    page.keyboard.press("m")
    await_unread(page, 2)
    page.keyboard.press("m")
    await_unread(page, 3)


def test_choices_are_made_by_keyboard_on_a_telephone(open_visitor: OpenVisitor) -> None:
    visitor = open_visitor(viewport=PHONE, color_scheme="dark")
    visitor.sign_up()
    page = visitor.page
    for place in _TABS:
        page.goto(place)
        assert visitor.overflow() <= 0, place
    page.goto("/notifications/choices")
    page.locator("main").focus()
    tab_to(page, "document.activeElement.name === 'goal-mail'")
    with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        for _ in range(2):  # past "at once"
            page.keyboard.press("ArrowDown")
    assert saved.value.ok
    page.reload()
    expect(page.locator("select[name=goal-mail]")).to_have_value("daily")
    expect(page.locator("select[name=report-mail]")).to_have_value("off")


def await_unread(page: Page, count: int) -> None:
    """Have the page ask until the bell shows so many; nothing is loaded anew."""
    page.evaluate("window.stayed = window.stayed ?? Math.random()")
    stayed = page.evaluate("window.stayed")
    bell = page.locator("[data-bell-count]")
    for _ in range(WORK_MS // 250):
        page.evaluate("document.dispatchEvent(new Event('badge'))")
        if (bell.inner_text() if bell.is_visible() else "0") == str(count):
            assert page.evaluate("window.stayed") == stayed
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"the bell does not come to {count}")


def open_by_keyboard(page: Page, title: str) -> None:
    """Go down the list from its first entry and open the one with a title."""
    page.locator("[data-notice-open]").first.focus()
    for _ in range(page.locator("[data-notice-open]").count()):
        if title in page.evaluate("document.activeElement.innerText"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("j")
    raise AssertionError(f"{title} is not in the list")


def tab_to(page: Page, is_there: str) -> None:
    """Press the tab key until the focus is where it is wanted."""
    for _ in range(120):
        if page.evaluate(is_there):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no tab stop: {is_there}")
