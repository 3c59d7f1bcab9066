"""Every page there is: no fault that axe finds, and none wider than its window."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from tests import factories
from tests.browser.conftest import DEMO, DESK, PHONE, OpenVisitor
from tests.browser.stack import ADMIN
from tests.browser.visitor import Visitor, Watch
from tests.processes import Stack

MISSING = "/nothing/stands/here"


@dataclass(frozen=True)
class Pages:
    """The cookies of three kinds of readers and the addresses that each of them opens."""

    visitor: list[str]
    newcomer: tuple[StorageState, list[str]]
    admin: tuple[StorageState, list[str]]

    def sets(self) -> list[tuple[StorageState | None, list[str]]]:
        return [(None, self.visitor), self.newcomer, self.admin]


@pytest.fixture(scope="module")
def pages(browser: Browser, stack: Stack) -> Pages:
    """Everything that can be opened, with an import in each of its states."""
    base_url = f"http://127.0.0.1:{stack.port}"
    outbox = stack.instance / "outbox"
    blank = Visitor(browser.new_context(base_url=base_url, locale="en-GB").new_page(), outbox)
    blank.sign_up()
    admin = Visitor(browser.new_context(base_url=base_url, locale="en-GB").new_page(), outbox)
    admin.sign_in(ADMIN)
    imports = _imports_of_every_kind(admin)
    link = _public_link(admin)
    admin.page.goto("/accounts")
    account = admin.page.get_by_role("link", name="Change @demo.maker").get_attribute("href")
    assert account
    rooms = [
        "/dashboard",
        "/imports",
        "/audience/followers",
        "/audience/following",
        "/accounts",
        "/settings",
        "/settings/security",
    ]
    full = [
        *rooms,
        *imports,
        account,
        "/audience/followers?search=falcon&mutual=1",
        "/audience/followers?search=falcon&date_from=2020-01-01",
        "/audience/changes",
        "/audience/changes?show=renamed",
        "/figures/followers",
        "/figures/gained?period=all",
        "/figures/staying",
        "/guide/tiktok",
        "/content/forecast",
        "/content/anomalies",
        "/planner",
        "/planner?view=week",
        "/planner?view=list",
        "/planner/posts/new",
        "/planner/ideas",
        "/planner/experiments",
        "/planner/experiments/new",
        "/planner/feeds",
        "/reports",
        "/reports/new",
        "/reports/images",
        "/reports/links/new",
        "/reports/digests",
        "/notifications",
        "/notifications?unread=1&type=goal",
        "/notifications/choices",
        "/notifications/rules",
        "/notifications/devices",
        "/settings/keys",
        "/admin/jobs",
        "/about",
        "/styleguide",
        "/api/docs",
        MISSING,
    ]
    found = Pages(
        ["/login", "/register", "/register/sent", "/password/forgot", "/password/forgot/sent", "/about", link],
        (blank.page.context.storage_state(), rooms),
        (admin.page.context.storage_state(), full),
    )
    blank.page.context.close()
    admin.page.context.close()
    return found


def _public_link(visitor: Visitor) -> str:
    """Make a link to a report of all lists; return its address once it opens."""
    page = visitor.page
    page.goto("/reports/links/new")
    page.get_by_role("button", name="Make the link").click()
    link = urlsplit(page.locator("#new-link").inner_text()).path
    page.get_by_role("link", name="See how it stands").click()
    expect(page.locator("#share_state").get_by_text("open", exact=True)).to_be_visible(timeout=60_000)
    return link


def _imports_of_every_kind(visitor: Visitor) -> list[str]:
    """Make imports that are done, held, failed, ready, without an owner, cancelled; return their addresses."""
    addresses = []
    samples = factories.DATA / "tiktok"
    visitor.import_file(DEMO / "2_2025-06_user_data_tiktok (1).json")
    done = visitor.page.url
    addresses += [done, f"{done}/undo", f"{done}/move?exported_at=2025-01-01T10:00"]
    fewer = factories.export_json(factories.many(2), owner="demo.maker")
    for file, name in (
        (fewer, "TikTok_Data_1760000000.json"),
        ((samples / "not_an_export.json").read_bytes(), "not_an_export.json"),
        ((samples / "partial_g4_only_posts.json").read_bytes(), "user_data_tiktok.json"),
        (factories.export_json(factories.many(5), owner="somebody.else"), "TikTok_Data_1760000001.json"),
    ):
        visitor.send_file(file, name)
        addresses.append(visitor.page.url)
        if file == fewer:
            addresses.append(f"{visitor.page.url}/names?list=followers&show=gone")
    visitor.send_file(factories.export_json(factories.many(4), owner="nobody"), "TikTok_Data_1760000002.json")
    visitor.page.get_by_role("button", name="Cancel").click()
    addresses.append(visitor.page.url)
    return addresses


@pytest.fixture
def lenient(watch: Watch) -> None:
    """The page for a wrong address is among them, and Chromium says so."""
    watch.expected.append(rf"status of 404.*{re.escape(MISSING)}")


def settle(page: Page) -> None:
    """Wait until scripts have run and charts are drawn."""
    page.wait_for_load_state("load")
    # A public link has no scripts.
    page.evaluate("Promise.resolve(window.assetsReady).then(() => document.fonts.ready).then(() => true)")


def audit(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {one['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"])
def test_axe_finds_nothing(open_visitor: OpenVisitor, pages: Pages, size: ViewportSize, scheme: str) -> None:
    faults: list[str] = []
    for state, addresses in pages.sets():
        page = open_visitor(state, viewport=size, color_scheme=scheme).page
        for address in addresses:
            page.goto(address)
            settle(page)
            faults += audit(page)
    assert faults == []


@pytest.mark.usefixtures("lenient")
def test_axe_finds_nothing_in_french_in_the_dark(open_visitor: OpenVisitor, pages: Pages) -> None:
    faults: list[str] = []
    for address in pages.visitor:
        page = open_visitor(locale="fr-FR", color_scheme="dark").page
        page.goto(address)
        faults += audit(page)
    visitor = open_visitor(locale="fr-FR", color_scheme="dark")
    visitor.page.goto("/login")
    visitor.page.locator("input[type=email]").fill(ADMIN)
    visitor.page.locator("input[type=password]").fill(factories.PASSWORD)
    visitor.page.get_by_role("button", name="Se connecter").click()
    visitor.page.wait_for_url("**/dashboard")
    for address in pages.admin[1]:
        visitor.page.goto(address)
        settle(visitor.page)
        assert visitor.page.locator("html").get_attribute("lang") == "fr"
        faults += audit(visitor.page)
    assert faults == []


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_no_page_scrolls_sideways_on_a_telephone(open_visitor: OpenVisitor, pages: Pages, locale: str) -> None:
    too_wide = {}
    for state, addresses in pages.sets():
        visitor = open_visitor(state, viewport=PHONE, locale=locale)
        for address in addresses:
            visitor.page.goto(address)
            if visitor.overflow() > 0:
                too_wide[address] = visitor.overflow()
    assert too_wide == {}
