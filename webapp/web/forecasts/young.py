"""Young posts: what they may end at, as earlier ones went on from that age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from webapp.analytics.content.table import PostTable
from webapp.analytics.forecasts.early import EarlyForecast
from webapp.analytics.forecasts.forecast import rounded_likes
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day
from webapp.domain.metrics import MetricKey
from webapp.domain.period import day_of
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.opened import Opened
from webapp.web.post_links import post_href
from webapp.web.post_texts import short_title


@dataclass(frozen=True, slots=True)
class YoungRow:
    """A post whose likes still rise; ``expected`` and ``likes`` are ``None`` where nobody knows."""

    title: str
    href: str
    day: str
    likes: str | None
    expected: str | None
    text: str
    takes_off: bool


class YoungPosts:
    """The posts that are too young to count, newest first."""

    def __init__(self, found: Sequence[EarlyForecast], table: PostTable, timezone: str) -> None:
        self._found = found
        self._table = table
        self._timezone = timezone
        self._texts = ForecastTexts(locale())
        self._open = Opened()

    @property
    def rows(self) -> list[YoungRow]:
        """Return the posts with what may become of each."""
        return [self._row(one) for one in self._found]

    def _row(self, one: EarlyForecast) -> YoungRow:
        row = self._table.by_id.get(one.post)
        day = format_day(day_of(one.published_at, self._timezone), locale())
        title = (short_title(row.title) if row else "") or str(_("Without words"))
        name = f"{day}: {title}"
        likes = expected = None
        if one.likes is not None:
            href = figure_href(FigureQuery(MetricKey.POST_LIKES, post=one.post))
            likes = self._open(format_count(one.likes, locale()), href, f"{name}, {_('Likes')}")
        if one.expected is not None:
            expected = self._texts.span(rounded_likes(one.expected.low), rounded_likes(one.expected.high))
        text = self._texts.early_reading(one)
        return YoungRow(title, post_href(one.post), day, likes, expected, text, one.takes_off)
