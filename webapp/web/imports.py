"""Imports: send a file, watch it being read, decide, and look back at those before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, g, make_response, request, url_for
from flask_babel import gettext as _

from webapp.analytics.accounts import list_accounts
from webapp.analytics.imports import ImportView, get_import_view, list_imports
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.formatting import format_count
from webapp.domain.period import instant
from webapp.domain.query import parse_number, single
from webapp.domain.scope import Permission, TeamScope
from webapp.domain.sections import PLATFORM_NAMES, SECTION_LABELS, Section, SectionState
from webapp.extensions import settings
from webapp.models import ImportOrigin, ImportState, JobState
from webapp.queue import is_away
from webapp.services import accounts, sample
from webapp.services.imports import (
    ReceivedFile,
    cancel_import,
    commit_import,
    correct_import,
    create_import,
)
from webapp.web.auth import current_actor, team_scope
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import binary_size, day_of_second, file_size, locale, moment
from webapp.web.import_texts import (
    CERTAINTY_TEXTS,
    SKIP_TEXTS,
    SOURCE_TEXTS,
    STATE_TEXTS,
    STEP_TEXTS,
    WARNING_TEXTS,
    state_badge,
)
from webapp.web.messages import text_of
from webapp.web.requests import MIB, UploadStream

blueprint = Blueprint("imports", __name__)

HISTORY_ROWS = 25


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section of a file: what was found and what a commit does, or did, with it; counts add up."""

    label: str
    state: str
    is_missing: bool
    read: str
    new: str
    unchanged: str
    gone: str
    skipped: str
    skipped_reasons: str


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One import of the history."""

    href: str
    file_name: str
    account: str | None
    at: datetime
    exported_at: str | None
    state: str
    badge: str
    summary: str


@blueprint.get("/imports")
def index() -> Response:
    """Show where to drop a file, and the imports so far."""
    return _index_page()


@blueprint.post("/imports")
def create() -> Response:
    """Take a file in."""
    scope = team_scope(Permission.IMPORT_WRITE)
    file = received_file()
    public_id = create_import(current_actor(), scope, file, ImportOrigin.WEB)
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.get("/imports/<public_id>")
def show(public_id: str) -> Response:
    """Show one import as it stands."""
    return _show_page(public_id)


@blueprint.post("/imports/<public_id>/correct")
def correct(public_id: str) -> Response:
    """Change the export time or the account, and compare anew."""
    scope = team_scope(Permission.IMPORT_WRITE)
    view = get_import_view(scope, public_id)
    typed, handle = single(request.form, "exported_at"), single(request.form, "handle")
    correct_import(
        current_actor(),
        scope,
        public_id,
        exported_at=_parse_local(typed, view.account.timezone if view.account else "UTC") if typed else None,
        handle=accounts.normalise_handle(handle) if handle else None,
    )
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.post("/imports/<public_id>/commit")
def commit(public_id: str) -> Response:
    """Write what was recognised."""
    scope = team_scope(Permission.IMPORT_WRITE)
    confirmed = single(request.form, "confirm_losses") == "yes"
    commit_import(current_actor(), scope, public_id, losses_confirmed=confirmed)
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.post("/imports/<public_id>/cancel")
def cancel(public_id: str) -> Response:
    """Stop an import and forget its file."""
    cancel_import(current_actor(), team_scope(Permission.IMPORT_WRITE), public_id)
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.get("/imports/<public_id>/shape.json")
def shape(public_id: str) -> Response:
    """Download keys, types and lengths of a file that was not recognised; no value of it."""
    view = get_import_view(team_scope(Permission.ACCOUNT_READ), public_id)
    report = (view.run.summary or {}).get("shape")
    if report is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    response = make_response(report)
    response.headers["Content-Disposition"] = f'attachment; filename="shape-{public_id}.json"'
    return response


@blueprint.post("/imports/sample")
def load_sample() -> Response:
    """Load the made-up account through the real import."""
    public_id = sample.load_sample(current_actor(), team_scope(Permission.ACCOUNT_WRITE))
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.post("/imports/sample/remove")
def remove_sample() -> Response:
    """Take the made-up account away."""
    sample.remove_sample(current_actor(), team_scope(Permission.ACCOUNT_WRITE))
    flash(_("The sample account is gone."), "success")
    return redirect_to(url_for("dashboard.show"))


def received_file() -> ReceivedFile:
    """Return the file of this request, which is on disk already; raise ``Invalid`` when there is none."""
    storage = request.files.get("file")
    streams: list[UploadStream] = g.get("upload_streams", [])
    if storage is None or not storage.filename or len(streams) != 1:
        raise Invalid(ErrorCode.UPLOAD_MISSING, field="file")
    stream = streams[0]
    stream.finish()
    return ReceivedFile(stream.path, storage.filename, stream.size, stream.sha256)


def _index_page() -> Response:
    team = team_scope(Permission.ACCOUNT_READ)
    page = ImportsPage(team, parse_number("page", single(request.args, "page"), 1, 1, 100_000))
    return render_page("imports/index.html", ("queue_note", "history"), page=page)


def _show_page(public_id: str) -> Response:
    view = get_import_view(team_scope(Permission.ACCOUNT_READ), public_id)
    return render_page("imports/show.html", ("import_run",), page=ImportPage(view))


class ImportsPage:
    """The drop zone and the history."""

    def __init__(self, team: TeamScope, number: int) -> None:
        self.team = team
        self.number = number
        self.can_import = team.allows(Permission.IMPORT_WRITE)
        self.max_bytes = settings().max_upload_mb * MIB
        self.max_text = binary_size(settings().max_upload_mb)
        self.is_queue_away = is_away(settings().queue_url)

    @cached_property
    def _found(self) -> list[ImportView]:
        return list(list_imports(self.team, HISTORY_ROWS + 1, (self.number - 1) * HISTORY_ROWS))

    @cached_property
    def history(self) -> list[HistoryRow]:
        """Return the imports of this page, newest first."""
        return [_history_row(view) for view in self._found[:HISTORY_ROWS]]

    @property
    def is_working(self) -> bool:
        """Return whether anything here will change by itself."""
        return any(view.run.state.is_working for view in self._found[:HISTORY_ROWS])

    @property
    def previous_href(self) -> str | None:
        """Return the address of newer imports."""
        return url_for("imports.index", page=self.number - 1) if self.number > 1 else None

    @property
    def next_href(self) -> str | None:
        """Return the address of older imports."""
        return url_for("imports.index", page=self.number + 1) if len(self._found) > HISTORY_ROWS else None

    @property
    def has_sample(self) -> bool:
        """Return whether the made-up account is there."""
        return any(account.is_sample for account in list_accounts(self.team))


class ImportPage:
    """One import with its steps, its sections and what can be done."""

    def __init__(self, view: ImportView) -> None:
        self.view = view
        self.run = view.run
        self.state = view.run.state
        self.timezone = view.account.timezone if view.account else "UTC"
        self.can_write = team_scope(Permission.ACCOUNT_READ).allows(Permission.IMPORT_WRITE)
        # A worker that has the job already goes on without the queue.
        self.is_queue_away = self.state.is_working and not self._is_running and is_away(settings().queue_url)

    @property
    def step(self) -> str:
        """Return the step of the way that the import is at."""
        if self.state in (ImportState.DONE, ImportState.UNDONE):
            return "done"
        if self.state is ImportState.COMMITTING:
            return "commit"
        if self.state is ImportState.RECEIVED or self.run.summary is None:
            return "recognise"
        return "preview"

    @property
    def _is_running(self) -> bool:
        return self.view.job is not None and self.view.job.state is JobState.RUNNING

    @property
    def pause_reason(self) -> str | None:
        """Return why the work was put back, while it waits for that to pass."""
        job = self.view.job
        if job is None or job.state is not JobState.QUEUED or not job.error_code:
            return None
        return text_of(job.error_code, job.error_params)

    @property
    def poll_href(self) -> str:
        """Return the address that brings this import anew without counting as a sign of life."""
        return url_for("imports.show", public_id=self.run.public_id, poll=1)

    @cached_property
    def progress(self) -> dict[str, Any]:
        """Return the bar of the work that is under way."""
        job = self.view.job
        waiting = {"label": _("Waiting for its turn"), "done": 0, "total": 0, "text": None}
        if job is None or job.state is not JobState.RUNNING:
            return waiting
        if not job.step or not job.progress_total:
            return {**waiting, "label": _(STEP_TEXTS[job.step]) if job.step else _("Starting")}
        if job.step == "reading":
            text = _("%(done)s of %(total)s", done=file_size(job.progress_done), total=file_size(job.progress_total))
        else:
            text = _(
                "%(done)s of %(total)s rows",
                done=format_count(job.progress_done, locale()),
                total=format_count(job.progress_total, locale()),
            )
        return {"label": _(STEP_TEXTS[job.step]), "done": job.progress_done, "total": job.progress_total, "text": text}

    @cached_property
    def facts(self) -> list[dict[str, str | None]]:
        """Return what was recognised."""
        run, summary = self.run, self.run.summary or {}
        facts: list[dict[str, str | None]] = [
            {"label": _("File"), "value": run.file_name, "note": file_size(run.size_bytes)}
        ]
        if run.platform:
            layout = _("layout %(name)s", name=summary.get("layout", "?"))
            facts.append({"label": _("Platform"), "value": PLATFORM_NAMES[run.platform], "note": layout})
        if run.owner:
            new = None if run.account_id else _("new account")
            facts.append({"label": _("Account"), "value": f"@{run.owner}", "note": new})
        if run.exported_at is not None and run.exported_at_source is not None:
            facts.append(
                {
                    "label": _("Exported at"),
                    "value": f"{moment(run.exported_at, self.timezone)} ({self.timezone})",
                    "note": _(SOURCE_TEXTS[run.exported_at_source]),
                }
            )
        return facts

    @cached_property
    def certainty(self) -> str | None:
        """Return how sure the export time is, in words, while it can be corrected."""
        known = (self.run.summary or {}).get("exported_at_certainty")
        return _(CERTAINTY_TEXTS[known]) if known else None

    @cached_property
    def sections(self) -> list[SectionRow]:
        """Return the sections of the file with their counts."""
        said = (self.run.summary or {}).get("sections", {})
        return [
            _section_row(section, said[section.value], self.run.preview or {}, self.run.result)
            for section in (Section.FOLLOWERS, Section.FOLLOWING, Section.POSTS, Section.DELETED_POSTS)
            if section.value in said
        ]

    @cached_property
    def warnings(self) -> list[str]:
        """Return what the person should know about the file."""
        warnings = []
        for warning in (self.run.summary or {}).get("warnings", []):
            text = WARNING_TEXTS.get(warning["code"])
            if text:
                warnings.append(_(text) % warning.get("params", {}))
        return warnings

    @cached_property
    def unknown_keys(self) -> list[str]:
        """Return the keys of the file that no known layout has."""
        return [key["path"] for key in (self.run.summary or {}).get("unknown_keys", [])]

    @cached_property
    def error(self) -> str | None:
        """Return why the import failed."""
        return text_of(self.run.error_code, self.run.error_params) if self.run.error_code else None

    @property
    def has_shape(self) -> bool:
        """Return whether a shape report can be downloaded."""
        return "shape" in (self.run.summary or {})

    @property
    def is_known(self) -> bool:
        """Return whether the same content was imported before."""
        return bool((self.run.result or {}).get("is_known"))

    @property
    def held_count(self) -> str:
        """Return how many people a held import would mark as gone."""
        return format_count((self.run.preview or {}).get("held_count", 0), locale())

    @property
    def is_cut(self) -> bool:
        """Return whether a list of the file ends in the middle."""
        return bool((self.run.preview or {}).get("cut"))

    @property
    def previous_count(self) -> str:
        """Return how many people the held lists had before."""
        preview = self.run.preview or {}
        total = sum(preview["sections"][name]["previous"] for name in preview.get("held", []))
        return format_count(total, locale())

    @property
    def exported_at_local(self) -> str:
        """Return the export time as the form field takes it, in the account's zone."""
        if self.run.exported_at is None:
            return ""
        return instant(self.run.exported_at, self.timezone).strftime("%Y-%m-%dT%H:%M")

    @cached_property
    def handles(self) -> list[str]:
        """Return the accounts that a file without an owner may belong to."""
        return [account.handle for account in list_accounts(team_scope(Permission.ACCOUNT_READ))]

    @property
    def followers_href(self) -> str | None:
        """Return the address of the account's followers."""
        if self.view.account is None:
            return None
        return url_for("audience.followers", account=self.view.account.public_id)


def _section_row(
    section: Section, said: dict[str, Any], preview: dict[str, Any], result: dict[str, Any] | None
) -> SectionRow:
    dash = "–"
    is_missing = said["state"] == SectionState.MISSING
    state = STATE_TEXTS[said["state"]]
    counts = (result or {}).get(section.value) or preview.get("sections", {}).get(section.value)
    if counts is None:
        # Nothing to compare with: everything that was kept is new.
        counts = {"new": said["kept"], "unchanged": 0, "gone": 0}
    shown = {name: format_count(int(value), locale()) for name, value in counts.items() if isinstance(value, int)}
    changed = int(counts.get("changed", 0)) + int(counts.get("refollowed", 0))
    unchanged = int(counts.get("unchanged", 0)) + changed
    skipped = counts.get("skipped", said["skipped"])
    reasons = ", ".join(f"{_(SKIP_TEXTS[reason])}: {format_count(n, locale())}" for reason, n in skipped.items())
    return SectionRow(
        label=_(SECTION_LABELS[section]),
        state=_(state),
        is_missing=is_missing,
        read=dash if is_missing else format_count(said["read"], locale()),
        new=dash if is_missing else shown.get("new", dash),
        unchanged=dash if is_missing else format_count(unchanged, locale()),
        gone=dash if is_missing or section not in (Section.FOLLOWERS, Section.FOLLOWING) else shown.get("gone", "0"),
        skipped=dash if is_missing else format_count(sum(skipped.values()), locale()),
        skipped_reasons=reasons,
    )


def _history_row(view: ImportView) -> HistoryRow:
    run = view.run
    label, badge = state_badge(run.state)
    summary = ""
    followers = (run.result or {}).get("followers")
    if (run.result or {}).get("is_known"):
        summary = _("Nothing new: this content was imported before")
    elif followers:
        summary = _(
            "%(new)s new, %(gone)s no longer follow",
            new=format_count(followers["new"], locale()),
            gone=format_count(followers["gone"], locale()),
        )
    elif run.error_code:
        summary = text_of(run.error_code, run.error_params)
    zone = view.account.timezone if view.account else "UTC"
    exported = None
    if run.exported_at is not None:
        exported = day_of_second(run.exported_at, zone)
    return HistoryRow(
        href=url_for("imports.show", public_id=run.public_id),
        file_name=run.file_name,
        account=view.account.handle if view.account else run.owner,
        at=run.created_at,
        exported_at=exported,
        state=_(label),
        badge=badge,
        summary=summary,
    )


def _parse_local(text: str, timezone: str) -> int:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(ErrorCode.FIELD_INVALID, field="exported_at", value=text[:40]) from error
    return int(value.replace(tzinfo=ZoneInfo(timezone)).timestamp())
