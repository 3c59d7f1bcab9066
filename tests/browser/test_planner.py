"""Planning three posts by mouse and by keyboard, importing the export in which two were published, and the calendar."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from urllib.request import urlopen

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import factories
from tests.browser.conftest import PHONE, OpenVisitor
from tests.browser.visitor import WORK_MS, Visitor
from tests.calendars import Event, read_strictly

_NOW = datetime.now(UTC).replace(microsecond=0)
# A Wednesday five weeks ago: the days after it stand beside it in every view.
_MONTH_AGO = (_NOW - timedelta(days=30)).date()
_WEDNESDAY = _MONTH_AGO - timedelta(days=(_MONTH_AGO.weekday() - 2) % 7)
_THURSDAY, _FRIDAY = (_WEDNESDAY + timedelta(days=days) for days in (1, 2))
_FIRST_EXPORT = _NOW - timedelta(days=45)


def export(*published: tuple[datetime, str, int]) -> bytes:
    """Return an export of forty posts of about a hundred likes, and of others."""
    begun = _FIRST_EXPORT - timedelta(days=50)
    posts = [(begun + timedelta(days=day), f"Everyday {day}", 90 + day * 7 % 23) for day in range(40)]
    rows = [
        {"Date": f"{at:%Y-%m-%d %H:%M:%S}", "Likes": str(likes), "Title": title}
        for at, title, likes in (*posts, *published)
    ]
    return factories.export_json(factories.many(5), owner="plan.maker", posts=rows)


def named(at: datetime) -> str:
    return f"TikTok_Data_{int(at.timestamp())}.json"


@pytest.fixture
def planner(open_visitor: OpenVisitor) -> Visitor:
    """Somebody whose posts were imported five weeks ago."""
    visitor = open_visitor(timezone_id="UTC")
    visitor.sign_up()
    visitor.import_file(export(), named(_FIRST_EXPORT))
    return visitor


def test_three_posts_are_planned_moved_published_scored_and_in_a_calendar(planner: Visitor) -> None:
    page = planner.page
    plan_by_mouse(page, "Lemon cake", "#recipe")
    plan_by_keyboard(page, "Autumn soup")
    plan_by_keyboard(page, "Night walk")

    page.goto(f"/planner?day={_WEDNESDAY}")
    for title in ("Lemon cake", "Autumn soup", "Night walk"):
        expect(entry(page, _WEDNESDAY, title)).to_be_visible()
    drag(page, "Lemon cake")
    expect(entry(page, _THURSDAY, "Lemon cake")).to_be_visible()
    offered = shown_time(entry(page, _WEDNESDAY, "Autumn soup"))
    entry(page, _WEDNESDAY, "Autumn soup").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(entry(page, _FRIDAY, "Autumn soup")).to_be_focused()
    assert shown_time(entry(page, _FRIDAY, "Autumn soup")) == offered + timedelta(hours=1)
    expect(page.locator("#planner-said")).not_to_be_empty()
    page.get_by_role("button", name="Undo").click()
    expect(entry(page, _WEDNESDAY, "Autumn soup")).to_be_visible()
    assert shown_time(entry(page, _WEDNESDAY, "Autumn soup")) == offered

    soup = datetime.combine(_WEDNESDAY, offered.time(), UTC) + timedelta(minutes=4)
    cake = datetime.combine(_THURSDAY, time(12, 2), UTC)
    planner.import_file(
        export((soup, "Autumn soup", 104), (cake, "Lemon cake #recipe", 900)), named(_NOW - timedelta(hours=1))
    )
    await_matches(page, 2)
    expect(entry(page, _WEDNESDAY, "Autumn soup")).to_contain_text("104")
    expect(entry(page, _THURSDAY, "Lemon cake")).to_contain_text("900")
    expect(entry(page, _THURSDAY, "Lemon cake")).to_contain_text("above")
    expect(
        page.get_by_text("1 of 2 planned posts that were published lie in the range stored with them")
    ).to_be_visible()
    expect(entry(page, _WEDNESDAY, "Night walk")).to_have_class(re.compile("is-planned"))

    events = {event.summary: event for event in subscribe(page)}
    assert [name for name in events if "Night walk" in name] != []
    assert all(event.starts.tzinfo is not None for event in events.values())


def test_the_planner_fits_a_telephone_and_is_planned_there_too(open_visitor: OpenVisitor) -> None:
    visitor = open_visitor(viewport=PHONE, timezone_id="UTC")
    visitor.sign_up()
    visitor.import_file(export(), named(_FIRST_EXPORT))
    for view in ("month", "week", "list"):
        visitor.page.goto(f"/planner?day={_WEDNESDAY}&view={view}")
        assert visitor.overflow() <= 0, view
    visitor.page.goto(f"/planner?day={_WEDNESDAY}")
    write_by_keyboard(visitor.page, visitor.page.get_by_role("link", name="Plan a post", exact=True), "Night walk")
    expect(visitor.page.locator(".plan-entry", has_text="Night walk")).to_be_visible()
    assert visitor.overflow() <= 0


def entry(page: Page, day: date, title: str) -> Locator:
    return page.locator(f'[data-day="{day}"] .plan-entry', has_text=title)


def shown_time(found: Locator) -> datetime:
    """Return the time of day of a post in the calendar, on some day."""
    return datetime.strptime(found.locator("time").inner_text().replace("\u202f", " "), "%I:%M %p")  # noqa: DTZ007


def plan_by_mouse(page: Page, title: str, hashtags: str) -> None:
    """Plan a post for the Wednesday at noon, from its day in the calendar."""
    page.goto(f"/planner?day={_WEDNESDAY}")
    page.locator(f'[data-day="{_WEDNESDAY}"] .day-add').click()
    page.get_by_label("Day and time").fill(f"{_WEDNESDAY}T12:00")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Hashtags").fill(hashtags)
    expect(page.locator("#hints .plan-range")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/planner(\?|$)"))


def plan_by_keyboard(page: Page, title: str) -> None:
    """Plan a post for the Wednesday with keys alone, from its day in the calendar; the time is the one offered."""
    page.goto(f"/planner?day={_WEDNESDAY}")
    write_by_keyboard(page, page.locator(f'[data-day="{_WEDNESDAY}"] .day-add'), title)


def write_by_keyboard(page: Page, way: Locator, title: str) -> None:
    """Open the form by a link, write a title and save it."""
    way.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/planner/posts/new"))
    page.get_by_label("Day and time").focus()
    tab_to(page, "document.activeElement.name == 'title'")
    page.keyboard.type(title)
    tab_to(page, "document.activeElement.innerText == 'Save'")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/planner(\?|$)"))


def tab_to(page: Page, is_there: str) -> None:
    """Press the tab key until the focus is where it is wanted."""
    for _ in range(12):
        if page.evaluate(is_there):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no tab stop: {is_there}")


def drag(page: Page, title: str) -> None:
    """Drag a post from the Wednesday to the Thursday."""
    entry(page, _WEDNESDAY, title).drag_to(page.locator(f'[data-day="{_THURSDAY}"]'))


def await_matches(page: Page, posts: int) -> None:
    """Look at the calendar until a job has found so many of its posts."""
    for _ in range(WORK_MS // 250):
        page.goto(f"/planner?day={_WEDNESDAY}")
        if page.locator(".plan-entry.is-published").count() == posts:
            return
        page.wait_for_timeout(250)
    raise AssertionError("the plans were not found among the posts")


def subscribe(page: Page) -> list[Event]:
    """Make an address for calendars and read it as one does: without any cookie."""
    page.goto("/planner/feeds")
    page.get_by_role("button", name="Make an address").click()
    address = page.locator("#new-address")
    expect(address).to_be_visible()
    with urlopen(address.inner_text()) as answer:
        assert answer.headers.get_content_type() == "text/calendar"
        return read_strictly(answer.read())
