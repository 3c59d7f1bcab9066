"""A person at a browser: what they do on several pages, and what is watched meanwhile."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, FilePayload, Locator, Page, expect

from tests.factories import PASSWORD, link_of
from webapp.integrations.outbox import list_kept

WORK_MS = 30_000
_numbers = itertools.count(1)
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


class Watch:
    """Everything that went wrong on any page of a test; `expected` are patterns of what is meant to happen."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.expected: list[str] = []

    def over(self, context: BrowserContext) -> None:
        """Watch every page of the context from now on."""
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._note(f"page error: {error.error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _note(self, fault: str) -> None:
        if not any(re.search(pattern, fault) for pattern in self.expected):
            self.faults.append(fault)


class Visitor:
    """One page and the deeds that several tests share."""

    def __init__(self, page: Page, outbox: Path) -> None:
        self.page = page
        self._outbox = outbox
        page.set_default_timeout(WORK_MS)

    def sign_up(self) -> str:
        """Make an account of one's own through the form; return its address."""
        email = f"person{os.getpid()}.{next(_numbers)}@example.org"
        self.page.goto("/register")
        self._send_credentials(email, "Create an account")
        self.page.wait_for_url("**/register/sent")
        self.page.goto(self.mailed_link(email))
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Confirm the address").click()
        self.page.wait_for_url("**/dashboard")
        return email

    def mailed_link(self, address: str) -> str:
        """Wait for a mail to the address and return the path of the link in the newest one."""
        for _ in range(WORK_MS // 50):
            for kept in list_kept(self._outbox):
                if kept.address == address:
                    return link_of(kept.message)
            self.page.wait_for_timeout(50)
        raise AssertionError(f"no mail came to {address}")

    def sign_in(self, email: str) -> None:
        """Sign in through the form."""
        self.page.goto("/login")
        self._send_credentials(email, "Sign in")
        self.page.wait_for_url("**/dashboard")

    def _send_credentials(self, email: str, button: str) -> None:
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name=button).click()

    def send_file(self, file: Path | bytes, name: str = "user_data_tiktok.json") -> None:
        """Choose a file on the page of imports, which sends it at once; wait until it was read."""
        self.page.goto("/imports")
        chosen = file if isinstance(file, Path) else FilePayload(name=name, mimeType="application/json", buffer=file)
        self.page.get_by_label("Drop your TikTok export here").set_input_files(chosen)
        self.page.wait_for_url(re.compile(r"/imports/[\w-]{8,}"))
        self.await_reading()

    def await_reading(self) -> None:
        """Wait until the import asks for something or has ended."""
        expect(self.page.locator("#import_run progress")).to_have_count(0, timeout=WORK_MS)

    def import_file(self, file: Path | bytes, name: str = "user_data_tiktok.json") -> None:
        """Bring a file all the way in, saying that a shorter list is complete where that is asked."""
        self.send_file(file, name)
        self.say_that_it_is_true()
        expect(self.page.get_by_text("The import is done")).to_be_visible(timeout=WORK_MS)

    def say_that_it_is_true(self) -> None:
        """Write the import whose page is open; of every list that it holds back, say that it is complete."""
        answers = self.page.locator("#import_run input[type=radio][value=complete]")
        for answer in answers.all():
            answer.check()
        self.page.locator("#import_run .button-primary").first.click()

    @property
    def people(self) -> Locator:
        """The cards of a people list."""
        return self.page.locator("#people .person-card")

    @property
    def names(self) -> list[str]:
        """The names on the cards, in their order."""
        return self.page.locator("#people .person-card bdi").all_inner_texts()

    def query(self) -> str:
        """The query of the address shown."""
        return self.page.url.partition("?")[2]

    def css(self, selector: str, name: str) -> Any:
        """The computed value of a style."""
        return self.page.locator(selector).first.evaluate("(node, name) => getComputedStyle(node)[name]", name)

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        # A link that was just clicked may have put a page here that has no body yet.
        self.page.wait_for_load_state("domcontentloaded")
        return int(self.page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))
