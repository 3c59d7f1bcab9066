"""What TikTok Studio counted: days, hours and shares, of several downloads the newest that states a figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, func, select

from webapp.analytics.visible import Reader, visible
from webapp.domain.studio import DAY_FIGURES, STUDIO_LAYOUT
from webapp.extensions import db
from webapp.models import AudienceTrait, Export, StudioDay, StudioHour, StudioShare

FIGURES: Final = tuple(name for names in DAY_FIGURES.values() for name in names)
# What stands for everybody who is in none of the territories above it.
OTHERS: Final = "others"


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day's figures by name; one that no download states is not among them."""

    day: date
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the followers, 0 to 1, by its label in the file."""

    label: str
    share: float


@dataclass(frozen=True, slots=True)
class Shares:
    """How an audience is divided by the newest download that says it; ``as_of`` is its Unix second."""

    as_of: int
    parts: tuple[Share, ...]


@dataclass(slots=True)
class ActiveHours:
    """The followers who were active in each hour of some days; an hour that no download states is not there."""

    days: dict[date, dict[int, int]] = field(default_factory=dict)

    @property
    def most(self) -> int:
        """Return the largest number of an hour."""
        return max((count for hours in self.days.values() for count in hours.values()), default=0)


def count_downloads(reader: Reader) -> int:
    """Return how many downloads of Studio the account has."""
    query = select(func.count(Export.id)).where(visible(Export, reader), Export.layout == STUDIO_LAYOUT)
    return db.session.scalar(query) or 0


def find_days(reader: Reader) -> list[DayFigures]:
    """Return the days that downloads state figures of, oldest first."""
    found: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for row in db.session.scalars(_oldest_first(StudioDay, reader)):
        found[row.day] |= {name: value for name in FIGURES if (value := getattr(row, name)) is not None}
    return [DayFigures(day, found[day]) for day in sorted(found)]


def find_active_hours(reader: Reader) -> ActiveHours:
    """Return the followers who were active by day and hour, days in order."""
    found: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for row in db.session.scalars(_oldest_first(StudioHour, reader)):
        if row.active_followers is not None:
            found[row.day][row.hour] = row.active_followers
    return ActiveHours({day: found[day] for day in sorted(found)})


def find_shares(reader: Reader, trait: AudienceTrait) -> Shares | None:
    """Return the shares of the newest download that holds any, largest first, the rest of them last."""
    query = (
        select(StudioShare, Export.exported_at, Export.id)
        .join(Export, Export.id == StudioShare.export_id)
        .where(visible(StudioShare, reader), visible(Export, reader), StudioShare.trait == trait)
        .where(StudioShare.share.is_not(None))
    )
    rows = [(at, export_id, row) for row, at, export_id in db.session.execute(query)]
    if not rows:
        return None
    newest = max((at, export_id) for at, export_id, _ in rows)
    parts = [Share(row.label, row.share or 0.0) for at, export_id, row in rows if (at, export_id) == newest]
    parts.sort(key=lambda part: (part.label.casefold() == OTHERS, -part.share, part.label))
    return Shares(newest[0], tuple(parts))


def _oldest_first(model: Any, reader: Reader) -> Select[Any]:
    """Return the question for all rows, so that what a newer download states comes after."""
    return (
        select(model)
        .join(Export, Export.id == model.export_id)
        .where(visible(model, reader), visible(Export, reader))
        .order_by(Export.exported_at, Export.id)
    )
