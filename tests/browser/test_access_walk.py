"""A second factor, a recovery code, an invitation and its end: in both languages, by keyboard alone."""

from __future__ import annotations

import os
import re
import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DEMO, OpenVisitor
from tests.browser.visitor import WORK_MS, Visitor, Watch
from tests.factories import PASSWORD

_MOST_STOPS = 150


class Hands:
    """A person who has a keyboard and nothing else."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page

    def reach(self, selector: str) -> None:
        """Press Tab until what the selector names has the focus."""
        for _ in range(_MOST_STOPS):
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab leads to {selector} on {self.page.url}")

    def type(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.reach(selector)
        self.page.keyboard.type(text)

    def press(self, selector: str) -> None:
        """Reach a button or a link and press Enter."""
        self.reach(selector)
        self.page.keyboard.press("Enter")

    def follow(self, selector: str) -> None:
        """Press Enter on what leads to another page, and wait for that."""
        self.reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def open(self, path: str) -> None:
        """Type an address into the browser."""
        self.page.goto(path)

    def sign_up(self, email: str) -> None:
        """Make an account."""
        self.open("/register")
        self.type("#email", email)
        self.type("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/register/sent")
        self.open(self.visitor.mailed_link(email))
        self.type("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/dashboard")

    def give_password(self, email: str) -> None:
        """Fill in the log-in form of somebody who has a second factor."""
        self.open("/login")
        self.type("#email", email)
        self.type("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/login/second-factor**")

    def give_code(self, code: str) -> None:
        """Enter a code of the second step."""
        self.type("#code", code)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/dashboard")

    def log_out(self) -> None:
        """Leave through the menu of the person."""
        self.press("summary.menu-person")
        self.press('form[action="/logout"] button')
        self.page.wait_for_url("**/login**")

    def set_up_second_factor(self) -> tuple[str, list[str]]:
        """Switch the second factor on; return its secret and the recovery codes."""
        self.open("/settings/security")
        self.follow('form[action="/settings/security/authenticator"] button')
        secret = re.sub(r"\s", "", self.page.locator("#totp-secret").inner_text())
        self.type("#code", pyotp.TOTP(secret).now())
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#recovery-codes code")).to_have_count(10)
        codes = self.page.locator("#recovery-codes code").all_inner_texts()
        self.press('a.button-primary[href="/settings/security"]')
        self.page.wait_for_url("**/settings/security")
        return secret, codes

    def import_demo(self) -> None:
        """Bring an export in; a window of the system chooses the file, and that one has keys of its own."""
        self.open("/imports")
        self.page.locator("input[type=file]").first.set_input_files(DEMO / "2_2025-06_user_data_tiktok (1).json")
        self.page.wait_for_url(re.compile(r"/imports/[\w-]{8,}"))
        self.visitor.await_reading()
        self.press("#import_run .button-primary")
        expect(self.page.locator('#import_run a[href*="/audience/followers"]').first).to_be_visible(timeout=WORK_MS)


@pytest.fixture(params=[("en-GB", "en"), ("fr-FR", "fr")], ids=["English", "French"])
def language(request: pytest.FixtureRequest) -> tuple[str, str]:
    """What the browser asks for, and what the pages then say they are in."""
    found: tuple[str, str] = request.param
    return found


def speaks(page: Page, language: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_a_second_factor_lets_in_by_its_code_and_by_a_recovery_code(
    open_visitor: OpenVisitor, language: tuple[str, str]
) -> None:
    """SECURITY 8, 11."""
    owner = Hands(open_visitor(locale=language[0]))
    email = f"walk.{language[1]}.{os.getpid()}@example.org"
    owner.sign_up(email)
    speaks(owner.page, language[1])
    secret, codes = owner.set_up_second_factor()
    owner.log_out()
    owner.give_password(email)
    # The code of the set-up is used up; that of the next half minute is good already.
    owner.give_code(pyotp.TOTP(secret).at(int(time.time()) + 30))
    owner.log_out()
    owner.give_password(email)
    owner.follow('a[href*="by=recovery_code"]')
    owner.give_code(codes[3])
    owner.open("/settings/security")
    assert re.search(r"\b9\b\D+\b10\b", owner.page.locator("#second-factor").inner_text())
    speaks(owner.page, language[1])


def test_a_viewer_is_invited_looks_and_is_removed_while_she_is_looking(
    open_visitor: OpenVisitor, language: tuple[str, str], watch: Watch
) -> None:
    """SECURITY 35, 38: who speaks French here sees numbers without names."""
    hides_names = language[1] == "fr"
    watch.expected.append(r"status of 40[34]")
    owner, guest = (Hands(open_visitor(locale=language[0])) for _ in range(2))
    mark = f"{language[1]}.{os.getpid()}"
    invited = f"guest.{mark}@example.org"
    owner.sign_up(f"owner.{mark}@example.org")
    owner.import_demo()
    owner.open("/audience/followers")
    expect(owner.visitor.people.first).to_be_visible()
    names = set(owner.visitor.names)

    owner.open("/team")
    owner.type("#email", invited)
    if hides_names:
        owner.reach("#hides_names")
        owner.page.keyboard.press("Space")
    owner.follow('form[action="/team/invitations"] button')
    expect(owner.page.locator("main")).to_contain_text(invited)

    guest.open(guest.visitor.mailed_link(invited))
    speaks(guest.page, language[1])
    guest.type("#password", PASSWORD)
    guest.page.keyboard.press("Enter")
    guest.page.wait_for_url("**/dashboard")
    guest.open("/team")
    expect(guest.page.locator('form[action="/team/invitations"]')).to_have_count(0)
    guest.open("/audience/followers")
    expect(guest.visitor.people).to_have_count(len(names))
    seen = set(guest.visitor.names)
    assert seen == names if not hides_names else not seen & names
    if hides_names:
        assert not [name for name in names if name in guest.page.content()]

    guest.reach("#ordering")
    guest.page.keyboard.press("ArrowDown")
    guest.page.wait_for_url("**/audience/followers?*ordering=*")
    expect(guest.visitor.people).to_have_count(len(names))

    owner.open("/team")
    owner.follow('main a[href^="/team/members/"]')
    owner.follow('form[action$="/remove"] button')
    owner.page.wait_for_url("**/team")
    expect(owner.page.locator("main")).not_to_contain_text(invited)

    # She has the list open. The next thing she does with it shows nobody any more, nor does a new look.
    guest.page.keyboard.press("ArrowUp")
    expect(guest.visitor.people).to_have_count(0)
    guest.page.reload()
    assert not [name for name in names if name in guest.page.content()]
    assert "demo.maker" not in guest.page.content()
    speaks(guest.page, language[1])
