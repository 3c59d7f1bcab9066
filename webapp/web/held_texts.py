"""The words of the question about a held list, and of what an import changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain.formatting import format_count
from webapp.domain.sections import Section
from webapp.web.i18n import locale


@dataclass(frozen=True, slots=True)
class HeldTexts:
    """Whether a list is complete: the question, what speaks against it, and the answer that it is true."""

    title: str
    text: str
    answer: str


def held_texts(section: Section, counts: Mapping[str, Any], *, is_cut: bool) -> HeldTexts:
    """Return the question about one held list; ``counts`` are those of its comparison."""
    gone, previous = int(counts.get("gone", 0)), int(counts.get("previous", 0))
    later = int(counts.get("ended_later", 0))
    listed = sum(int(counts.get(name, 0)) for name in ("new", "unchanged", "refollowed"))
    text, answer = _followers(gone, previous) if section is Section.FOLLOWERS else _following(gone, previous)
    parts, answers = ([text], [answer]) if gone else ([], [])
    if later:
        parts.append(_later(later, listed))
        if not answers:
            answers.append(_("It is true: they were gone by the time of that export"))
    if is_cut:
        parts.insert(0, _("The list ends in the middle of a row, so people may be missing from it."))
    title = (
        _("Is the list of your followers complete?")
        if section is Section.FOLLOWERS
        else _("Is the list of those you follow complete?")
    )
    return HeldTexts(title, " ".join(parts), answers[0] if answers else _("It is true: the list is complete"))


def outcome_texts(gained: int, lost: int, renamed: int) -> list[str]:
    """Return what an export changed among the followers since the one before it, in sentences."""
    said = [
        ngettext("%(count)s person is new.", "%(count)s people are new.", gained, count=_count(gained))
        if gained
        else _("Nobody is new."),
        ngettext(
            "%(count)s person no longer follows you.",
            "%(count)s people no longer follow you.",
            lost,
            count=_count(lost),
        )
        if lost
        else _("Everybody who followed you still does."),
    ]
    if renamed:
        said.append(
            ngettext(
                "%(count)s person may only have been renamed: confirm it on the next page.",
                "%(count)s people may only have been renamed: confirm them on the next page.",
                renamed,
                count=_count(renamed),
            )
        )
    return said


def _followers(gone: int, previous: int) -> tuple[str, str]:
    text = ngettext(
        "%(count)s of the %(previous)s people who followed you is not in this file.",
        "%(count)s of the %(previous)s people who followed you are not in this file.",
        gone,
        count=_count(gone),
        previous=_count(previous),
    )
    answer = ngettext(
        "It is true: this person no longer follows me",
        "It is true: these %(count)s people no longer follow me",
        gone,
        count=_count(gone),
    )
    return text, answer


def _following(gone: int, previous: int) -> tuple[str, str]:
    text = ngettext(
        "%(count)s of the %(previous)s people you followed is not in this file.",
        "%(count)s of the %(previous)s people you followed are not in this file.",
        gone,
        count=_count(gone),
        previous=_count(previous),
    )
    answer = ngettext(
        "It is true: I no longer follow this person",
        "It is true: I no longer follow these %(count)s people",
        gone,
        count=_count(gone),
    )
    return text, answer


def _later(later: int, listed: int) -> str:
    """Return what an older export, imported late, would say about people that a newer one lacks."""
    text: str = ngettext(
        "%(count)s of the %(listed)s people in this file is not in the export that was made next, and would be marked "
        "as gone between the two.",
        "%(count)s of the %(listed)s people in this file are not in the export that was made next, and would be marked "
        "as gone between the two.",
        later,
        count=_count(later),
        listed=_count(listed),
    )
    return text


def _count(value: int) -> str:
    return format_count(value, locale())
