"""The page of imports: where files are dropped, what waits for a person, and what came before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.accounts import list_accounts
from webapp.analytics.imports import ImportView, list_imports, list_waiting
from webapp.domain.formatting import format_count
from webapp.domain.scope import Permission, TeamScope
from webapp.extensions import settings
from webapp.models import ImportState
from webapp.queue import is_away
from webapp.web.i18n import binary_size, day_of_second, locale
from webapp.web.import_page import progress_of
from webapp.web.import_sections import is_studio, studio_parts
from webapp.web.import_texts import state_badge
from webapp.web.messages import text_of
from webapp.web.requests import MIB

HISTORY_ROWS = 25


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import in a list."""

    public_id: str
    href: str
    file_name: str
    account: str | None
    at: datetime
    exported_at: str | None
    state: str
    badge: str
    summary: str
    is_error: bool
    is_working: bool
    can_cancel: bool
    undo_href: str | None
    progress: dict[str, Any] | None

    @property
    def poll_href(self) -> str:
        """Return the address that brings this row anew without counting as a sign of life."""
        return url_for("imports.row", public_id=self.public_id, poll=1)


class ImportsPage:
    """The drop zone, what waits, and the history."""

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
    def _waiting(self) -> list[ImportView]:
        return list(list_waiting(self.team)) if self.can_import else []

    @cached_property
    def undecided(self) -> list[ImportRow]:
        """Return the imports that only a person can decide."""
        return [import_row(view, self.team) for view in self._waiting if view.run.state is not ImportState.READY]

    @cached_property
    def ready(self) -> list[ImportRow]:
        """Return the imports that were read and hold nothing to decide."""
        return [import_row(view, self.team) for view in self._waiting if view.run.state is ImportState.READY]

    @property
    def ready_text(self) -> str:
        """Return how many imports are ready, in words."""
        number = len(self.ready)
        shown = format_count(number, locale())
        text = ngettext("%(count)s file is ready to import", "%(count)s files are ready to import", number, count=shown)
        return str(text)

    @cached_property
    def history(self) -> list[ImportRow]:
        """Return the imports of this page, newest first."""
        return [import_row(view, self.team) for view in self._found[:HISTORY_ROWS]]

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


def import_row(view: ImportView, team: TeamScope) -> ImportRow:
    """Return an import as a list shows it."""
    run = view.run
    label, badge = state_badge(run.state)
    zone = view.account.timezone if view.account else "UTC"
    can_write = team.allows(Permission.IMPORT_WRITE)
    is_known = bool((run.result or {}).get("is_known"))
    stands = run.state is ImportState.DONE and not is_known and view.account is not None
    return ImportRow(
        public_id=run.public_id,
        href=url_for("imports.show", public_id=run.public_id),
        file_name=run.file_name,
        account=view.account.handle if view.account else run.owner,
        at=run.created_at,
        exported_at=day_of_second(run.exported_at, zone) if run.exported_at is not None else None,
        state=_(label),
        badge=badge,
        summary=_summary(view, is_known=is_known),
        is_error=run.error_code is not None,
        is_working=run.state.is_working,
        can_cancel=can_write and run.state is ImportState.RECEIVED,
        undo_href=url_for("imports.confirm_undo", public_id=run.public_id) if stands and can_write else None,
        progress=progress_of(view) if run.state.is_working else None,
    )


def _summary(view: ImportView, *, is_known: bool) -> str:
    run = view.run
    followers = (run.result or {}).get("followers")
    if is_known:
        return str(_("Nothing new: this content was imported before"))
    if run.error_code:
        return text_of(run.error_code, run.error_params)
    if run.state is ImportState.HELD:
        held = format_count((run.preview or {}).get("held_count", 0), locale())
        return str(_("A list may be incomplete: %(count)s people are not in it", count=held))
    if run.state is ImportState.RECOGNISED:
        return str(_("Whose export is it?"))
    if is_studio(run):
        return str(_("From TikTok Studio: %(parts)s", parts=studio_parts(run)))
    if followers and run.state is ImportState.DONE:
        new, gone = format_count(followers["new"], locale()), format_count(followers["gone"], locale())
        return str(_("%(new)s new, %(gone)s no longer follow", new=new, gone=gone))
    return ""
