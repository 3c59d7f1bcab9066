"""What a list says of a post in words beside its title: who can see it, where it stands, whether it still grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.domain.anomalies import PostLabel
from webapp.domain.formatting import format_day
from webapp.domain.period import day_of
from webapp.domain.post_query import Privacy, Standing
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.i18n import locale

# How a label is drawn: the kind of its badge, and its icon.
LABELS_DRAWN: Final = {
    PostLabel.PEAK: ("good", "arrow-up"),
    PostLabel.FLOP: ("bad", "arrow-down"),
    PostLabel.HIGH: ("neutral", "arrow-up"),
    PostLabel.LOW: ("neutral", "arrow-down"),
}


@dataclass(frozen=True, slots=True)
class PostMark:
    """A badge as `ui.badge` draws it."""

    text: str
    kind: str
    icon: str


def marks_of(table: PostTable, row: PostRow, timezone: str, label: PostLabel | None = None) -> list[PostMark]:
    """Return what is to be said of a post; nothing of a usual, public one on the newest list that is old enough."""
    marks = list(_marks(table, row, timezone))
    return marks if label is None else [*marks, label_mark(label)]


def label_mark(label: PostLabel) -> PostMark:
    """Return what is said of a post that stands out."""
    kind, icon = LABELS_DRAWN[label]
    return PostMark(ForecastTexts(locale()).label(label), kind, icon)


def _marks(table: PostTable, row: PostRow, timezone: str) -> Iterator[PostMark]:
    if row.standing is Standing.DELETED:
        yield PostMark(_deleted(row, timezone), "neutral", "trash")
    elif row.standing is Standing.GONE:
        yield PostMark(_("no longer on your list"), "neutral", "info")
    if row.privacy == Privacy.ONLY_YOU:
        yield PostMark(_("only you can see it"), "masked", "eye-off")
    elif row.privacy == Privacy.FRIENDS:
        yield PostMark(_("friends can see it"), "masked", "users")
    if row.standing is Standing.LISTED and table.age_days(row) < MATURE_DAYS:
        yield PostMark(_("still growing"), "accent", "clock")


def _deleted(row: PostRow, timezone: str) -> str:
    if row.deleted_at is None:
        return str(_("deleted"))
    return str(_("deleted on %(day)s", day=format_day(day_of(row.deleted_at, timezone), locale())))
