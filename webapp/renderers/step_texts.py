"""The next step in words: what to do, what it is good for, what its link says and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from webapp.analytics.next_step import NextStep, Step
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.sections import Section
from webapp.domain.text import N_
from webapp.renderers.words import Words


@dataclass(frozen=True, slots=True)
class StepText:
    """A step in words."""

    title: str
    text: str
    label: str


# Title, why, and what the link says; those with a count have words of their own below.
_TEXTS: Final[Mapping[Step, tuple[str, str, str]]] = {
    Step.BRING_OWN: (
        N_("Bring your own export"),
        N_(
            "You have seen what the sample shows. Two minutes on your phone are enough to ask TikTok for your own data."
        ),
        N_("Show me how"),
    ),
    Step.FETCH_EXPORT: (
        N_("Fetch your export from TikTok"),
        N_("You asked TikTok for it. TikTok keeps the file for four days once it is ready."),
        N_("Show me how"),
    ),
    Step.ASK_FULL_EXPORT: (
        N_("Ask TikTok for all data"),
        N_(
            "Your exports so far hold no list. Choose all data and the JSON format, and both lists are in the next one."
        ),
        N_("Show me how"),
    ),
    Step.ASK_AGAIN: (
        N_("Ask TikTok for a new export"),
        N_("Your data are older than your team wants. A new export shows who came and who left since."),
        N_("Show me how"),
    ),
    Step.ASK_SECOND_EXPORT: (
        N_("Plan your second export"),
        N_(
            "One export shows who is here. The second, in a few weeks, shows who came, who no longer follows you and "
            "who only has a new name."
        ),
        N_("Show me how"),
    ),
    Step.MARK_PEOPLE: (
        N_("Mark the people who matter"),
        N_(
            "Tags such as “keep”, “family” or “brand” stay when somebody leaves or changes their name, and filter "
            "every list."
        ),
        N_("Choose people"),
    ),
    Step.LOOK_AT_GROWTH: (
        N_("See how your audience grew"),
        N_("Everything is up to date. Look at the days that brought most followers, and at who stays."),
        N_("Open the analysis"),
    ),
}


_GUIDE: Final = "/guide/tiktok"
_WAYS: Final[Mapping[Step, str]] = {
    Step.ANSWER_IMPORT: "/imports",
    Step.COMMIT_IMPORT: "/imports",
    Step.BRING_OWN: _GUIDE,
    Step.FETCH_EXPORT: _GUIDE,
    Step.ASK_FULL_EXPORT: _GUIDE,
    Step.ASK_AGAIN: _GUIDE,
    Step.ASK_SECOND_EXPORT: _GUIDE,
    Step.LOOK_AT_GROWTH: "/audience/analysis",
}
_CHANGES: Final = {Step.CONFIRM_RENAMES: ChangeKind.RENAMED, Step.LOOK_AT_LOST: ChangeKind.LOST}


def step_way(found: NextStep, section: Section) -> tuple[str, dict[str, str]]:
    """Return the path of the page where a step is taken and its arguments; ``section`` is the list it is about."""
    if found.step in _CHANGES:
        return "/audience/changes", ChangeQuery(section=section).show(_CHANGES[found.step]).to_args()
    return _WAYS.get(found.step, f"/audience/{section.value}"), {}


def step_text(words: Words, found: NextStep) -> StepText:
    """Return a step in words."""
    if found.step in _TEXTS:
        return StepText(*(words.gettext(text) for text in _TEXTS[found.step]))
    count = found.count or 0
    return _COUNTED[found.step](words, count, words.count(count))


def _answer_import(words: Words, count: int, shown: str) -> StepText:
    return StepText(
        words.ngettext(
            "%(count)s import waits for your answer", "%(count)s imports wait for your answer", count, count=shown
        ),
        words.gettext("Something in it only a person can decide. Until then your figures stay as they are."),
        words.gettext("Look at it"),
    )


def _commit_import(words: Words, count: int, shown: str) -> StepText:
    return StepText(
        words.ngettext("%(count)s file is ready to import", "%(count)s files are ready to import", count, count=shown),
        words.gettext("It was read and holds no question. One click brings your figures up to date."),
        words.gettext("Import now"),
    )


def _confirm_renames(words: Words, count: int, shown: str) -> StepText:
    return StepText(
        words.ngettext("Is this the same person?", "Are these the same people?", count),
        words.ngettext(
            "%(count)s pair of names has the very same follow time. Confirm it, and it no longer counts as gained "
            "and lost.",
            "%(count)s pairs of names have the very same follow time. Confirm them, and they no longer count as "
            "gained and lost.",
            count,
            count=shown,
        ),
        words.gettext("Look at the names"),
    )


def _look_at_lost(words: Words, count: int, shown: str) -> StepText:
    return StepText(
        words.ngettext(
            "Look at who no longer follows you", "Look at the %(count)s who no longer follow you", count, count=shown
        ),
        words.gettext("Some deleted their account, some may only have a new name. Mutual or not is one filter away."),
        words.gettext("Open the list"),
    )


_COUNTED: Final[Mapping[Step, Callable[[Words, int, str], StepText]]] = {
    Step.ANSWER_IMPORT: _answer_import,
    Step.COMMIT_IMPORT: _commit_import,
    Step.CONFIRM_RENAMES: _confirm_renames,
    Step.LOOK_AT_LOST: _look_at_lost,
}
