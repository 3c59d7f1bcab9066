"""A large file through the browser: what its bars show, what the web process grows by, what other pages cost.

Run as ``python -m benchmarks --only upload``. Needs Chromium and the packages of the browser tests.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lab import FIRST_AT, SECOND_AT, Lab, history_of
from benchmarks.measure import Goal, Line, Of, Unit, median, p95
from benchmarks.processes import MemoryPeaks, family, lines_of, started, watched_memory
from benchmarks.servers import Server, free_port
from webapp.importers.synthetic import export_name, write_export

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = ("/dashboard", "/audience/followers", "/imports")
SETTLED = 20_000
OWNER = "uploaded.account"
# At rest is measured before, between and after, so that a machine that changes meanwhile does not speak for us.
_IDLE_SECONDS = 10
_FEWEST_SAMPLES = 5
# The browser starts, a page is read by a person: nothing that is measured.
_APART = "between"
_WORK_MS = 900_000
# A fast line at home, for the second file; the first comes as fast as this machine takes it.
_SLOW_BYTES_A_SECOND = 10_000_000
_PHASE_PAUSE = 0.05
_MEMORY_PAUSE = 0.2
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_WATCH_BARS = """
new MutationObserver(() => {
  for (const bar of document.querySelectorAll("progress[value]"))
    window.barShown(bar.getAttribute("aria-label"), bar.value / bar.max);
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["value", "max"] });
"""


@dataclass(slots=True)
class Watch:
    """What was seen: (second, phase) changes, (second, page, ms) answers, and the values of each bar."""

    phases: list[tuple[float, str]] = field(default_factory=list)
    answers: list[tuple[float, str, float]] = field(default_factory=list)
    bars: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    prefix: str = ""

    def enter(self, phase: str) -> None:
        """Note that something else is going on from now on."""
        if not self.phases or self.phases[-1][1] != phase:
            self.phases.append((time.time(), phase))

    def show(self, label: str, share: float) -> None:
        """Note what a bar shows."""
        values = self.bars[f"{self.prefix}, “{label}”"]
        if not values or values[-1] != share:
            values.append(share)

    def phase_at(self, second: float) -> str:
        """Return what was going on at a moment."""
        return next((phase for since, phase in reversed(self.phases) if since <= second), "")


def upload(lab: Lab) -> list[Line]:
    """Send a first export and next month's through the page of imports, and watch everything else meanwhile."""
    settled = Lab(lab.folder / "upload", min(SETTLED, lab.size))
    assert settled.first_import  # nosec B101: the other pages show an account of ordinary size
    assert settled.follow_up  # nosec B101
    files = [_json_export(lab, month) for month in (0, 1)]
    watch = Watch()
    with (
        _running_app(settled) as server,
        _watched_answers(server, watch),
        _watched_phases(settled.database, watch) as idle,
    ):
        web = _web_workers(server.pid)
        _rest(watch)
        with watched_memory(*web, pause=_MEMORY_PAUSE) as peaks:
            before = dict(peaks.by_process)
            _send_all(server, lab.folder, files, watch, idle)
    return [*_bars(watch), _growth(before, peaks), *_latencies(watch)]


def _send_all(server: Server, folder: Path, files: list[Path], watch: Watch, idle: Callable[[], bool]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_patient_chromium(folder), args=_FLAGS)
        context = browser.new_context(base_url=f"http://127.0.0.1:{server.port}", locale="en-GB")
        name, _, token = server.cookie.partition("=")
        context.add_cookies([{"name": name, "value": token, "url": f"http://127.0.0.1:{server.port}"}])
        page = context.new_page()
        page.set_default_timeout(_WORK_MS)
        page.expose_function("barShown", lambda label, share: watch.show(label, share))
        page.add_init_script(_WATCH_BARS)
        for file, kind, speed in zip(
            files, ("first file", "next month’s file"), (-1, _SLOW_BYTES_A_SECOND), strict=True
        ):
            watch.prefix = kind
            _send(page, file, watch, kind, speed)
            while not idle():
                page.wait_for_timeout(100)
            page.goto("about:blank")
            _rest(watch)
        browser.close()


def _rest(watch: Watch) -> None:
    watch.enter("idle")
    time.sleep(_IDLE_SECONDS)
    watch.enter(_APART)


def _send(page: Page, file: Path, watch: Watch, kind: str, speed: int) -> None:
    page.goto("/imports")
    network = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed}
    network.send("Network.emulateNetworkConditions", conditions)
    watch.enter(f"{kind}: sending")
    page.get_by_label("Drop your TikTok export here").set_input_files(file)
    page.wait_for_url(re.compile(r"/imports/[\w-]{8,}"))
    network.detach()
    page.get_by_role("button", name="Import it").click()
    page.get_by_text("The import is done").wait_for()


def _json_export(lab: Lab, month: int) -> Path:
    """Return an export as a plain JSON document: more to send and to receive than a ZIP of it."""
    archive = lab.folder / f"{OWNER}{month}" / export_name((FIRST_AT, SECOND_AT)[month])
    archive.parent.mkdir()
    with archive.open("wb") as target:
        write_export(target, history_of(lab.size, month, OWNER), (FIRST_AT, SECOND_AT)[month], 1)
    document = lab.plain(archive)
    archive.unlink()
    return document


@contextmanager
def _running_app(lab: Lab) -> Iterator[Server]:
    """Run everything as the supervisor does, on the lab's instance."""
    port = free_port()
    environment = {**lab.environment, "APP_ENV": "development", "PORT": str(port)}
    with started("jobs.supervisor", environment=environment, is_heard=False) as process:
        server = Server(process.pid, port, f"s={lab.sign_in()}")
        server.await_answer("/readyz")
        for path in PAGES:
            server.get(path)
        yield server


@contextmanager
def _watched_answers(server: Server, watch: Watch) -> Iterator[None]:
    """Ask for the other pages all the time, from a process of its own."""
    with started("benchmarks.latency", str(server.port), server.cookie, *PAGES) as process:

        def read() -> None:
            for said in lines_of(process):
                if said["status"] == 200:
                    watch.answers.append((said["at"], said["path"], said["ms"]))

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        yield
        process.terminate()
        reader.join()


@contextmanager
def _watched_phases(database: Path, watch: Watch) -> Iterator[Callable[[], bool]]:
    """Note which job is at which step; what is yielded tells whether nothing is left to do."""
    done = threading.Event()
    busy = threading.Event()

    def look() -> None:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)
        sql = "SELECT kind, step, state FROM job WHERE state IN ('queued', 'running') ORDER BY state DESC, created_at"
        while not done.wait(_PHASE_PAUSE):
            with suppress(sqlite3.OperationalError):
                found = connection.execute(sql).fetchone()
                (busy.set if found else busy.clear)()
                # The scheduler plans jobs of its own, which are no part of an upload.
                if found and watch.prefix:
                    watch.enter(f"{watch.prefix}: {found[0]} {found[1] or 'starting'}")
                elif not found and watch.phases and not watch.phases[-1][1].endswith(("idle", "sending")):
                    watch.enter(_APART)
        connection.close()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: not busy.is_set()
    finally:
        done.set()
        thread.join()


def _web_workers(supervisor: int) -> list[int]:
    """Return the processes that answer pages: the children of gunicorn."""
    found = []
    for pid in family(supervisor):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"gunicorn" in command:
            found.append(pid)
    return found[1:]


def _bars(watch: Watch) -> list[Line]:
    """Return how many values each bar showed; two are a bar that moves."""
    # The page asks once a second, so a step of a moment shows one.
    goal = Goal(2, is_least=True)
    return [
        Line("upload", f"values shown: {label}", Unit.COUNT, len(set(values)), None, goal)
        for label, values in watch.bars.items()
    ]


def _growth(before: dict[int, float], peaks: MemoryPeaks) -> Line:
    """Return what the web process that grew most grew by."""
    growth = max(size - before.get(pid, 0.0) for pid, size in peaks.by_process.items())
    return Line("upload", "growth of a web process (PSS)", Unit.MEGABYTES, growth, None, Goal(50))


def _latencies(watch: Watch) -> list[Line]:
    """Return the median and the 95th percentile of every page in every phase, against the same page at rest."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for at, path, took in watch.answers:
        found[watch.phase_at(at), path].append(took)
    lines = []
    for (phase, path), times in found.items():
        idle = found.get(("idle", path), [])
        if phase in ("", "idle", _APART) or len(times) < _FEWEST_SAMPLES or not idle:
            continue
        for name, figure in (("median", median), ("p95", p95)):
            work = f"{phase}, {path}, {name}"
            lines.append(Line("upload", work, Unit.MILLISECONDS, figure(times), figure(idle), Goal(2, Of.RATIO)))
    return lines


def _patient_chromium(folder: Path) -> Path:
    """Return a program that runs the browser at low priority, as if it were on another machine."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("Chromium is not there: install it, and have it in PATH")
    program = folder / "chromium"
    # Linux may share the processor out by session first, where only the priority of the session counts.
    program.write_text(
        f'#!/bin/sh\n{{ echo 10 > /proc/self/autogroup; }} 2>/dev/null\nexec nice -n 10 "{found}" "$@"\n'
    )
    program.chmod(0o700)
    return program
