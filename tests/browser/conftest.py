"""Fixtures: the running app, one Chromium, and visitors whose every page is watched for faults."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState, ViewportSize, sync_playwright

from tests import factories
from tests.browser.stack import ADMIN, running_stack
from tests.browser.visitor import Visitor, Watch
from tests.conftest import REQUIRE_ALL
from tests.processes import Stack

DEMO = factories.DATA / "tiktok" / "demo.maker"
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1440, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenVisitor = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; the tests are skipped without one."""
    for candidate in (os.environ.get("CHROMIUM"), "/usr/bin/chromium", shutil.which("chromium")):
        if candidate and Path(candidate).exists():
            return candidate
    reason = "Chromium is not there: install it, or name its program in CHROMIUM"
    if REQUIRE_ALL:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests; each test has contexts of its own."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Stack]:
    """The app as `make run` starts it."""
    with running_stack(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(params=[PHONE, DESK], ids=["360", "1440"])
def size(request: pytest.FixtureRequest) -> ViewportSize:
    """A telephone and a desk."""
    viewport: ViewportSize = request.param
    return viewport


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What no page may do: complain in the console, fail in a script, or break the policy."""
    watching = Watch()
    yield watching
    assert watching.faults == []


@pytest.fixture
def open_visitor(browser: Browser, stack: Stack, watch: Watch) -> Iterator[OpenVisitor]:
    """Open a page in a context of its own, with the cookies of `state`; options are those of a context."""
    contexts = []

    def open_one(state: StorageState | None = None, base_url: str = "", **options: Any) -> Visitor:
        context = browser.new_context(
            base_url=base_url or f"http://127.0.0.1:{stack.port}",
            storage_state=state,
            **{"viewport": DESK, "locale": "en-GB", "reduced_motion": "reduce", **options},
        )
        contexts.append(context)
        watch.over(context)
        return Visitor(context.new_page(), stack.instance / "outbox")

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def newcomer(open_visitor: OpenVisitor) -> Visitor:
    """Somebody who has just signed up, at a desk."""
    visitor = open_visitor()
    visitor.sign_up()
    return visitor


@pytest.fixture(scope="session")
def settled(browser: Browser, stack: Stack) -> StorageState:
    """The cookies of somebody with two exports of demo.maker; tests only read with them."""
    return _prepare(browser, stack, _import_demo)


@pytest.fixture(scope="session")
def crowded(browser: Browser, stack: Stack) -> StorageState:
    """The cookies of somebody with 250 followers; tests only read with them."""
    return _prepare(browser, stack, _import_crowd)


@pytest.fixture(scope="session")
def admin(browser: Browser, stack: Stack) -> StorageState:
    """The cookies of the admin of the installation."""
    return _prepare(browser, stack, lambda visitor: visitor.sign_in(ADMIN))


def _prepare(browser: Browser, stack: Stack, act: Callable[[Visitor], None]) -> StorageState:
    context = browser.new_context(base_url=f"http://127.0.0.1:{stack.port}", locale="en-GB")
    act(Visitor(context.new_page(), stack.instance / "outbox"))
    state = context.storage_state()
    context.close()
    return state


def _import_demo(visitor: Visitor) -> None:
    visitor.sign_up()
    visitor.import_file(DEMO / "1_2023-11_user_data.json")
    visitor.import_file(DEMO / "2_2025-06_user_data_tiktok (1).json")


def _import_crowd(visitor: Visitor) -> None:
    visitor.sign_up()
    people = factories.many(250)
    visitor.import_file(factories.export_json(people, people[:40], owner="crowd.puller"))
