"""The shape of what is behind a number: the same facts as its page."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from webapp.domain.explained import Caveat, Method, Reason
from webapp.domain.metrics import MetricKey, Unit
from webapp.domain.sections import Certainty, ExportedAtSource, Section
from webapp.web.api.shapes import Id, Instant, Shape


class ExplainedImport(Shape, frozen=True, kw_only=True):
    """An export that a number was counted from, and the file that brought it."""

    export: Id
    at: Instant
    at_source: ExportedAtSource
    at_certainty: Certainty
    lists: list[Section]
    file_name: str
    sha256: str
    import_: Id = msgspec.field(name="import")
    readers: Literal["viewer", "editor", "admin"]


class ExplainedPeriod(Shape, frozen=True, kw_only=True):
    """From when to when, both inclusive, in seconds and in days of the time zone; from is null for the beginning."""

    from_: Instant | None = msgspec.field(name="from")
    to: Instant
    date_from: date | None
    date_to: date


class ExplainedPart(Shape, frozen=True, kw_only=True):
    """Another number that this one is reckoned from; value is null where it is unknown."""

    metric: MetricKey
    value: float | None


class ExplainedReason(Shape, frozen=True, kw_only=True):
    """Why a number is unknown, which is never the same as zero."""

    code: Reason
    text: str


class ExplainedCaveat(Shape, frozen=True, kw_only=True):
    """Something that a number does not say; count are people or rows."""

    code: Caveat
    count: int | None
    text: str


class ExplainedMethod(Shape, frozen=True, kw_only=True):
    """How an estimate or a share was made."""

    code: Method
    text: str


class Explanation(Shape, frozen=True, kw_only=True):
    """A number with everything it takes to check it; value is null where unknown says why."""

    metric: MetricKey
    label: str
    definition: str
    formula: str
    unit: Unit
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    part: int | None
    whole: int | None
    timezone: str
    period: ExplainedPeriod | None
    period_asked: ExplainedPeriod | None
    method: ExplainedMethod | None
    parts: list[ExplainedPart]
    imports: list[ExplainedImport]
    caveats: list[ExplainedCaveat]
    page: str
    rows_csv: str | None
    unknown: ExplainedReason | UnsetType = UNSET
