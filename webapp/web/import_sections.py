"""What a file holds, section by section, beside what is known: the preview of an import and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.formatting import format_count, format_day
from webapp.domain.sections import SECTION_LABELS, Section, SectionState
from webapp.domain.studio import PART_LABELS, STUDIO_LAYOUT, StudioPart
from webapp.domain.text import N_
from webapp.models import DIRECTIONS, ImportRun, ImportState, ListAnswer
from webapp.web.i18n import locale
from webapp.web.import_texts import SKIP_TEXTS, STATE_TEXTS

_SHOWN = (Section.FOLLOWERS, Section.FOLLOWING, Section.POSTS, Section.DELETED_POSTS)


_SHORT = {
    StudioPart.OVERVIEW: N_("views and likes by day"),
    StudioPart.FOLLOWERS: N_("followers by day"),
    StudioPart.VIEWERS: N_("viewers by day"),
    StudioPart.ACTIVITY: N_("active hours"),
    StudioPart.GENDER: N_("gender"),
    StudioPart.TERRITORIES: N_("territories"),
    StudioPart.VIDEOS: N_("videos"),
}
_MATCHES = {
    "matched": N_("Videos whose post is known"),
    "ambiguous": N_("Videos that several posts may be"),
    "unmatched": N_("Videos whose post is in no export"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One count of a section; ``href`` opens the names behind it, ``is_part`` belongs to the line above."""

    label: str
    value: str
    href: str | None = None
    note: str | None = None
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class SectionCard:
    """One section of a file; its counts add up. Without lines the section is left as it was, as ``note`` says."""

    key: str
    label: str
    note: str | None
    lines: tuple[Line, ...]


def section_cards(run: ImportRun) -> list[SectionCard]:
    """Return the sections of a file as they were read, compared, or written."""
    if is_studio(run):
        return _studio_cards(run)
    said = (run.summary or {}).get("sections", {})
    return [_card(run, section, said[section.value]) for section in _SHOWN if section.value in said]


def is_studio(run: ImportRun) -> bool:
    """Return whether a file is a download from TikTok Studio."""
    return (run.summary or {}).get("layout") == STUDIO_LAYOUT


def studio_parts(run: ImportRun) -> str:
    """Return what a download from TikTok Studio is about, in a few words."""
    parts = ((run.summary or {}).get("studio") or {}).get("parts") or {}
    return ", ".join(str(_(_SHORT[StudioPart(name)])) for name in parts)


def _studio_cards(run: ImportRun) -> list[SectionCard]:
    preview = (run.preview or {}).get("studio") or {"parts": {}, "videos": None}
    cards = []
    for name, said in (((run.summary or {}).get("studio") or {}).get("parts") or {}).items():
        part = StudioPart(name)
        counts = preview["parts"].get(name) or {"new": said["kept"]}
        reasons = ", ".join(f"{_(SKIP_TEXTS[reason])}: {_count(number)}" for reason, number in said["skipped"].items())
        lines = [Line(_("Read"), _count(said["read"])), *_post_lines(counts)]
        lines.append(Line(_("Skipped"), _count(sum(said["skipped"].values())), note=reasons or None))
        # Once it is written, the page of Studio tells how it stands now.
        if part is StudioPart.VIDEOS and preview.get("videos") and not run.state.is_ended:
            lines += [Line(_(_MATCHES[key]), _count(number), is_part=True) for key, number in preview["videos"].items()]
        note = None if said["state"] == SectionState.FILLED else _(STATE_TEXTS[said["state"]])
        cards.append(SectionCard(f"studio-{part}", _(PART_LABELS[part]), note or _days(part, preview), tuple(lines)))
    return cards


def _days(part: StudioPart, preview: Mapping[str, Any]) -> str | None:
    first, last = preview.get("first"), preview.get("last")
    if part is StudioPart.VIDEOS or part in (StudioPart.GENDER, StudioPart.TERRITORIES) or not first or not last:
        return None
    days = [format_day(date.fromisoformat(day), locale()) for day in (first, last)]
    return str(_("From %(first)s to %(last)s", first=days[0], last=days[1]))


def has_names(run: ImportRun, section: Section) -> bool:
    """Return whether the names behind the counts of a list can be looked at: compared, and not yet written."""
    waits = run.state in (ImportState.READY, ImportState.HELD)
    return waits and section in DIRECTIONS and section.value in (run.preview or {}).get("sections", {})


def _card(run: ImportRun, section: Section, said: Mapping[str, Any]) -> SectionCard:
    label = _(SECTION_LABELS[section])
    if said["state"] == SectionState.MISSING:
        return SectionCard(section, label, _("Not in this file: left as it was."), ())
    if (run.answers or {}).get(section.value) == ListAnswer.INCOMPLETE:
        return SectionCard(section, label, _("You said that this list is incomplete: left as it was."), ())
    counts = (run.result or {}).get(section.value) or (run.preview or {}).get("sections", {}).get(section.value)
    if counts is None and run.state is not ImportState.RECOGNISED:
        # Nothing to compare with: everything that was kept is new.
        counts = {"new": said["kept"]}
    state = STATE_TEXTS[said["state"]]
    note = None if said["state"] == SectionState.FILLED else _(state)
    follows = section in DIRECTIONS
    skipped = (counts or {}).get("skipped", said["skipped"])
    reasons = ", ".join(f"{_(SKIP_TEXTS[reason])}: {_count(number)}" for reason, number in skipped.items())
    read = Line(_("Read"), _count(said["read"]))
    left_out = Line(_("Skipped"), _count(sum(skipped.values())), note=reasons or None)
    if counts is None:
        return SectionCard(section, label, note, (read, left_out))
    lines = _follow_lines(run, section, counts) if follows else _post_lines(counts)
    gone = _gone_lines(run, section, counts) if follows else []
    return SectionCard(section, label, note, (read, *lines, left_out, *gone))


def _follow_lines(run: ImportRun, section: Section, counts: Mapping[str, Any]) -> list[Line]:
    lines = [_names_line(run, section, "new", _("New"), counts)]
    if counts.get("returned"):
        lines.append(_names_line(run, section, "returned", _("of these, back again"), counts, is_part=True))
    if counts.get("refollowed"):
        lines.append(_names_line(run, section, "refollowed", _("Followed again, on a newer date"), counts))
    lines.append(Line(_("Unchanged"), _count(counts.get("unchanged", 0))))
    return lines


def _gone_lines(run: ImportRun, section: Section, counts: Mapping[str, Any]) -> list[Line]:
    lines = [_names_line(run, section, "gone", _("No longer there"), counts)]
    if counts.get("ended_later"):
        note = _("gone by the export that was made next")
        lines.append(Line(_("Not on the list after this one"), _count(counts["ended_later"]), note=note))
    if counts.get("renamed"):
        note = _("you can confirm them after the import")
        renamed = _count(counts["renamed"])
        lines.append(Line(_("of these, perhaps only renamed"), renamed, note=note, is_part=True))
    return lines


def _post_lines(counts: Mapping[str, Any]) -> list[Line]:
    return [
        Line(_("New"), _count(counts.get("new", 0))),
        Line(_("With newer figures"), _count(counts.get("changed", 0))),
        Line(_("Unchanged"), _count(counts.get("unchanged", 0))),
    ]


def _names_line(
    run: ImportRun, section: Section, kind: str, label: str, counts: Mapping[str, Any], *, is_part: bool = False
) -> Line:
    number = int(counts.get(kind, 0))
    href = None
    if number and has_names(run, section):
        href = names_href(run, section, kind)
    return Line(label, _count(number), href, is_part=is_part)


def names_href(run: ImportRun, section: Section, kind: str) -> str:
    """Return the address of the names behind one count of the comparison."""
    return url_for("imports.names", public_id=run.public_id, list=section.value, show=kind)


def _count(value: Any) -> str:
    return format_count(int(value), locale())
