"""Write the list of marked people as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from webapp.analytics.marked_people import MarkedPerson
from webapp.renderers.csv import Dialect, neutralise

_BOM: Final = "\ufeff"
_HEAD: Final = ("username", "tags", "note", "follows_you", "you_follow")
_ROWS: Final = 500


def render_marked(people: Iterable[MarkedPerson], dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield marked people in chunks; whether somebody is on a list is empty when the list is unknown."""
    is_excel = dialect is Dialect.EXCEL
    words = {"en": ("yes", "no"), "fr": ("oui", "non")}[locale] if is_excel else ("true", "false")
    shown = {True: words[0], False: words[1], None: ""}
    rows = iter(people)
    head = [_HEAD]
    while True:
        chunk = list(islice(rows, _ROWS))
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=";" if is_excel else ",", lineterminator="\r\n")
        writer.writerows(head)
        writer.writerows(
            (
                neutralise(person.username),
                neutralise("; ".join(person.tags)),
                neutralise(person.note),
                shown[person.is_follower],
                shown[person.is_followed],
            )
            for person in chunk
        )
        yield ((_BOM if is_excel and head else "") + buffer.getvalue()).encode()
        if len(chunk) < _ROWS:
            return
        head = []
