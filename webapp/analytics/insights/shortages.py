"""Why a question cannot be answered honestly, and how much more it would take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Lack(StrEnum):
    """What is missing."""

    WORKING = "working"  # a job is at it
    NO_LIST = "no_list"
    ONE_LIST = "one_list"
    NO_POSTS = "no_posts"  # no export holds the list of posts
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Shortage:
    """Takes the place of an answer; ``found`` of ``needed`` are there where it is a matter of number."""

    lack: Lack
    found: int = 0
    needed: int = 0
