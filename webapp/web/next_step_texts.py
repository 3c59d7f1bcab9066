"""The next step as the dashboard shows it: its words, its icon, and the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import url_for

from webapp.analytics.next_step import NextStep, Step
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.sections import Section
from webapp.renderers.step_texts import step_text, step_way
from webapp.renderers.words import Words
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
_ICONS: Final = {
    Step.COMMIT_IMPORT: "upload",
    Step.BRING_OWN: "upload",
    Step.ASK_FULL_EXPORT: "file",
    Step.ASK_SECOND_EXPORT: "calendar",
    Step.CONFIRM_RENAMES: "user",
    Step.MARK_PEOPLE: "bookmark",
    Step.LOOK_AT_LOST: "users",
    Step.LOOK_AT_GROWTH: "chart",
}


def step_card(found: NextStep, section: Section) -> StepCard | None:
    """Return a step in words; ``None`` for one that the top of the page says already.

    ``section`` is the list that the account's page is about.
    """
    if found.step in _SAID_ABOVE:
        return None
    said = step_text(Words(locale()), found)
    path, arguments = step_way(found, section)
    href = f"{path}?{urlencode(arguments)}" if arguments else path
    return StepCard(_ICONS[found.step], said.title, said.text, said.label, href)


def changes_href(section: Section, kind: ChangeKind) -> str:
    """Return the address of a kind of change between the last two lists."""
    arguments: dict[str, Any] = ChangeQuery(section=section).show(kind).to_args()
    return url_for("changes.show", **arguments)
