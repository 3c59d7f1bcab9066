"""Experiments: two ways of publishing, alternated at random, which alone can show a cause (STATISTICS 3.11)."""

from __future__ import annotations

from enum import StrEnum


class ExperimentKind(StrEnum):
    """What is alternated."""

    SLOTS = "slots"  # arms: two three-hour slots, "0" to "7"
    HASHTAG = "hashtag"  # arms: with the hashtag, and without it


class ExperimentState(StrEnum):
    """Where an experiment stands."""

    RUNNING = "running"
    ENDED = "ended"  # all of its posts are mature, or a person closed it: it was analysed
    STOPPED = "stopped"  # given up: nothing is concluded


class Arm(StrEnum):
    """The two ways of an experiment."""

    A = "a"
    B = "b"
