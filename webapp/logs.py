"""One log line for one thing that happened: what it belongs to, and nothing that is a secret or somebody's name.

The line's fields are the ones named here. The text of an exception is left out, because libraries put values into it
(parameters of a statement, bytes of a file); its type, our code for it and its frames are what is logged.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar, cast

from config import ROOT, AppEnv, LogFormat, LogLevel
from webapp.domain.errors import AppError

if TYPE_CHECKING:
    from config import Settings

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
Context = dict[str, object]

FIELDS: Final = (
    "request_id",
    "job_id",
    "job_kind",
    "import_id",
    "user_id",
    "team_id",
    "method",
    "route",
    "status",
    "duration_ms",
)

# Ours and the web server's; other libraries speak of statements, keys and addresses below a warning.
_HEARD: Final = ("webapp", "jobs", "__main__", "gunicorn", "py.warnings", "uncaught")
# RQ tells of every ring it answers, and sets its worker's level itself; the line of the job says more.
_HEARD_WHEN_DEBUGGING: Final = ("rq", "rq.worker")
# Their messages go on with a traceback, or with what a stranger sent.
_FIRST_LINE_ONLY: Final = ("rq", "gunicorn")
# Whatever ends a line, moves the cursor, or turns the reading direction.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_MOST_FRAMES: Final = 40
_MOST_CAUSES: Final = 5

_context: ContextVar[Context | None] = ContextVar("log_context", default=None)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Name what everything logged inside belongs to."""
    previous = _context.get()
    _context.set({**(previous or {}), **fields})
    try:
        yield
    finally:
        _context.set(previous)


def begin(**fields: object) -> None:
    """Begin a context of these fields alone; ``end`` ends it."""
    _context.set(fields)


def end() -> None:
    """Leave every context."""
    _context.set(None)


def note(**fields: object) -> None:
    """Add to the running context what became known meanwhile; outside of one it is forgotten."""
    found = _context.get()
    if found is not None:
        found.update(fields)


def names_job(run: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    """Have everything logged by a function, whose first argument is a job's id, belong to that job."""

    @wraps(run)
    def named(job_id: str, /, *arguments: P.args, **options: P.kwargs) -> R:
        with bound(job_id=job_id):
            started = time.monotonic()
            state = run(job_id, *arguments, **options)
            spent = round((time.monotonic() - started) * 1000, 1)
            logger.info("a try ended: %s", state or "the job was not to be had", extra={"duration_ms": spent})
            return state

    return cast("Callable[Concatenate[str, P], R]", named)


def current() -> Mapping[str, object]:
    """Return the fields of the running context."""
    return _context.get() or {}


def printable(text: str) -> str:
    """Return a text that stays on its line, whatever it holds."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def explain(error: BaseException) -> str | None:
    """Return what may be said of an error beside its type: a code, never a value."""
    if isinstance(error, AppError):
        return error.code.value
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    original = getattr(error, "orig", error)  # SQLAlchemy's errors carry the driver's
    code = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None)
    return code if isinstance(code, str) else None


def frames_of(trace: TracebackType | None) -> list[str]:
    """Return where an error passed, the innermost last, without the values that were there."""
    found = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in found]


def _short(file_name: str) -> str:
    _, library, rest = file_name.rpartition("/site-packages/")
    if library:
        return rest
    path = Path(file_name)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen and len(seen) < _MOST_CAUSES:
        seen.append(following)
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


class _Formatter(logging.Formatter):
    """What both ways of writing a line share."""

    def __init__(self, *, shows_values: bool) -> None:
        super().__init__()
        self._shows_values = shows_values

    def fields(self, record: logging.LogRecord) -> Context:
        """Return what the line belongs to: its own fields before those of the context."""
        found = {**current(), **record.__dict__}
        return {name: found[name] for name in FIELDS if found.get(name) is not None}

    def message(self, record: logging.LogRecord) -> str:
        """Return the record's sentence; an error that is a part of it is named, not quoted."""
        text, args = str(self._named(record.msg)), record.args
        if isinstance(args, tuple):
            args = tuple(self._named(value) for value in args)
        if args:
            text %= args
        if record.name.partition(".")[0] in _FIRST_LINE_ONLY:
            text = text.partition("\n")[0]
        return text

    def _named(self, value: object) -> object:
        if self._shows_values or not isinstance(value, BaseException):
            return value
        detail = explain(value)
        return f"{type(value).__name__} ({detail})" if detail else type(value).__name__

    def errors(self, record: logging.LogRecord) -> list[dict[str, object]]:
        """Return the record's exception and what led to it, the last one first."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        return [self._error(link) for link in _chain(error)] if error is not None else []

    def _error(self, error: BaseException) -> dict[str, object]:
        kind = type(error)
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        found: dict[str, object] = {"type": f"{module}{kind.__qualname__}"}
        detail = str(error) if self._shows_values else explain(error)
        if detail:
            found["detail"] = detail
        found["frames"] = frames_of(error.__traceback__)
        return found


class JsonFormatter(_Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, in ASCII: whatever is not is escaped."""
        entry: Context = {
            "time": time_of(record.created),
            "level": record.levelname.lower(),
            "logger": _name_of(record),
            "message": self.message(record),
            **self.fields(record),
        }
        errors = self.errors(record)
        if errors:
            entry["exception"] = errors
        return json.dumps(entry, default=str)


class TextFormatter(_Formatter):
    """One line for people; the frames of an exception stand below it, each further in."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the lines of its exception."""
        fields = "".join(f" {name}={value}" for name, value in self.fields(record).items())
        head = f"{time_of(record.created)} {record.levelname.lower()} {_name_of(record)}: "
        lines = [printable(head + self.message(record) + fields)]
        for error in self.errors(record):
            detail = f" ({error['detail']})" if "detail" in error else ""
            lines.append(printable(f"  {error['type']}{detail}"))
            frames = error["frames"]
            lines += [printable(f"    {frame}") for frame in frames] if isinstance(frames, list) else []
        return "\n".join(lines)


def _name_of(record: logging.LogRecord) -> str:
    if record.name != "__main__":
        return record.name
    spec = getattr(sys.modules["__main__"], "__spec__", None)  # of a module run by `python -m`
    return spec.name if spec else record.name


def time_of(seconds: float) -> str:
    """Return a Unix time as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_formatter(settings: Settings) -> logging.Formatter:
    """Return the formatter that the settings ask for."""
    # Values of exceptions are for the one who wrote the data.
    shows_values = settings.app_env is AppEnv.DEVELOPMENT and settings.log_level is LogLevel.DEBUG
    kind = JsonFormatter if settings.log_format is LogFormat.JSON else TextFormatter
    return kind(shows_values=shows_values)


def configure(settings: Settings) -> None:
    """Write all log lines of this process to standard error, in one form; a second call changes nothing more."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(make_formatter(settings))
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    for name in _HEARD:
        logging.getLogger(name).setLevel(settings.log_level.upper())
    quiet = logging.NOTSET if settings.log_level is not LogLevel.DEBUG else logging.DEBUG
    for name in _HEARD_WHEN_DEBUGGING:
        logging.getLogger(name).setLevel(quiet)
    logging.captureWarnings(True)


def catch_uncaught() -> None:
    """Have what ends a process or a thread logged like everything else."""
    logger = logging.getLogger("uncaught")

    def log_death(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            logger.critical("the process ends", exc_info=(kind, error, trace))

    def log_thread(death: threading.ExceptHookArgs) -> None:
        if death.exc_value is not None:
            logger.error("a thread ended", exc_info=(death.exc_type, death.exc_value, death.exc_traceback))

    sys.excepthook = log_death
    threading.excepthook = log_thread


def say(sentence: str, logger: str) -> None:
    """Tell the person who started the app something that is no fault, whatever the level, on standard output.

    A program that reads the logs gets it in their form; a person gets the sentence alone.
    """
    formatter = logging.root.handlers[0].formatter if logging.root.handlers else None
    if isinstance(formatter, JsonFormatter):
        sentence = formatter.format(logging.LogRecord(logger, logging.INFO, "", 0, sentence, None, None))
    print(sentence, flush=True)
