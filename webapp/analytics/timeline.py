"""The complete lists of one kind in order of time: what "before", "between" and "since" mean."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from sqlalchemy import select

from webapp.analytics.visible import COMPLETE, STATES, Reader, visible
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import SINCE_OLDEST, Export


@dataclass(frozen=True, slots=True)
class Timeline:
    """The exports that hold a section whole, oldest first; equal times in the order of their import."""

    section: Section
    exports: tuple[Export, ...]

    @property
    def places(self) -> dict[int, int]:
        """Return the place of every list in time, by what spells name it with as the list they begin or end with."""
        places = {export.id: place for place, export in enumerate(self.exports)}
        return {SINCE_OLDEST: 0, **places} if places else {}

    @property
    def times(self) -> dict[int, int]:
        """Return the Unix second of every list, by the same names."""
        return {name: self.exports[place].exported_at for name, place in self.places.items()}

    def ids_upto(self, export: Export) -> tuple[int, ...]:
        """Return the ids of the exports not later than one of them, itself included."""
        return tuple(each.id for each in self.exports[: self._place(export) + 1])

    def ids_after(self, export: Export) -> tuple[int, ...]:
        """Return the ids of the exports later than one of them."""
        return tuple(each.id for each in self.exports[self._place(export) + 1 :])

    def before(self, export: Export) -> Export | None:
        """Return the export right before one of them."""
        place = self._place(export)
        return self.exports[place - 1] if place else None

    def newest_at(self, second: int) -> Export | None:
        """Return the newest export made at a Unix second or earlier."""
        place = bisect_right([export.exported_at for export in self.exports], second)
        return self.exports[place - 1] if place else None

    def find(self, public_id: str) -> Export | None:
        """Return the export with a public id."""
        return next((export for export in self.exports if export.public_id == public_id), None)

    def _place(self, export: Export) -> int:
        return next(place for place, each in enumerate(self.exports) if each.id == export.id)


def find_timeline(reader: Reader, section: Section) -> Timeline:
    """Return the complete lists that the reader sees."""
    query = (
        select(Export)
        .where(visible(Export, reader), STATES[section].in_(COMPLETE))
        .order_by(Export.exported_at, Export.id)
    )
    return Timeline(section, tuple(db.session.scalars(query)))
