"""The list of notifications by keyboard alone in a narrow window, and what a screen reader hears of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.conftest import PHONE, OpenVisitor
from tests.conftest import make_settings
from tests.processes import Stack
from tests.tells import followers
from webapp import create_app
from webapp.extensions import db
from webapp.models import Membership, User
from webapp.services.notifications import tell
from webapp.services.transaction import transaction


@pytest.fixture
def desk(stack: Stack, tmp_path: Path) -> Iterator[Flask]:
    """The application on the database of the running one."""
    app = create_app(make_settings(tmp_path, f"sqlite:///{stack.instance / 'app.sqlite3'}"))
    yield app
    with app.app_context():
        db.engine.dispose()


def tell_of(app: Flask, email: str, *numbers: int) -> None:
    with app.app_context(), transaction() as session:
        query = select(Membership).join(User, User.id == Membership.user_id).where(User.email == email)
        member = session.scalars(query).one()
        for number in numbers:
            tell(session, [member.user_id], [followers(number, member.team_id)])


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent")
    return text.replace("Unread: ", "").strip()


def press(page: Page, key: str) -> None:
    """Press a key that changes the list, and wait for the answer of the server."""
    with page.expect_response(re.compile(r"/notifications/.*(read|undo)")):
        page.keyboard.press(key)


def test_everything_is_done_by_keyboard_and_said_aloud(open_visitor: OpenVisitor, desk: Flask) -> None:
    visitor = open_visitor(viewport=PHONE)
    email, page = visitor.sign_up(), visitor.page
    tell_of(desk, email, 1_000, 2_000, 3_000, 4_000)
    page.goto("/notifications?type=follower_milestone")
    rows, said = page.locator("[data-notice]"), page.locator("#notifications-said")
    expect(rows).to_have_count(4)
    # Letters do nothing while the focus is elsewhere.
    page.keyboard.press("m")
    page.locator("[data-notice-open]").first.focus()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "2,000 followers reached"
    page.keyboard.press("k")
    assert focused(page) == "3,000 followers reached"
    press(page, "m")
    expect(said).to_have_text("1 notification was marked as read.")
    expect(page.locator(".notice.is-unread")).to_have_count(3)
    assert focused(page) == "3,000 followers reached"
    press(page, "m")
    expect(said).to_have_text("It is unread again.")

    # Where the marked one leaves the list, the focus stays at its place; nobody is trapped in the list.
    page.get_by_role("link", name="Unread", exact=True).click()
    page.wait_for_url("**unread=1**")
    expect(rows).to_have_count(4)
    page.locator("[data-notice-open]").nth(1).focus()
    press(page, "m")
    expect(rows).to_have_count(3)
    expect(page.locator("[data-notice-open]").nth(1)).to_be_focused()
    assert focused(page) == "2,000 followers reached"
    page.keyboard.press("Tab")
    assert focused(page).startswith("Mark as read")

    page.get_by_role("button", name="Mark all of these as read").focus()
    press(page, "Enter")
    expect(said).to_have_text("3 notifications were marked as read.")
    expect(page.get_by_text("You have read all of them.")).to_be_visible()
    page.get_by_role("button", name="Undo").focus()
    press(page, "Enter")
    expect(rows).to_have_count(3)
    expect(said).to_have_text("They are unread again.")

    # Enter opens, and what was opened is read.
    page.locator("[data-notice-open]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/audience/analysis**")
    page.goto("/notifications?unread=1&type=follower_milestone")
    expect(rows).to_have_count(2)
