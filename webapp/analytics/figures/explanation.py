"""The answer to "where does this number come from?", and what every metric's answer is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from sqlalchemy import select

from webapp.analytics.figures.rows import FigureRows, RowPage
from webapp.analytics.growth import Growth, find_growth
from webapp.analytics.visible import COMPLETE, STATES
from webapp.domain.explained import Caveat, Method, Reason
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Span
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.scope import PERMISSION_ROLES, Permission, Role, Scope
from webapp.domain.sections import Certainty, ExportedAtSource, Section
from webapp.extensions import db
from webapp.models import Export, ImportRun

Number = int | float | Decimal

# Which rows of a list are in no number, by the reasons that an import notes.
_SKIPPED: Final = {
    Caveat.DELETED_ACCOUNTS: ("deleted_account",),
    Caveat.UNREAD_ROWS: ("bad_date", "bad_name", "bad_row"),
    Caveat.ERASED_PEOPLE: ("erased",),
}


@dataclass(frozen=True, slots=True)
class Source:
    """An export that a number was counted from, and the import that brought it.

    ``export`` and ``import_id`` are public ids, ``exported_at`` is a Unix second. ``readers`` is the least role that
    may open the import.
    """

    export: str
    exported_at: int
    at_source: ExportedAtSource
    certainty: Certainty
    lists: tuple[Section, ...]
    file_name: str
    sha256: str
    import_id: str
    readers: Role = PERMISSION_ROLES[Permission.ACCOUNT_READ]


@dataclass(frozen=True, slots=True)
class Part:
    """Another number that this one is reckoned from."""

    query: FigureQuery
    value: Number | None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the number does not say; ``count`` are people or rows, ``at`` is a Unix second."""

    code: Caveat
    count: int | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A number with everything it takes to check it.

    ``value`` is ``None`` where ``reason`` says why it is unknown. ``low`` and ``high`` enclose it in ``level`` of all
    cases, ``n`` is how many people or posts it was made from, ``counted`` is the part and the whole of a share.
    ``span`` are the seconds it holds for, as it was counted; ``asked`` is the period that was asked for. ``rows`` says
    who or what is behind it, ``None`` where nothing can be listed; ``page`` is the page of them that was asked for,
    ``None`` where none was.
    """

    query: FigureQuery
    timezone: str
    value: Number | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    n: int | None = None
    counted: tuple[int, int] | None = None
    span: Span | None = None
    asked: Span | None = None
    reason: Reason | None = None
    notes: tuple[Note, ...] = ()
    sources: tuple[Source, ...] = ()
    parts: tuple[Part, ...] = ()
    method: Method | None = None
    rows: FigureRows | None = None
    page: RowPage | None = None


@dataclass(frozen=True)
class Asked:
    """Who asks about which number."""

    scope: Scope
    query: FigureQuery

    @cached_property
    def growth(self) -> Growth:
        """Return the growth of all time."""
        return find_growth(self.scope, PeriodQuery(Preset.ALL))

    @property
    def metric(self) -> MetricKey:
        """Return the metric."""
        return self.query.metric

    @property
    def section(self) -> Section:
        """Return whose list the metric is about."""
        return Section.FOLLOWING if self.metric in OF_FOLLOWING else Section.FOLLOWERS

    def part(self, metric: MetricKey, value: Number | None) -> Part:
        """Return another number of the same question."""
        return Part(self.query.with_(metric=metric), value)

    def unknown(self, reason: Reason, exports: Iterable[Export] = (), **facts: object) -> Explanation:
        """Return that the number is unknown, and why."""
        sources = find_sources(self.scope, exports)
        return Explanation(self.query, self.scope.timezone, reason=reason, sources=sources, **facts)  # type: ignore[arg-type]

    def known(self, value: Number, exports: Iterable[Export], **facts: object) -> Explanation:
        """Return the number with its facts."""
        sources = find_sources(self.scope, exports)
        return Explanation(self.query, self.scope.timezone, value, sources=sources, **facts)  # type: ignore[arg-type]


OF_FOLLOWING = frozenset(
    {
        MetricKey.FOLLOWING,
        MetricKey.FOLLOWING_ONLY,
        MetricKey.FOLLOWING_GAINED,
        MetricKey.FOLLOWING_LOST,
        MetricKey.WEEK_FOLLOWING,
        MetricKey.MONTH_FOLLOWING,
        MetricKey.FOLLOWING_AT_LEAST,
    }
)


def find_sources(scope: Scope, exports: Iterable[Export]) -> tuple[Source, ...]:
    """Return the imports behind some exports, newest first."""
    wanted = {export.id: export for export in exports}
    if not wanted:
        return ()
    runs = {
        run.id: run
        for run in db.session.execute(
            select(ImportRun.id, ImportRun.public_id, ImportRun.file_name, ImportRun.sha256).where(
                ImportRun.team_id == scope.team_id, ImportRun.id.in_({export.import_id for export in wanted.values()})
            )
        )
    }
    newest_first = sorted(wanted.values(), key=lambda export: (export.exported_at, export.id), reverse=True)
    return tuple(
        Source(
            export=export.public_id,
            exported_at=export.exported_at,
            at_source=export.exported_at_source,
            certainty=export.exported_at_certainty,
            lists=tuple(section for section in STATES if getattr(export, STATES[section].key) in COMPLETE),
            file_name=runs[export.import_id].file_name,
            sha256=runs[export.import_id].sha256,
            import_id=runs[export.import_id].public_id,
        )
        for export in newest_first
        if export.import_id in runs
    )


def list_notes(exports: Sequence[Export], section: Section) -> Iterator[Note]:
    """Yield what a number counted on some lists does not say because of how they were read."""
    skipped: Counter[str] = Counter()
    for export in exports:
        skipped.update((export.sections.get(section.value) or {}).get("skipped") or {})
    for code, reasons in _SKIPPED.items():
        count = sum(skipped[reason] for reason in reasons)
        if count:
            yield Note(code, count)
    if any(export.exported_at_certainty is not Certainty.CERTAIN for export in exports):
        yield Note(Caveat.TIME_UNCERTAIN)
