"""One import as its page shows it: what was recognised, what must be decided, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.accounts import list_accounts
from webapp.analytics.imports import ImportView, find_snapshot, list_downloads, list_exports
from webapp.domain.formatting import format_count
from webapp.domain.period import instant
from webapp.domain.scope import Permission, Scope
from webapp.domain.sections import PLATFORM_NAMES, Certainty, ExportedAtSource, Section
from webapp.extensions import settings
from webapp.models import DIRECTIONS, Export, FollowerSnapshot, ImportState, JobState
from webapp.queue import JobKind, is_away
from webapp.services import access
from webapp.services.comparison_file import list_names
from webapp.web.auth import team_scope
from webapp.web.held_texts import HeldTexts, held_texts, outcome_texts
from webapp.web.i18n import file_size, locale, moment
from webapp.web.import_sections import SectionCard, has_names, is_studio, names_href, section_cards
from webapp.web.import_texts import CERTAINTY_TEXTS, SOURCE_TEXTS, STEP_TEXTS, WARNING_TEXTS
from webapp.web.masking import current_redaction
from webapp.web.messages import text_of

# Of the people that a held list would mark as gone, so many are named on the page itself.
_NAMED = 5
# A name of the team's is proposed as the file's owner when at least so many of its people are in the file.
_LIKELY_PERCENT = 50


@dataclass(frozen=True, slots=True)
class Question:
    """Whether one held list is complete; ``names`` are a few of those who would be marked as gone."""

    field: str
    said: HeldTexts
    names: tuple[str, ...]
    more_href: str | None
    more_text: str


@dataclass(frozen=True, slots=True)
class OwnerChoice:
    """An answer to the question whose a file is."""

    value: str
    text: str
    note: str
    is_checked: bool


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
        self._preview: dict[str, Any] = self.run.preview or {}

    @property
    def step(self) -> str:
        """Return the step of the way that the import is at."""
        if self.state in (ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE):
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
    def is_working(self) -> bool:
        """Return whether something here changes by itself: also a done import whose time is being corrected."""
        job = self.view.job
        is_moving = self._is_change and job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
        return self.state.is_working or (self.state is ImportState.DONE and is_moving)

    @property
    def _is_change(self) -> bool:
        """Return whether the newest job changes what the import stored."""
        return self.view.job is not None and self.view.job.kind in (JobKind.IMPORT_UNDO, JobKind.EXPORT_MOVE)

    @property
    def is_undoing(self) -> bool:
        """Return whether the import is being taken back."""
        return self.state is ImportState.UNDOING

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
        return progress_of(self.view)

    @cached_property
    def facts(self) -> list[dict[str, str | None]]:
        """Return what was recognised."""
        run, summary = self.run, self.run.summary or {}
        facts: list[dict[str, str | None]] = [
            {"label": _("File"), "value": run.file_name, "note": file_size(run.size_bytes)}
        ]
        if run.platform:
            layout = _("layout %(name)s", name=summary.get("layout", "?"))
            kind = _("Download from TikTok Studio") if self.is_studio else layout
            facts.append({"label": _("Platform"), "value": PLATFORM_NAMES[run.platform], "note": kind})
        if run.owner:
            new = _("new account") if run.account_id is None and self.state is not ImportState.RECOGNISED else None
            facts.append({"label": _("Account"), "value": f"@{run.owner}", "note": new})
        if run.exported_at is not None and run.exported_at_source is not None:
            facts.append(
                {
                    "label": _("Exported at"),
                    "value": f"{moment(self._exported_at or 0, self.timezone)} ({self.timezone})",
                    "note": _(SOURCE_TEXTS[run.exported_at_source]),
                }
            )
        return facts

    @property
    def _exported_at(self) -> int | None:
        """Return the time of the export; once it is stored, that of the stored one."""
        return self.export.exported_at if self.export else self.run.exported_at

    @cached_property
    def certainty(self) -> str | None:
        """Return how sure the export time is, in words."""
        known = (self.run.summary or {}).get("exported_at_certainty")
        if self.run.exported_at_source is ExportedAtSource.PERSON:
            known = Certainty.CERTAIN
        return _(CERTAINTY_TEXTS[known]) if known else None

    @property
    def waits(self) -> bool:
        """Return whether the import waits for a person."""
        return self.state in (ImportState.READY, ImportState.HELD, ImportState.RECOGNISED)

    @cached_property
    def sections(self) -> list[SectionCard]:
        """Return the sections of the file with their counts."""
        return section_cards(self.run)

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
    def failed_change(self) -> str | None:
        """Return why the last move in time or undo of a stored import came to nothing."""
        job = self.view.job
        if self.state is not ImportState.DONE or not self._is_change or job is None or job.state is not JobState.FAILED:
            return None
        return text_of(job.error_code or "", job.error_params)

    @property
    def has_shape(self) -> bool:
        """Return whether a shape report can be downloaded."""
        return "shape" in (self.run.summary or {})

    @property
    def is_known(self) -> bool:
        """Return whether the same content was imported before."""
        return bool((self.run.result or {}).get("is_known"))

    @property
    def exported_at_local(self) -> str:
        """Return the export time as the form field takes it, in the account's zone."""
        if self._exported_at is None:
            return ""
        return instant(self._exported_at, self.timezone).strftime("%Y-%m-%dT%H:%M")

    @cached_property
    def handles(self) -> list[str]:
        """Return the accounts that a file without an owner may belong to."""
        return [account.handle for account in list_accounts(team_scope(Permission.ACCOUNT_READ))]

    # ---- what must be decided ----

    @cached_property
    def questions(self) -> list[Question]:
        """Return a question for every list that was held."""
        held, cut = self._preview.get("held", []), self._preview.get("cut", [])
        return [self._question(section) for section in DIRECTIONS if section.value in (*held, *cut)]

    def _question(self, section: Section) -> Question:
        counts = self._preview.get("sections", {}).get(section.value, {})
        said = held_texts(section, counts, is_cut=section.value in self._preview.get("cut", []))
        gone = int(counts.get("gone", 0))
        named = gone > 0 and has_names(self.run, section)
        gone_names = list_names(self.run.public_id, section, "gone", 0, _NAMED) if named else []
        names = [current_redaction().name(name) for name, _at in gone_names]
        return Question(
            f"answer_{section.value}",
            said,
            tuple(names),
            names_href(self.run, section, "gone") if named else None,
            ngettext("See this person", "See all %(count)s", gone, count=_count(gone)),
        )

    @property
    def owner_question(self) -> dict[str, Any] | None:
        """Return the open question whose the file is, when its owner is no account of the team."""
        found: dict[str, Any] | None = self._preview.get("owner_question")
        return found

    @cached_property
    def owner_choices(self) -> list[OwnerChoice]:
        """Return the answers to it; one is chosen beforehand only where the names speak for it."""
        question = self.owner_question
        if question is None:
            return []
        owner = question["owner"]
        ordered = sorted(question["accounts"], key=_percent, reverse=True)
        renamed = [
            OwnerChoice(
                account["public_id"],
                _("@%(old)s was renamed to @%(new)s", old=account["handle"], new=owner),
                _evidence(account),
                account is ordered[0] and _percent(account) >= _LIKELY_PERCENT,
            )
            for account in ordered
        ]
        note = _("It gets its own lists and figures beside the others.")
        return [OwnerChoice("new", _("A new account, @%(new)s", new=owner), note, is_checked=False), *renamed]

    # ---- what came of it ----

    @cached_property
    def _scope(self) -> Scope | None:
        if self.view.account is None:
            return None
        return access.find_account_scope(team_scope(Permission.ACCOUNT_READ), self.view.account.public_id)

    @cached_property
    def exports(self) -> Sequence[Export]:
        """Return the exports of the account in order of their time; beside a download from Studio, those."""
        if self._scope is None:
            return []
        return list_downloads(self._scope) if self.is_studio else list_exports(self._scope)

    @cached_property
    def snapshot(self) -> FollowerSnapshot | None:
        """Return the counts of what the import stored, as they are reckoned now."""
        return find_snapshot(self._scope, self.export.id) if self._scope and self.export else None

    @cached_property
    def export(self) -> Export | None:
        """Return what the import stored, while it is there."""
        if self.state not in (ImportState.DONE, ImportState.UNDOING):
            return None
        return next((export for export in self.exports if export.import_id == self.run.id), None)

    @property
    def can_change(self) -> bool:
        """Return whether the stored export can be moved in time, or the import taken back."""
        return self.can_write and self.state is ImportState.DONE and self.export is not None and not self.is_working

    @property
    def is_oldest(self) -> bool:
        """Return whether there is no older export to compare it with."""
        return self.export is None or self.exports[0].id == self.export.id

    @cached_property
    def outcome(self) -> list[str]:
        """Return what changed, in sentences."""
        found = self.snapshot
        if found is None or found.followers is None:
            return []
        if found.followers_gained is None or found.followers_lost is None:
            number = found.followers
            return [
                ngettext("%(count)s person follows you.", "%(count)s people follow you.", number, count=_count(number))
            ]
        return outcome_texts(found.followers_gained, found.followers_lost, self._renamed)

    @property
    def _renamed(self) -> int:
        """Return how many may only have been renamed, as it looked when the file was compared."""
        sections = self._preview.get("sections", {})
        return sum(int(counts.get("renamed", 0)) for counts in sections.values())

    @property
    def followers_href(self) -> str | None:
        """Return the address of the account's followers."""
        if self.view.account is None:
            return None
        return url_for("audience.followers", account=self.view.account.public_id)

    @cached_property
    def is_studio(self) -> bool:
        """Return whether the file is a download from TikTok Studio, which holds no list."""
        return is_studio(self.run)

    @property
    def studio_href(self) -> str | None:
        """Return the address of the figures of TikTok Studio."""
        if self.view.account is None:
            return None
        return url_for("studio.show", account=self.view.account.public_id)

    @property
    def changes_href(self) -> str | None:
        """Return the address of what changed with this export; ``None`` when it has nothing before it."""
        if self.export is None or self.view.account is None or self.is_oldest or self.is_studio:
            return None
        values: dict[str, Any] = {"account": self.view.account.public_id, "to": self.export.public_id}
        return url_for("changes.show", **values)


def progress_of(view: ImportView) -> dict[str, Any]:
    """Return the bar of an import's work: label, done, total, and the counts in words."""
    job = view.job
    waiting = {"label": _("Waiting for its turn"), "done": 0, "total": 0, "text": None}
    if job is None or job.state is not JobState.RUNNING:
        return waiting
    label = _(STEP_TEXTS.get(job.step, STEP_TEXTS["writing"])) if job.step else _("Starting")
    if not job.step or not job.progress_total:
        return {**waiting, "label": label}
    if job.step == "reading":
        text = _("%(done)s of %(total)s", done=file_size(job.progress_done), total=file_size(job.progress_total))
    else:
        text = _("%(done)s of %(total)s rows", done=_count(job.progress_done), total=_count(job.progress_total))
    return {"label": label, "done": job.progress_done, "total": job.progress_total, "text": text}


def _evidence(account: dict[str, Any]) -> str:
    if not account["of"]:
        return str(_("There is no list to compare with."))
    text = _(
        "%(shared)s of %(of)s names looked at are on the list of @%(handle)s.",
        shared=_count(int(account["shared"])),
        of=_count(int(account["of"])),
        handle=account["handle"],
    )
    return str(text)


def _percent(account: dict[str, Any]) -> float:
    return 100 * int(account["shared"]) / int(account["of"]) if account["of"] else 0.0


def _count(value: int) -> str:
    return format_count(value, locale())
