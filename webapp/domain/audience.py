"""The three parts of an audience: who is on both follow lists, and who is on one of them only."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from webapp.domain.metrics import MetricKey
from webapp.domain.query import FollowQuery, Ignored, Relation
from webapp.domain.sections import Section


class AudiencePart(StrEnum):
    """A part, as an address names it."""

    MUTUALS = "mutuals"
    FOLLOWERS_ONLY = "followers_only"
    FOLLOWING_ONLY = "following_only"

    @property
    def metric(self) -> MetricKey:
        """Return the figure that counts the part."""
        return MetricKey(self.value)

    @property
    def section(self) -> Section:
        """Return the list that the part is on, of both the followers."""
        return Section.FOLLOWING if self is AudiencePart.FOLLOWING_ONLY else Section.FOLLOWERS

    def narrow(self, query: FollowQuery) -> FollowQuery:
        """Return a query put to the part, at the same place; marks leave nobody out unless the query says so."""
        relation = Relation.MUTUAL if self is AudiencePart.MUTUALS else Relation.NOT_MUTUAL
        return replace(query, relation=relation, ignored=query.ignored or Ignored.SHOW)
