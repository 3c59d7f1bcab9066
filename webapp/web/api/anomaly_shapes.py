"""The shapes of the answer about what stands out."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET, UnsetType

from webapp.analytics.anomalies import Watch, Why
from webapp.domain.anomalies import AnomalyKind
from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Id, Instant, Page, Shape, Unknown


class AnomalyMark(Shape, frozen=True, kw_only=True):
    """That somebody expected it; the note is null where it was deleted since."""

    note: str | None
    marked_at: Instant


class AnomalyItem(Shape, frozen=True, kw_only=True):
    """One thing that stands out, against what is usual; what does not belong to its kind is null."""

    kind: AnomalyKind
    key: str
    day: date
    title: str
    text: str
    post: Id | None
    value: int | None
    usual: float | None
    low: int | None
    high: int | None
    factor: float | None
    chance: float | None
    n: int
    begins_at: Instant | None
    ends_at: Instant | None
    expected: AnomalyMark | None


class NotWatched(Shape, frozen=True, kw_only=True):
    """What cannot be watched yet, and why; found of needed are there where it is a matter of number."""

    watch: Watch
    code: Why
    text: str
    found: int
    needed: int


class AnomalyList(Page, frozen=True, kw_only=True):
    """One page of what stands out, newest first."""

    results: list[AnomalyItem]
    not_watched: list[NotWatched]
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
