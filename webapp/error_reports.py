"""Reports of faults to Sentry, only where SENTRY_DSN names a project: types, frames and numbers, no value of anybody.

What leaves is listed here name by name, so that a newer library cannot send more than was looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from webapp import __version__, logs

if TYPE_CHECKING:
    from config import Settings

_KEPT: Final = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "transaction", "sdk")
_KEPT_OF_FRAME: Final = ("filename", "function", "module", "lineno", "in_app")
_TAGS: Final = ("request_id", "job_id", "job_kind", "import_id", "route")
_FLUSH_SECONDS: Final = 2


def start(settings: Settings) -> None:
    """Have this process report its faults, where SENTRY_DSN asks for it."""
    if settings.sentry_dsn is None:
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.flask import FlaskIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.integrations.rq import RqIntegration
    from sentry_sdk.integrations.sqlalchemy import SqlalchemyIntegration

    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        release=f"tiktok-analytics@{__version__}",
        environment=settings.app_env.value,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=lambda _pending, _timeout: None),
            DedupeIntegration(),
            ExcepthookIntegration(),
            FlaskIntegration(transaction_style="url"),
            # Faults that we answer ourselves reach the log as errors, and from there the report.
            LoggingIntegration(level=None, event_level=logging.ERROR, sentry_logs_level=None),
            RqIntegration(),
            SqlalchemyIntegration(),
        ],
        before_send=_noted(_note_path(settings)),
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        trace_propagation_targets=[],
        server_name="",
        shutdown_timeout=_FLUSH_SECONDS,
    )


def last_sent_at(settings: Settings) -> datetime | None:
    """Return when a report last left, ``None`` when none did."""
    try:
        return datetime.fromtimestamp(_note_path(settings).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _note_path(settings: Settings) -> Path:
    # A file, because a report is often about a database that is away.
    return settings.instance_path / "last_error_report"


def _noted(path: Path) -> Callable[[Any, dict[str, Any]], Any]:
    def note_and_strip(event: Any, hint: dict[str, Any]) -> Any:
        with suppress(OSError):
            path.touch()
        return _strip(event, hint)

    return note_and_strip


def _strip(event: Any, hint: dict[str, Any]) -> Any:
    """Return of an event what may leave: the kinds of errors and where they passed, and our own numbers."""
    found = logs.current()
    kept = {name: event[name] for name in _KEPT if event.get(name)}
    kept["tags"] = {name: str(found[name]) for name in _TAGS if found.get(name) is not None}
    if "user_id" in found:
        kept["user"] = {"id": str(found["user_id"])}
    if "method" in found:
        kept["request"] = {"method": found["method"]}
    sentence = event.get("logentry", {}).get("message")
    if sentence:  # without what was put into it
        kept["logentry"] = {"message": sentence}
    errors = event.get("exception", {}).get("values", [])
    if errors:
        kept["exception"] = {"values": [_strip_error(error) for error in errors]}
        exc_info = hint.get("exc_info")
        if exc_info:
            kept["exception"]["values"][-1]["value"] = logs.explain(exc_info[1]) or ""
    return kept


def _strip_error(error: dict[str, Any]) -> dict[str, Any]:
    frames = error.get("stacktrace", {}).get("frames", [])
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "mechanism": {"type": "generic", "handled": bool(error.get("mechanism", {}).get("handled", True))},
        "stacktrace": {
            "frames": [{name: frame[name] for name in _KEPT_OF_FRAME if name in frame} for frame in frames],
        },
    }
