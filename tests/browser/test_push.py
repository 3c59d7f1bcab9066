"""Push messages in a real browser, as far as it goes without a network: all but the way through Google's service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import PHONE, OpenVisitor
from tests.browser.visitor import WORK_MS, Visitor, Watch
from tests.processes import until
from tests.push_service import PushService, Subscriber, running_service

PAGE = "/notifications/devices"
# The browser's own service is out of reach, so its answer is that of the one on this machine.
_SUBSCRIBED = """
(said) => {
  const made = (endpoint) => ({
    endpoint, options: {}, unsubscribe: async () => { localStorage.removeItem("push"); return true; },
    toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh: said.p256dh, auth: said.auth } }),
  });
  PushManager.prototype.subscribe = async (options) => {
    const isFit = options.userVisibleOnly && new Uint8Array(options.applicationServerKey).length === 65;
    if (!isFit) throw new TypeError("options");
    localStorage.setItem("push", said.endpoint);
    return made(said.endpoint);
  };
  PushManager.prototype.getSubscription = async () => {
    const endpoint = localStorage.getItem("push");
    return endpoint ? made(endpoint) : null;
  };
}
"""
# What the system sends the service worker, which scripts can make but not let it wait for.
_CLICKED = """
async (tag) => {
  const opened = [];
  clients.openWindow = async (url) => opened.push(url);
  const [notification] = await registration.getNotifications({ tag });
  const event = new NotificationEvent("notificationclick", { notification });
  let done;
  event.waitUntil = (promise) => (done = promise);
  self.dispatchEvent(event);
  await done;
  return { opened, left: (await registration.getNotifications({ tag })).length };
}
"""
_MOVED = """
async ({ before, after }) => {
  const { endpoint, p256dh, auth } = after;
  const event = new Event("pushsubscriptionchange");
  let done;
  event.waitUntil = (promise) => (done = promise);
  event.oldSubscription = before;
  event.newSubscription = { toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
  self.dispatchEvent(event);
  await done;
}
"""


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    """A push service on this machine."""
    with running_service() as running:
        yield running


def subscribed(page: Page, subscriber: Subscriber) -> None:
    """Let the browser subscribe at the service of the tests."""
    page.context.grant_permissions(["notifications"])
    page.add_init_script(f"({_SUBSCRIBED})({json.dumps(subscriber.form())})")


def worker_of(page: Page) -> tuple[CDPSession, str]:
    """Return a line to the browser's service workers and the number of the one of this page."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"] if not each["isDeleted"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_function("async () => (await navigator.serviceWorker.ready).active.state === 'activated'")
    for _ in range(WORK_MS // 50):
        if found:
            return session, found[-1]
        page.wait_for_timeout(50)
    raise AssertionError("there is no service worker")


def shown(page: Page) -> list[dict[str, Any]]:
    """Return the notifications that the system shows."""
    notes = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
      .map(({ title, body, tag, lang, icon, data }) => ({ title, body, tag, lang, icon, data }))"""
    for _ in range(WORK_MS // 50):
        if found := page.evaluate(notes):
            return list(found)
        page.wait_for_timeout(50)
    return []


def test_a_browser_is_added_gets_a_test_and_shows_it(open_visitor: OpenVisitor, service: PushService) -> None:
    visitor, subscriber = open_visitor(), service.subscribe("desk")
    page = visitor.page
    visitor.sign_up()
    subscribed(page, subscriber)
    page.goto(PAGE)
    add = page.get_by_role("button", name="Add this browser")
    expect(page.get_by_text("The browser asks you once")).to_be_visible()
    add.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This browser gets your notifications from now on.")).to_be_visible()
    expect(add).to_be_hidden()
    row = page.locator("[data-push-device]")
    expect(row.get_by_text("This one")).to_be_visible()
    row.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test is on its way")).to_be_visible()
    until(lambda: bool(service.messages(subscriber)))
    [message] = service.messages(subscriber)
    session, registration = worker_of(page)
    text = json.dumps(message)
    origin = page.evaluate("location.origin")
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": registration, "data": text})
    [note] = shown(page)
    assert (note["title"], note["body"]) == (message["notification"]["title"], message["notification"]["body"])
    assert (note["tag"], note["lang"]) == ("test", "en")
    assert note["data"]["url"] == f"{origin}{PAGE}"
    assert note["icon"].startswith(f"{origin}/static/")
    # What is no message of ours still shows something, and leads nowhere else.
    hostile = {"notification": {"title": "other", "navigate": "https://elsewhere.example.org/a?b", "tag": "other"}}
    for data in ("nonsense", json.dumps(hostile)):
        session.send(
            "ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": registration, "data": data}
        )
    page.wait_for_function("async () => (await (await navigator.serviceWorker.ready).getNotifications()).length === 3")
    assert {note["data"]["url"].removeprefix(origin) for note in shown(page)} == {PAGE, "/notifications", "/a?b"}
    worker = page.context.service_workers[0]
    assert worker.evaluate(_CLICKED, "other") == {"opened": [f"{origin}/a?b"], "left": 0}
    # The push service gives the browser another address: the same device is told of it, and nobody has to do anything.
    moved = service.subscribe("moved")
    worker.evaluate(_MOVED, {"before": subscriber.form(), "after": moved.form()})
    page.reload()
    row.get_by_role("button", name="Send a test").click()
    until(lambda: bool(service.messages(moved)))
    expect(row).to_have_count(1)
    page.evaluate("(name) => localStorage.setItem('push', name)", moved.endpoint)
    page.reload()
    expect(row.get_by_text("This one")).to_be_visible()
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("There is no device yet.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('push')") is None


def test_a_browser_that_cannot_is_told_why(open_visitor: OpenVisitor, watch: Watch) -> None:
    # Chromium says so in its console: contexts of tests are private windows, where it has no push service.
    watch.expected.append("Push API in incognito mode")
    visitor = open_visitor(viewport=PHONE)
    visitor.sign_up()
    page = visitor.page
    page.context.grant_permissions(["notifications"])
    page.goto(PAGE)
    page.get_by_role("button", name="Add this browser").click()
    expect(page.get_by_text("The browser could not reach its push service.")).to_be_visible(timeout=WORK_MS)
    assert visitor.overflow() == 0
    _expect_state(
        open_visitor, visitor, "Object.defineProperty(Notification, 'permission', {value: 'denied'})", "denied"
    )
    _expect_state(open_visitor, visitor, "delete window.PushManager", "unsupported")
    phone = "Object.defineProperty(navigator, 'userAgent', {value: 'iPhone'}); delete window.PushManager"
    _expect_state(open_visitor, visitor, phone, "home_screen")
    _expect_state(open_visitor, visitor, "Object.defineProperty(window, 'isSecureContext', {value: false})", "insecure")


def _expect_state(open_visitor: OpenVisitor, known: Visitor, script: str, state: str) -> None:
    page = open_visitor(known.page.context.storage_state(), viewport=PHONE).page
    page.add_init_script(script)
    page.goto(PAGE)
    expect(page.locator(f'[data-push-state="{state}"]')).to_be_visible()
    expect(page.locator("[data-push-state]:visible")).to_have_count(1)
    expect(page.get_by_role("button", name="Add this browser")).to_be_hidden()
