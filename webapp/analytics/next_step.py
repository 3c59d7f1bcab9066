"""The one thing that is worth doing next with an account: the first that applies, in the order of ``Step``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """What can be done, in the order in which it is offered."""

    ANSWER_IMPORT = "answer_import"  # an import waits for an answer that only a person has
    COMMIT_IMPORT = "commit_import"  # files were read and wait for a click
    BRING_OWN = "bring_own"  # only the sample was looked at
    FETCH_EXPORT = "fetch_export"  # an export was asked for, and its file is to be had for a few days
    ASK_FULL_EXPORT = "ask_full_export"  # no export holds a list whole
    ASK_AGAIN = "ask_again"  # the data are older than the team wants
    ASK_SECOND_EXPORT = "ask_second_export"  # with one list nobody can say who came and who left
    CONFIRM_RENAMES = "confirm_renames"  # names that changed still count as gained and lost
    MARK_PEOPLE = "mark_people"  # nobody has a tag yet
    LOOK_AT_LOST = "look_at_lost"  # people left since the list before
    LOOK_AT_GROWTH = "look_at_growth"  # nothing is left to do


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What the choice depends on.

    ``lists`` counts the complete lists of the kind that is shown. ``renames`` and ``lost`` are since the list before,
    ``None`` where that is not known. ``is_snoozed`` is whether a person put the reminder off.
    """

    may_import: bool
    may_mark: bool
    is_sample: bool
    undecided: int
    ready: int
    was_asked: bool
    is_snoozed: bool
    is_stale: bool
    lists: int
    renames: int | None
    has_tags: bool
    lost: int | None


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step, and how many things it is about where they can be counted."""

    step: Step
    count: int | None = None


def choose_step(facts: StepFacts) -> NextStep:
    """Return the first step of the order that applies and that the reader may take."""
    return next(_applying(facts))


def _applying(facts: StepFacts) -> Iterator[NextStep]:
    if facts.may_import:
        yield from _about_imports(facts)
    if facts.may_mark and facts.renames:
        yield NextStep(Step.CONFIRM_RENAMES, facts.renames)
    if facts.may_mark and facts.lists and not facts.has_tags:
        yield NextStep(Step.MARK_PEOPLE)
    if facts.lost:
        yield NextStep(Step.LOOK_AT_LOST, facts.lost)
    yield NextStep(Step.LOOK_AT_GROWTH)


def _about_imports(facts: StepFacts) -> Iterator[NextStep]:
    if facts.undecided:
        yield NextStep(Step.ANSWER_IMPORT, facts.undecided)
    if facts.ready:
        yield NextStep(Step.COMMIT_IMPORT, facts.ready)
    if facts.is_sample:
        yield NextStep(Step.BRING_OWN)
        return
    if facts.was_asked and not facts.is_snoozed:
        yield NextStep(Step.FETCH_EXPORT)
    if not facts.lists:
        yield NextStep(Step.ASK_FULL_EXPORT)
    if facts.is_stale and not facts.is_snoozed and not facts.was_asked:
        yield NextStep(Step.ASK_AGAIN)
    if facts.lists == 1 and not facts.was_asked:
        yield NextStep(Step.ASK_SECOND_EXPORT)
