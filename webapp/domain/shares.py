"""Public links: what one can be, for how long, and what is drawn over everything it shows."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import day_of
from webapp.domain.reports import Report

DEFAULT_DAYS: Final = 30
MAX_DAYS: Final = 365
MAX_VIEWS: Final = 100_000
# Of one account, without those that are revoked.
MAX_SHARES: Final = 200
MAX_LABEL: Final = 120
MIN_PASSWORD: Final = 10
# How long a browser that was let in may look again without being asked or counted; a day at most (SECURITY 75).
PASS_SECONDS: Final = 12 * 3600
# So much of a link's public id is drawn over what it shows: enough to tell its links apart.
_MARK_LENGTH: Final = 8
# What sets the direction of the text after it; nobody's name needs that.
_TURNING: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ShareState(StrEnum):
    """How a link stands: one that is not open answers visitors as if it had never been."""

    MAKING = "making"  # its first payload is being made
    FAILED = "failed"  # and could not be
    OPEN = "open"
    PAUSED = "paused"
    EXPIRED = "expired"
    USED_UP = "used_up"
    ORPHANED = "orphaned"  # whoever made it may share this account no more
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Watermark:
    """What is drawn over a shared report: for whom it is, which day it was made, and by which link it left."""

    recipient: str
    day: date
    link: str


def watermark_of(report: Report, recipient: str, public_id: str) -> Watermark:
    """Return what is drawn over a report that leaves by the link of this public id."""
    return Watermark(recipient, day_of(report.head.made_at, report.head.timezone), mark_of(public_id))


def mark_of(public_id: str) -> str:
    """Return what stands for a link in its watermark."""
    return public_id[:_MARK_LENGTH]


def clean_label(text: str, field: str) -> str:
    """Return a title or a recipient's name on one line, nothing in it that cannot be seen or turns the text around.

    Raises ``Invalid`` naming the field for more than ``MAX_LABEL`` characters.
    """
    seen = (character for character in text if character not in _TURNING)
    plain = "".join(" " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character for character in seen)
    label = " ".join(plain.split())
    if len(label) > MAX_LABEL:
        raise Invalid(ErrorCode.SHARE_LABEL_TOO_LONG, field=field, maximum=MAX_LABEL, found=len(label))
    return label


def check_days(days: int) -> int:
    """Return for how many days a link opens; raise ``Invalid`` for more than a year or less than a day."""
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(ErrorCode.SHARE_LIFETIME_INVALID, field="days", maximum=MAX_DAYS)
    return days


def check_views(views: int | None) -> int | None:
    """Return how often a link opens, ``None`` without end; raise ``Invalid`` for what is no such number."""
    if views is not None and not 1 <= views <= MAX_VIEWS:
        raise Invalid(ErrorCode.SHARE_VIEWS_INVALID, field="max_views", maximum=MAX_VIEWS)
    return views
