"""Kill parts of the app at random moments of an import, within what its supervisor endures."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from tests.faults.stack import DEATH_WINDOW, DEATHS_ALLOWED, FaultStack, Part
from webapp.models import Job, JobState

_WEIGHTS = {
    Part.WORKER_TREE: 50,
    Part.HORSE: 12,
    Part.PARSER: 10,
    Part.WORKER_PARENT: 8,
    Part.WEB: 6,
    Part.SUPERVISOR: 6,
    Part.SCHEDULER: 4,
    Part.GENERAL_WORKER: 4,
}
# Those with which the job that is under way dies.
_WITH_JOB = (Part.WORKER_TREE, Part.HORSE, Part.PARSER, Part.WORKER_PARENT, Part.SUPERVISOR, Part.GENERAL_WORKER)
_DEATH_OF = {
    Part.WORKER_TREE: Part.WORKER_PARENT,
    Part.WORKER_PARENT: Part.WORKER_PARENT,
    Part.WEB: Part.WEB,
    Part.SCHEDULER: Part.SCHEDULER,
    Part.GENERAL_WORKER: Part.GENERAL_WORKER,
}


@dataclass(slots=True)
class Kill:
    """One kill: what was meant, what was hit, and how long until the work went on and was done."""

    at: float
    part: Part
    hit: Part | None = None
    killed_at: float = 0.0
    before: tuple[int, int] = (0, 0)
    resumed: float | None = None
    done: float | None = None

    def __str__(self) -> str:
        return f"{self.part} at {self.at:.3f} s" + ("" if self.hit in (None, self.part) else f" (hit the {self.hit})")


def plan_kills(rng: random.Random, duration: float, most: int = 3) -> list[Kill]:
    """Return one to ``most`` kills at uniform times from the start of an import to a little after its end."""
    count = rng.randint(1, max(1, most))
    times = sorted(rng.uniform(0, 1.2 * duration) for _ in range(count))
    parts = rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=count)
    return [Kill(at, part) for at, part in zip(times, parts, strict=True)]


@dataclass
class Nemesis:
    """Remembers whom it killed when, so that no part dies oftener than an app that is well can bear."""

    stack: FaultStack
    deaths: dict[Part, list[float]] = field(default_factory=dict)
    hits: Counter[Part] = field(default_factory=Counter)

    def strike(self, kill: Kill) -> bool:
        """Kill and return whether it was done; a job on its last try is spared, because it would be given up."""
        if kill.part in _WITH_JOB and self._on_last_try():
            return False
        part = kill.part
        if part in (Part.HORSE, Part.PARSER) and not self.stack.pids(part):
            part = Part.WORKER_TREE
        if self._is_worn(part):
            part = Part.SUPERVISOR
        kill.before = progress(self.stack)
        kill.killed_at = time.monotonic()
        if not self.stack.kill(part):
            return False
        kill.hit = part
        self.hits[part] += 1
        if part is Part.SUPERVISOR:
            # As a service manager would; its children's deaths are forgotten with it.
            self.deaths.clear()
            self.stack.start()
        elif part in _DEATH_OF:
            self.deaths.setdefault(_DEATH_OF[part], []).append(kill.killed_at)
        return True

    def _is_worn(self, part: Part) -> bool:
        if part not in _DEATH_OF:
            return False
        recent = [at for at in self.deaths.get(_DEATH_OF[part], ()) if time.monotonic() - at < DEATH_WINDOW]
        # One less than is allowed: the pause before the next start doubles with each.
        return len(recent) >= DEATHS_ALLOWED - 1

    def _on_last_try(self) -> bool:
        with self.stack.engine.connect() as connection:
            runs_last = (Job.state == JobState.RUNNING) & (Job.attempts >= Job.max_attempts)
            # It may begin its last try at this moment.
            waits_for_last = (Job.state == JobState.QUEUED) & (Job.attempts >= Job.max_attempts - 1)
            return connection.scalar(select(Job.id).where(runs_last | waits_for_last).limit(1)) is not None


def progress(stack: FaultStack) -> tuple[int, int]:
    """Return how often jobs were begun and how many have ended: either goes up when work goes on."""
    with stack.engine.connect() as connection:
        rows = connection.execute(select(Job.attempts, Job.state)).all()
    ended = sum(row.state not in (JobState.QUEUED, JobState.RUNNING) for row in rows)
    return sum(row.attempts for row in rows), ended
