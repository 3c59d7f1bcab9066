"""The next step: the first of a fixed order that applies and that the reader may take."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from webapp.analytics.next_step import NextStep, Step, StepFacts, choose_step

# Nothing is left to do.
DONE = StepFacts(
    may_import=True,
    may_mark=True,
    is_sample=False,
    undecided=0,
    ready=0,
    was_asked=False,
    is_snoozed=False,
    is_stale=False,
    lists=3,
    renames=0,
    has_tags=True,
    lost=0,
)


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, NextStep(Step.LOOK_AT_GROWTH)),
        ({"undecided": 2}, NextStep(Step.ANSWER_IMPORT, 2)),
        ({"ready": 3}, NextStep(Step.COMMIT_IMPORT, 3)),
        ({"is_sample": True}, NextStep(Step.BRING_OWN)),
        ({"was_asked": True}, NextStep(Step.FETCH_EXPORT)),
        ({"lists": 0}, NextStep(Step.ASK_FULL_EXPORT)),
        ({"is_stale": True}, NextStep(Step.ASK_AGAIN)),
        ({"lists": 1}, NextStep(Step.ASK_SECOND_EXPORT)),
        ({"renames": 4}, NextStep(Step.CONFIRM_RENAMES, 4)),
        ({"has_tags": False}, NextStep(Step.MARK_PEOPLE)),
        ({"lost": 28}, NextStep(Step.LOOK_AT_LOST, 28)),
    ],
)
def test_each_step_is_offered_when_it_alone_applies(changes: dict[str, object], step: NextStep) -> None:
    assert choose_step(replace(DONE, **changes)) == step  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"undecided": 1, "ready": 1, "lists": 0, "renames": 1, "lost": 1}, Step.ANSWER_IMPORT),
        ({"ready": 1, "is_stale": True, "renames": 1, "lost": 1}, Step.COMMIT_IMPORT),
        ({"was_asked": True, "is_stale": True, "lists": 1, "renames": 1}, Step.FETCH_EXPORT),
        ({"lists": 0, "is_stale": True, "has_tags": False}, Step.ASK_FULL_EXPORT),
        ({"is_stale": True, "lists": 1, "renames": 1}, Step.ASK_AGAIN),
        ({"lists": 1, "has_tags": False}, Step.ASK_SECOND_EXPORT),
        ({"renames": 1, "has_tags": False, "lost": 1}, Step.CONFIRM_RENAMES),
        ({"has_tags": False, "lost": 1}, Step.MARK_PEOPLE),
    ],
)
def test_of_several_the_first_of_the_order_is_offered(changes: dict[str, object], step: Step) -> None:
    assert choose_step(replace(DONE, **changes)).step is step  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"is_stale": True, "is_snoozed": True}, Step.LOOK_AT_GROWTH),
        ({"was_asked": True, "is_snoozed": True}, Step.LOOK_AT_GROWTH),
        ({"was_asked": True, "is_snoozed": True, "is_stale": True, "lost": 1}, Step.LOOK_AT_LOST),
        ({"was_asked": True, "is_snoozed": True, "lists": 1}, Step.LOOK_AT_GROWTH),
        ({"is_snoozed": True, "lists": 1}, Step.ASK_SECOND_EXPORT),
    ],
)
def test_what_was_put_off_or_asked_for_is_not_asked_again(changes: dict[str, object], step: Step) -> None:
    assert choose_step(replace(DONE, **changes)).step is step  # type: ignore[arg-type]


def test_the_sample_is_never_said_to_be_old_and_its_people_may_be_left_alone() -> None:
    sample = replace(DONE, is_sample=True, is_stale=True, was_asked=True, lists=1, renames=5, has_tags=False, lost=9)
    assert choose_step(sample).step is Step.BRING_OWN


def test_unknown_numbers_offer_nothing() -> None:
    assert choose_step(replace(DONE, renames=None, lost=None)).step is Step.LOOK_AT_GROWTH


def test_nobody_is_offered_what_they_may_not_do() -> None:
    importing = {
        Step.ANSWER_IMPORT,
        Step.COMMIT_IMPORT,
        Step.BRING_OWN,
        Step.FETCH_EXPORT,
        Step.ASK_FULL_EXPORT,
        Step.ASK_AGAIN,
        Step.ASK_SECOND_EXPORT,
    }
    marking = {Step.CONFIRM_RENAMES, Step.MARK_PEOPLE}
    seen = set()
    truths = product((False, True), repeat=6)
    for is_sample, was_asked, is_stale, has_tags, may_import, may_mark in truths:
        for undecided, ready, lists, renames, lost in product((0, 1), (0, 1), (0, 1, 2), (None, 0, 1), (None, 0, 1)):
            found = choose_step(
                StepFacts(
                    may_import=may_import,
                    may_mark=may_mark,
                    is_sample=is_sample,
                    undecided=undecided,
                    ready=ready,
                    was_asked=was_asked,
                    is_snoozed=False,
                    is_stale=is_stale,
                    lists=lists,
                    renames=renames,
                    has_tags=has_tags,
                    lost=lost,
                )
            )
            seen.add(found.step)
            assert may_import or found.step not in importing
            assert may_mark or found.step not in marking
            assert (found.count is None) is (
                found.step not in {Step.ANSWER_IMPORT, Step.COMMIT_IMPORT, Step.CONFIRM_RENAMES, Step.LOOK_AT_LOST}
            )
    assert seen == set(Step)
