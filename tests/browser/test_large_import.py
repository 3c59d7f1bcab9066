"""Acceptance: 400,000 followers through the browser, with a moving bar, and one death on the way."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import sys
import time

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.visitor import Visitor
from tests.processes import Stack, until
from webapp.importers.synthetic import large_follows

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="the worker is found through /proc"),
]

FOLLOWERS = 400_000
BEFORE = 1_760_000_000
UPLOAD_BYTES_A_SECOND = 16_000_000
# Every state of every bar, told to the test as it is shown.
WATCH_BARS = """
new MutationObserver(() => {
  for (const bar of document.querySelectorAll("progress[value]"))
    window.barShown(bar.getAttribute("aria-label"), bar.value / bar.max);
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["value", "max"] });
"""


def document() -> tuple[bytes, set[str]]:
    """An export as TikTok writes it, and the names in it."""
    rows = list(large_follows(FOLLOWERS, BEFORE, 1, "f"))
    listed = [(name, time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))) for name, at in rows]
    return factories.export_json(listed, listed[:500], owner="large.account"), {name for name, _ in rows}


def test_a_large_file_survives_the_death_of_its_worker(newcomer: Visitor, stack: Stack) -> None:
    page = newcomer.page
    shown: dict[str, list[float]] = {}
    page.expose_function("barShown", lambda label, share: shown.setdefault(label, []).append(share))
    page.add_init_script(WATCH_BARS)
    content, names = document()
    network = page.context.new_cdp_session(page)
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": UPLOAD_BYTES_A_SECOND},
    )
    newcomer.send_file(content, f"TikTok_Data_{BEFORE}.json")
    network.detach()
    assert len(set(shown["Sending the file"])) >= 3, "the bar of the upload does not move"

    page.get_by_role("button", name="Import it").click()
    number = re.search(r"/imports/([\w-]+)", page.url)
    assert number
    worker = stack.child("jobs.worker imports")
    done = await_rows(newcomer, number[1])
    os.kill(worker, signal.SIGKILL)
    assert 0 < done < FOLLOWERS, "it was not in the middle"
    until(lambda: stack.child("jobs.worker imports") not in (0, worker))

    expect(page.get_by_text("The import is done")).to_be_visible(timeout=90_000)
    assert len(set(shown["Writing"])) >= 2, "the bar of the import does not move"
    page.get_by_role("link", name="To the followers").click()
    expect(page.get_by_text("400,000 people")).to_be_visible()
    answer = page.request.get("/api/followers/?page_size=1").json()
    assert answer["count"] == FOLLOWERS
    text = page.request.get("/audience/followers.csv").text()
    listed = [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    assert len(listed) == FOLLOWERS
    assert set(listed) == names


def await_rows(visitor: Visitor, import_id: str) -> int:
    """Wait until the commit has written some rows; return how many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = visitor.page.request.get(f"/api/imports/{import_id}/").json()
        assert state["state"] in ("ready", "committing"), state
        progress = state["progress"]
        if progress and progress["step"] == "writing" and progress["done"] >= FOLLOWERS // 10:
            return int(progress["done"])
        visitor.page.wait_for_timeout(30)
    raise AssertionError("the commit does not begin")
