"""Write the list of marked people as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webapp.analytics.marked_people import MarkedPerson
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Row, render_rows

MARKED_HEAD: Final = ("username", "tags", "note", "follows_you", "you_follow")


def render_marked(people: Iterable[MarkedPerson], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield marked people in chunks; whether somebody is on a list is empty when the list is unknown."""
    return render_rows(MARKED_HEAD, marked_rows(people), timezone, dialect, locale)


def marked_rows(people: Iterable[MarkedPerson]) -> Iterator[Row]:
    """Yield the rows of the table."""
    for person in people:
        yield person.username, "; ".join(person.tags), person.note, person.is_follower, person.is_followed
