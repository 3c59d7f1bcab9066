"""The words of the next step: what it is good for, and the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.next_step import NextStep, Step
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.formatting import format_count
from webapp.domain.sections import Section
from webapp.domain.text import N_
from webapp.web.i18n import locale


@dataclass(frozen=True, slots=True)
class StepCard:
    """A step as the dashboard shows it."""

    icon: str
    title: str
    text: str
    label: str
    href: str


# The imports that wait, and the reminder of a new export.
_SAID_ABOVE: Final = (Step.ANSWER_IMPORT, Step.FETCH_EXPORT, Step.ASK_AGAIN)
# Icon, title, why, and what the button says; those with a count have words of their own below.
_TEXTS: dict[Step, tuple[str, str, str, str]] = {
    Step.BRING_OWN: (
        "upload",
        N_("Bring your own export"),
        N_(
            "You have seen what the sample shows. Two minutes on your phone are enough to ask TikTok for your own data."
        ),
        N_("Show me how"),
    ),
    Step.ASK_FULL_EXPORT: (
        "file",
        N_("Ask TikTok for all data"),
        N_(
            "Your exports so far hold no list. Choose all data and the JSON format, and both lists are in the next one."
        ),
        N_("Show me how"),
    ),
    Step.ASK_SECOND_EXPORT: (
        "calendar",
        N_("Plan your second export"),
        N_(
            "One export shows who is here. The second, in a few weeks, shows who came, who no longer follows you and "
            "who only has a new name."
        ),
        N_("Show me how"),
    ),
    Step.MARK_PEOPLE: (
        "bookmark",
        N_("Mark the people who matter"),
        N_(
            "Tags such as “keep”, “family” or “brand” stay when somebody leaves or changes their name, and filter "
            "every list."
        ),
        N_("Choose people"),
    ),
    Step.LOOK_AT_GROWTH: (
        "chart",
        N_("See how your audience grew"),
        N_("Everything is up to date. Look at the days that brought most followers, and at who stays."),
        N_("Open the analysis"),
    ),
}
_ENDPOINTS: dict[Step, str] = {
    Step.BRING_OWN: "guide.tiktok",
    Step.ASK_FULL_EXPORT: "guide.tiktok",
    Step.ASK_SECOND_EXPORT: "guide.tiktok",
    Step.LOOK_AT_GROWTH: "analysis.show",
}


def step_card(found: NextStep, section: Section) -> StepCard | None:
    """Return a step in words; ``None`` for one that the top of the page says already.

    ``section`` is the list that the account's page is about.
    """
    if found.step in _SAID_ABOVE:
        return None
    if found.step in _TEXTS:
        icon, *texts = _TEXTS[found.step]
        title, text, label = (str(_(each)) for each in texts)
        return StepCard(icon, title, text, label, url_for(_ENDPOINTS.get(found.step, f"audience.{section.value}")))
    count = found.count or 0
    shown = format_count(count, locale())
    if found.step is Step.COMMIT_IMPORT:
        return StepCard(
            "upload",
            ngettext("%(count)s file is ready to import", "%(count)s files are ready to import", count, count=shown),
            _("It was read and holds no question. One click brings your figures up to date."),
            _("Import now"),
            url_for("imports.index"),
        )
    if found.step is Step.CONFIRM_RENAMES:
        return StepCard(
            "user",
            ngettext("Is this the same person?", "Are these the same people?", count),
            ngettext(
                "%(count)s pair of names has the very same follow time. Confirm it, and it no longer counts as gained "
                "and lost.",
                "%(count)s pairs of names have the very same follow time. Confirm them, and they no longer count as "
                "gained and lost.",
                count,
                count=shown,
            ),
            _("Look at the names"),
            changes_href(section, ChangeKind.RENAMED),
        )
    return StepCard(
        "users",
        ngettext(
            "Look at who no longer follows you",
            "Look at the %(count)s who no longer follow you",
            count,
            count=shown,
        ),
        _("Some deleted their account, some may only have a new name. Mutual or not is one filter away."),
        _("Open the list"),
        changes_href(section, ChangeKind.LOST),
    )


def changes_href(section: Section, kind: ChangeKind) -> str:
    """Return the address of a kind of change between the last two lists."""
    arguments: dict[str, Any] = ChangeQuery(section=section).show(kind).to_args()
    return url_for("changes.show", **arguments)
