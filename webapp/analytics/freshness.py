"""How far the data of an account reach, section by section."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select

from webapp.analytics.visible import ANY_READER, COMPLETE, STATES, values_of, visible
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export

# Made once, because every page tells how far the data reach.
_NEWEST = select(
    *(func.max(case((state.in_(COMPLETE), Export.exported_at))) for state in STATES.values()),
).where(visible(Export, ANY_READER))


@dataclass(frozen=True, slots=True)
class FreshnessTimes:
    """The export time (Unix seconds) of the newest export that holds each section whole; ``None`` is never."""

    sections: dict[Section, int | None]

    @property
    def newest(self) -> int | None:
        """Return the newest of them; ``None`` while no export holds any list whole."""
        return max((at for at in self.sections.values() if at is not None), default=None)

    @property
    def is_mixed(self) -> bool:
        """Return whether some sections are older than others, or missing."""
        return len(set(self.sections.values())) > 1


def find_freshness(scope: Scope) -> FreshnessTimes:
    """Return how far each section of the account reaches (``as_of`` is per section)."""
    found = db.session.connection().execute(_NEWEST, values_of(scope)).one()
    return FreshnessTimes(dict(zip(STATES, found, strict=True)))
