"""Figures for Prometheus: what each process counts, in files that jobs/metrics_server.py adds up.

Nothing of it is imported and nothing is counted while METRICS_ADDRESS is unset. Every process takes a number that no
other living one has and goes on with the files of the one that had it before, so that a worker's forked children,
one a job, leave as many files as run at the same time.
"""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from config import name_metrics_directory

if TYPE_CHECKING:
    from config import Settings

logger = logging.getLogger(__name__)

# Written out beforehand: a page of a mapped file that finds no room on the disk would end the process.
_FILE_BYTES: Final = 512 * 1024
_PREFIXES: Final = ("counter", "histogram", "gauge_max")


class MeasureType(StrEnum):
    """How a figure behaves."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: its name with its unit, its labels, and what it says."""

    name: str
    type: MeasureType
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SLOW = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_RATES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)

REQUESTS = Measure(
    "http_requests_total",
    MeasureType.COUNTER,
    ("method", "route", "status"),
    "Requests answered, by method, route pattern and class of status (`2xx` ...).",
)
REQUEST_SECONDS = Measure(
    "http_request_duration_seconds",
    MeasureType.HISTOGRAM,
    ("route",),
    "Seconds from a request's arrival to the last byte of its answer.",
    _FAST,
)
RATE_LIMITED = Measure("rate_limited_total", MeasureType.COUNTER, ("route",), "Requests refused by a rate limit.")
RING_FAILURES = Measure(
    "queue_ring_failures_total",
    MeasureType.COUNTER,
    ("queue",),
    "Rings that the queue server did not hear; the reconciler rings again.",
)
JOBS_ENDED = Measure(
    "jobs_ended_total", MeasureType.COUNTER, ("kind", "state"), "Jobs that ended `done`, `failed` or `cancelled`."
)
JOB_SECONDS = Measure(
    "job_duration_seconds", MeasureType.HISTOGRAM, ("kind",), "Seconds of one try of a job, however it went.", _SLOW
)
JOB_WAIT_SECONDS = Measure(
    "job_wait_seconds", MeasureType.HISTOGRAM, ("kind",), "Seconds a job was due before its first try began.", _SLOW
)
IMPORT_ROWS = Measure(
    "import_rows_total", MeasureType.COUNTER, ("section",), "Rows of imports that were committed, by section."
)
IMPORT_RATE = Measure(
    "import_rows_per_second",
    MeasureType.HISTOGRAM,
    (),
    "Rows a second that a committed import was written with.",
    _RATES,
)
IMPORT_BYTES = Measure("import_bytes_total", MeasureType.COUNTER, (), "Bytes of uploaded files that were read.")
PARSER_DEATHS = Measure(
    "parser_deaths_total",
    MeasureType.COUNTER,
    ("cause",),
    "Parser processes that ended without a word: `crash` or `timeout`.",
)
SCHEDULER_LOOK = Measure(
    "scheduler_last_look_timestamp_seconds",
    MeasureType.GAUGE,
    (),
    "Unix time at which the scheduler last looked for work without a fault.",
)

# Read when they are asked for, by jobs/metrics_server.py.
JOBS = Measure(
    "jobs", MeasureType.GAUGE, ("kind", "state"), "Jobs in the database; each state is counted up to 10,000."
)
QUEUE_AGE = Measure(
    "queue_age_seconds",
    MeasureType.GAUGE,
    ("queue",),
    "Seconds that the job waiting longest has been due; 0 when none waits.",
)
EXPIRED_LEASES = Measure(
    "jobs_lease_expired",
    MeasureType.GAUGE,
    (),
    "Running jobs whose worker gave no sign of life for LEASE_SECONDS.",
)
IMPORTS = Measure("imports", MeasureType.GAUGE, ("state",), "Imports by state, of the newest 10,000.")
DATABASE_UP = Measure("database_up", MeasureType.GAUGE, (), "1 when the database answered this scrape, else 0.")
DISK_FREE = Measure("disk_free_bytes", MeasureType.GAUGE, (), "Free bytes on the disk of INSTANCE_PATH.")

MEASURES: Final = (
    REQUESTS,
    REQUEST_SECONDS,
    RATE_LIMITED,
    RING_FAILURES,
    JOBS_ENDED,
    JOB_SECONDS,
    JOB_WAIT_SECONDS,
    IMPORT_ROWS,
    IMPORT_RATE,
    IMPORT_BYTES,
    PARSER_DEATHS,
    SCHEDULER_LOOK,
)
FIGURES: Final = (JOBS, QUEUE_AGE, EXPIRED_LEASES, IMPORTS, DATABASE_UP, DISK_FREE)

_meters: dict[str, Any] = {}


class _Slot:
    """The number of this process, held by a lock that ends with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owner = 0
        self._number = ""
        self._lock = -1

    def __call__(self) -> str:
        if self._owner != os.getpid():
            self._take()
        return self._number

    def _take(self) -> None:
        """Take the lowest number that is free; raise OSError where its files find no room."""
        if self._lock >= 0:
            os.close(self._lock)  # the parent's, which keeps it
            self._lock = -1
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in itertools.count():
            descriptor = os.open(self._folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                os.close(descriptor)
        self._lock, self._owner, self._number = descriptor, os.getpid(), str(number)
        for prefix in _PREFIXES:
            path = self._folder / f"{prefix}_{number}.db"
            if not path.exists():
                draft = path.with_suffix(".part")
                draft.write_bytes(bytes(_FILE_BYTES))
                draft.replace(path)


def start(settings: Settings) -> None:
    """Have this process and those it forks count, where METRICS_ADDRESS asks for it."""
    if settings.metrics_address is None or _meters:
        return
    name_metrics_directory(settings.metrics_directory)
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

    registry = CollectorRegistry()
    try:
        # Chosen before the first meter is made; it looks at the number again with every count.
        values.ValueClass = values.MultiProcessValue(_Slot(settings.metrics_directory))  # type: ignore[no-untyped-call]
        for measure in MEASURES:
            base = (measure.name, measure.meaning, measure.labels)
            match measure.type:
                case MeasureType.COUNTER:
                    _meters[measure.name] = Counter(*base, registry=registry)
                case MeasureType.HISTOGRAM:
                    _meters[measure.name] = Histogram(*base, buckets=measure.buckets, registry=registry)
                case MeasureType.GAUGE:
                    _meters[measure.name] = Gauge(*base, registry=registry, multiprocess_mode="max")
    except OSError as error:
        _give_up(error)


def forget(settings: Settings) -> None:
    """Delete what was counted before; for the supervisor, before it starts any process that counts."""
    shutil.rmtree(settings.metrics_directory, ignore_errors=True)


def stop() -> None:
    """Count no more."""
    _meters.clear()


def count(measure: Measure, *labels: str, amount: float = 1) -> None:
    """Add to a counter."""
    _tell(measure, labels, "inc", amount)


def observe(measure: Measure, value: float, *labels: str) -> None:
    """Add one value to a histogram."""
    _tell(measure, labels, "observe", value)


@contextmanager
def timed(measure: Measure, *labels: str) -> Iterator[None]:
    """Add to a histogram the seconds that the work inside took, however it ends."""
    started = time.monotonic()
    try:
        yield
    finally:
        observe(measure, time.monotonic() - started, *labels)


def stamp(measure: Measure) -> None:
    """Set a gauge to the present time."""
    _tell(measure, (), "set_to_current_time")


def _tell(measure: Measure, labels: tuple[str, ...], action: str, *values: float) -> None:
    meter = _meters.get(measure.name)
    if meter is None:
        return
    try:
        getattr(meter.labels(*labels) if labels else meter, action)(*values)
    except (OSError, ValueError, RuntimeError) as error:
        _give_up(error)


def _give_up(error: Exception) -> None:
    """Go on without figures: they are never a reason to fail the work that they count."""
    stop()
    logger.warning("this process counts no more (%s)", type(error).__name__)
