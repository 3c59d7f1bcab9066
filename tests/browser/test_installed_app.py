"""The bell that follows without a reload, and the app that is installed and shows a page where there is no network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Response, expect
from sqlalchemy import delete, select, update

from config import ROOT
from tests.browser.conftest import OpenVisitor
from tests.browser.visitor import Visitor, Watch
from tests.conftest import make_settings
from tests.notices import PARAMS
from tests.processes import STOP_SECONDS, Stack, answers, end, free_port, until
from webapp import create_app
from webapp.domain.notifications import Message, NoticeKind
from webapp.extensions import db
from webapp.models import LoginSession, Membership, Notification, User
from webapp.services.notifications import tell
from webapp.services.transaction import transaction

_AFTER_A_MINUTE = 61_000
NOTED_LANGUAGE = "caches.match('/offline/language').then((found) => found?.text())"


class Desk:
    """The application behind the browser, from where people are told of things."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def tell(self, email: str, *keys: str) -> None:
        """Tell a person of imports of their own team."""
        kind = NoticeKind.IMPORT_DONE
        with self.app.app_context(), transaction() as session:
            query = select(Membership).join(User, User.id == Membership.user_id).where(User.email == email)
            member = session.scalars(query).one()
            messages = [Message(kind, key, PARAMS[kind], team_id=member.team_id) for key in keys]
            tell(session, [member.user_id], messages)

    def read(self, email: str, key: str) -> None:
        """Mark as read what a person was told of."""
        person = select(User.id).where(User.email == email).scalar_subquery()
        with self.app.app_context():
            change = update(Notification).where(Notification.user_id == person, Notification.key == key)
            db.session.execute(change.values(read_at=datetime.now(UTC)))
            db.session.commit()

    def sign_out(self, email: str) -> None:
        """End every session of a person, as from another browser."""
        person = select(User.id).where(User.email == email).scalar_subquery()
        with self.app.app_context():
            db.session.execute(delete(LoginSession).where(LoginSession.user_id == person))
            db.session.commit()


@pytest.fixture
def desk(stack: Stack, tmp_path: Path) -> Iterator[Desk]:
    """The application on the database of the running one."""
    app = create_app(make_settings(tmp_path, f"sqlite:///{stack.instance / 'app.sqlite3'}"))
    yield Desk(app)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def streaming(stack: Stack, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A web server on the same database that holds one connection, and would wait long for it when it stops."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "APP_ENV": "development",
        "ASSETS": "local",
        "INSTANCE_PATH": str(tmp_path / "streaming"),
        "DATABASE_URL": f"sqlite:///{stack.instance / 'app.sqlite3'}",
        "NOTIFICATION_STREAMS": "1",
    }
    server = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "16"]
    command = [sys.executable, "-m", *server, "--no-control-socket", "--graceful-timeout", "600", "wsgi:app"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    until(lambda: answers(port, "/healthz", 200))
    yield process, port
    end(process)


def test_the_bell_follows_in_every_tab_without_a_reload(open_visitor: OpenVisitor, desk: Desk) -> None:
    visitor = open_visitor()
    page = visitor.page
    page.clock.install()
    email = visitor.sign_up()
    page.goto("/accounts")
    title = page.title()
    asked: list[Response] = []
    page.on("response", lambda answer: asked.append(answer) if "/notifications/badge" in answer.url else None)
    expect(page.get_by_role("link", name="Notifications", exact=True)).to_be_visible()
    other = page.context.new_page()
    other.goto("/teams")

    desk.tell(email, "a", "b", "c")
    page.clock.fast_forward(_AFTER_A_MINUTE)
    expect(page.locator("#bell")).to_have_accessible_name("3 unread notifications")
    expect(page).to_have_title(f"(3) {title}")
    expect(page.locator("#bell-said")).to_have_text("Something new. 3 unread notifications")
    # The other tab was told by this one.
    expect(other.locator("[data-bell-count]")).to_have_text("3")
    expect(other).to_have_title(re.compile(r"^\(3\) "))

    with page.expect_response("**/notifications/badge") as again:
        page.clock.fast_forward(_AFTER_A_MINUTE)
    assert again.value.status == 304

    page.evaluate("document.getElementById('bell-said').textContent = ''")
    desk.read(email, "b")
    page.clock.fast_forward(_AFTER_A_MINUTE)
    expect(page).to_have_title(f"(2) {title}")
    expect(page.locator("#bell-said")).to_be_empty()

    # A part that is swapped brings a title of its own.
    page.evaluate("document.title = 'Another · TikTok Analytics'")
    expect(page).to_have_title("(2) Another · TikTok Analytics")

    desk.sign_out(email)
    with page.expect_response("**/notifications/badge") as last:
        page.clock.fast_forward(_AFTER_A_MINUTE)
    assert last.value.status == 303
    page.clock.fast_forward(10 * _AFTER_A_MINUTE)
    assert [answer.status for answer in asked] == [200, 304, 200, 303]


def test_a_stream_brings_what_is_new_at_once(
    open_visitor: OpenVisitor, desk: Desk, streaming: tuple[subprocess.Popen[bytes], int]
) -> None:
    """Where the deployment holds connections; a page that finds none free asks as all others do."""
    server, port = streaming
    known = open_visitor()
    email = known.sign_up()
    # Cookies know hosts and no ports: this is the same session.
    page = open_visitor(known.page.context.storage_state(), base_url=f"http://127.0.0.1:{port}").page
    with page.expect_response("**/notifications/stream"):
        page.goto("/accounts")
    late = page.context.new_page()
    with late.expect_response("**/notifications/stream") as refused:
        late.goto("/teams")
    assert refused.value.status == 204
    desk.tell(email, "a")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    expect(page.locator("#bell-said")).to_have_text("Something new. 1 unread notification")
    # A connection that is open does not keep the server from stopping.
    server.terminate()
    assert server.wait(STOP_SECONDS) == 0


def test_the_app_is_installed_and_has_a_page_for_no_network(open_visitor: OpenVisitor, watch: Watch) -> None:
    watch.expected.append(r"Failed to load resource: net::ERR_INTERNET_DISCONNECTED")
    visitor = open_visitor()
    page = visitor.page
    visitor.sign_up()
    await_worker(page)
    devtools = page.context.new_cdp_session(page)
    assert devtools.send("Page.getAppManifest")["errors"] == []
    # All that is wrong is the window of the test, which keeps nothing.
    wrong = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in wrong] == ["in-incognito"]

    page.goto("/imports")
    page.context.set_offline(True)
    page.goto("/audience/followers")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    assert visitor.css(".public-card", "borderRadius") == "16px"
    assert visitor.overflow() <= 0
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.locator("#bell")).to_be_visible()

    page.get_by_role("button", name="Français").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    await_worker(page)
    until(lambda: page.evaluate(NOTED_LANGUAGE) == "fr")
    page.context.set_offline(True)
    page.goto("/planner")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.context.set_offline(False)


def test_a_browser_that_signs_out_keeps_nothing(newcomer: Visitor) -> None:
    """No page with data is ever kept; what the worker keeps goes with the session, and so does the worker."""
    page = newcomer.page
    await_worker(page)
    for address in ("/imports", "/accounts", "/dashboard"):
        page.goto(address)
    assert [name for name in kept(page) if not re.match(r"/(static/|brand-|offline)", name)] == []
    page.locator(".menu-person").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    assert kept(page) == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0


def test_installing_is_offered_where_the_browser_offers_it(newcomer: Visitor) -> None:
    page = newcomer.page
    page.locator(".menu-person").click()
    button = page.get_by_role("button", name="Install as an app")
    expect(button).to_be_hidden()
    page.evaluate(
        "dispatchEvent(Object.assign(new Event('beforeinstallprompt'), {prompt: async () => { window.asked = true; }}))"
    )
    button.click()
    assert page.evaluate("window.asked")
    expect(button).to_be_hidden()


def await_worker(page: Page) -> None:
    """Wait until the service worker has taken the page over."""
    until(lambda: page.evaluate("navigator.serviceWorker.controller?.state") == "activated")


def kept(page: Page) -> list[str]:
    """Return the addresses of everything that scripts keep in the browser."""
    found: list[str] = page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys())
            for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
          return found;
        }"""
    )
    return found
