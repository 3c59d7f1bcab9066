"""Import, kill, wait, compare; and count what was lost, what was doubled, and how long it took to recover."""

from __future__ import annotations

import http.client
import random
import statistics
import threading
import time
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select

from tests.faults import leftovers, oracle
from tests.faults.exports import Size, Upload, make_pair
from tests.faults.nemesis import Kill, Nemesis, plan_kills, progress
from tests.faults.stack import FaultStack
from tests.faults.watcher import Watcher, totals
from tests.processes import until
from webapp.models import ImportRun

_TICK = 0.02
_ASK_AGAIN = 0.2
# As long as the others, because sizes of files are compared too.
GOLDEN = "disturbed.0000"
_AWAY = (urllib.error.URLError, http.client.HTTPException, OSError)


@dataclass
class Figures:
    """What a campaign found."""

    database: str
    seed: int
    kills: list[Kill] = field(default_factory=list)
    imports: int = 0
    looks: int = 0
    lost: int = 0
    doubled: int = 0

    def line(self) -> str:
        """Return the figures as one line of a table."""
        resumed = [kill.resumed for kill in self.kills if kill.resumed is not None]
        done = [kill.done for kill in self.kills if kill.done is not None]
        return (
            f"{self.database:34} seed {self.seed:<6} {len(self.kills):4} kills in {self.imports:4} imports,"
            f" {self.looks:6} looks, lost {self.lost}, doubled {self.doubled},"
            f" work resumed after median {_median(resumed)} max {_most(resumed)} s,"
            f" import done after median {_median(done)} max {_most(done)} s"
        )


def _median(numbers: list[float]) -> str:
    return f"{statistics.median(numbers):.1f}" if numbers else "-"


def _most(numbers: list[float]) -> str:
    return f"{max(numbers):.1f}" if numbers else "-"


class Campaign:
    """A series of disturbed imports on one running app, each into an account of its own."""

    def __init__(self, stack: FaultStack, database: str, seed: int, size: Size | None = None) -> None:
        self.stack, self.seed, self.size = stack, seed, size
        self.rng = random.Random(seed)
        self.nemesis = Nemesis(stack)
        self.figures = Figures(database, seed)
        self.acknowledged: set[str] = set()
        self.patience = 20.0 + 4 * stack.settings.lease_seconds
        self.golden: list[oracle.Rows] = []
        self.durations: list[float] = []

    def rehearse(self) -> None:
        """Import both files undisturbed: what the others are compared with, and how long it takes."""
        for upload in make_pair(self.seed, GOLDEN, self.size):
            began = time.monotonic()
            self.follow(upload, GOLDEN, [], began)
            self.durations.append(time.monotonic() - began)
            self.settle()
            self.golden.append(oracle.account_rows(self.stack.engine, GOLDEN))
            seen = totals(self.stack, GOLDEN)
            posts = len(self.golden[-1]["post"])
            wanted = upload.totals
            assert (seen.followers, seen.following, seen.mutuals, posts) == (
                wanted.followers,
                wanted.following,
                wanted.mutuals,
                wanted.posts,
            ), f"the undisturbed import is wrong: {seen}, {posts} posts, wanted {wanted}"

    def disturb(self, kills_wanted: int) -> None:
        """Disturb import after import until as many kills are done as wanted, then look at the whole app."""
        number = 0
        while len(self.figures.kills) < kills_wanted:
            number += 1
            handle = f"disturbed.{number:04}"
            uploads = make_pair(self.seed, handle, self.size)
            for turn, upload in enumerate(uploads):
                left = kills_wanted - len(self.figures.kills)
                plan = plan_kills(self.rng, self.durations[turn], min(3, left)) if left > 0 else []
                before = uploads[0].totals if turn else None
                self.one_import(upload, handle, plan, Watcher(self.stack, handle, before, upload.totals), turn)
        self.finish()

    def one_import(self, upload: Upload, handle: str, plan: list[Kill], watcher: Watcher, turn: int) -> None:
        """Import a file while it is disturbed, and compare what there is then."""
        watcher.start()
        try:
            self.follow(upload, handle, plan, time.monotonic())
        finally:
            wrong = watcher.end()
        self.settle()
        found = oracle.account_rows(self.stack.engine, handle)
        lost, doubled = oracle.lost_and_doubled(self.golden[turn], found)
        self.figures.lost += lost
        self.figures.doubled += doubled
        self.figures.imports += 1
        self.figures.looks += watcher.looks
        seen = totals(self.stack, handle)
        if (seen.followers, seen.following, seen.mutuals) != (
            upload.totals.followers,
            upload.totals.following,
            upload.totals.mutuals,
        ):
            wrong.append(f"the API tells {seen}, wanted {upload.totals}")
        wrong += oracle.first_difference(self.golden[turn], found)
        wrong += oracle.check_rest(self.stack.engine)
        assert not wrong, self.told(wrong, handle, turn, plan)

    def finish(self) -> None:
        """Check the whole app: sums, imports, files, processes, and the database itself."""
        self.settle()
        leftovers.order_sweep(self.stack)
        self.settle()
        until(lambda: not leftovers.check_processes(self.stack), self.patience)
        wrong = [
            *oracle.check_sums(self.stack.engine),
            *oracle.check_imports(self.stack.engine, self.acknowledged),
            *oracle.check_rest(self.stack.engine),
            *leftovers.check_files(self.stack),
            *oracle.check_integrity(self.stack.engine),
        ]
        assert not wrong, self.told(wrong, "the whole app", 0, [])

    def told(self, wrong: list[str], handle: str, turn: int, plan: list[Kill]) -> str:
        """Return what is wrong with all that is needed to see it again."""
        kills = ", ".join(str(kill) for kill in plan) or "none"
        which = ("first", "second")[turn]
        return (
            f"--seed {self.seed}, {self.figures.database}, {handle}, {which} import; kills: {kills}\n"
            + "\n".join(wrong)
            + f"\n{self.stack.output[-2000:]}"
        )

    def follow(self, upload: Upload, handle: str, plan: list[Kill], began: float) -> None:
        """Send a file, have it committed and wait for the end, killing at the planned moments."""
        waiting = list(plan)
        last_id = self._newest_import()
        number: str | None = None
        asked_at, state = 0.0, ""
        deadline = began + self.patience + sum(kill.at for kill in plan) + self.patience * len(plan)
        sender = _Sender(self.stack, upload)
        while not (state == "done" and not waiting):
            assert time.monotonic() < deadline, self.told([f"it stays {state or 'unsent'}"], handle, 0, plan)
            assert state not in ("failed", "cancelled", "held"), self.told([f"it ended {state}"], handle, 0, plan)
            if waiting and time.monotonic() - began >= waiting[0].at:
                kill = waiting.pop(0)
                if self.nemesis.strike(kill):
                    self.figures.kills.append(kill)
            if number is None:
                number = sender.answer() or self._look_for_import(sender, last_id)
            elif state == "ready" and time.monotonic() - asked_at > _ASK_AGAIN:
                asked_at = time.monotonic()
                _attempt(partial(self.stack.commit, number))
            if number is not None:
                state = self._state(number)
            self._measure(plan, is_done=state == "done")
            time.sleep(_TICK)
        sender.join()
        self.acknowledged.add(number or "")

    def settle(self) -> None:
        """Wait until no job is waiting or running."""
        until(lambda: oracle.active_jobs(self.stack.engine) == 0, self.patience)
        until(lambda: self.stack.healthy, self.patience)

    def _measure(self, plan: list[Kill], *, is_done: bool) -> None:
        now = time.monotonic()
        for kill in plan:
            if kill.hit is None or kill.done is not None:
                continue
            if kill.resumed is None and (is_done or progress(self.stack) != kill.before):
                kill.resumed = now - kill.killed_at
            if is_done:
                kill.done = now - kill.killed_at

    def _look_for_import(self, sender: _Sender, last_id: int) -> str | None:
        """Find out what became of an upload that got no answer: an unknown one is there or it is not."""
        if not sender.is_unknown or not self.stack.healthy:
            return None
        with self.stack.engine.connect() as connection:
            found = connection.scalars(select(ImportRun.public_id).where(ImportRun.id > last_id)).all()
        assert len(found) < 2, f"one upload made {len(found)} imports"
        if not found:
            sender.send()
        return found[0] if found else None

    def _newest_import(self) -> int:
        with self.stack.engine.connect() as connection:
            return connection.scalar(select(ImportRun.id).order_by(ImportRun.id.desc()).limit(1)) or 0

    def _state(self, number: str) -> str:
        with self.stack.engine.connect() as connection:
            return str(connection.scalar(select(ImportRun.state).where(ImportRun.public_id == number)) or "")


class _Sender:
    """Sends a file in a thread of its own, so that a kill can come in the middle of it."""

    def __init__(self, stack: FaultStack, upload: Upload) -> None:
        self._stack, self._upload = stack, upload
        self._number: str | None = None
        self._thread = threading.Thread()
        self.send()

    def send(self) -> None:
        """Send the file, or send it again."""
        self._thread = threading.Thread(target=lambda: _attempt(self._post), daemon=True)
        self._thread.start()

    def answer(self) -> str | None:
        """Return the import's number once the app has answered."""
        return self._number

    @property
    def is_unknown(self) -> bool:
        """Whether the connection broke before an answer."""
        return not self._thread.is_alive() and self._number is None

    def join(self) -> None:
        """Wait for the thread."""
        self._thread.join(60)

    def _post(self) -> None:
        self._number = self._stack.upload(self._upload.content, self._upload.name)


def _attempt(ask: Callable[[], None]) -> None:
    """Ask something of a web server that may be dead; any refusal but that it is away is a failure."""
    try:
        ask()
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.SERVICE_UNAVAILABLE:
            raise
    except _AWAY:
        return
