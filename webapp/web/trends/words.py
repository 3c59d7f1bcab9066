"""The words of titles as the page lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.word_counts import LEAST_FIRM, WordUse
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.post_query import PostFilter
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.kpis import format_value
from webapp.web.opened import Opened
from webapp.web.post_links import posts_href

_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class WordRow:
    """A word with the way to its posts; ``typical`` is ``None`` where none of them counts."""

    word: str
    href: str
    posts: str
    typical: str | None
    counted: str
    is_indicative: bool


class WordTable:
    """The words of the posts of a period, those of most posts first; the others are in the download."""

    def __init__(self, found: list[WordUse], wanted: PostFilter) -> None:
        self._found = found
        self._wanted = wanted
        self._open = Opened()

    @property
    def rows(self) -> list[WordRow]:
        """Return the words that are shown."""
        return [self._row(use) for use in self._found[:_SHOWN]]

    @property
    def more_text(self) -> str | None:
        """Return how many words are in the download alone."""
        more = len(self._found) - _SHOWN
        if more <= 0:
            return None
        text = ngettext(
            "%(count)s more word is in the download.",
            "%(count)s more words are in the download.",
            more,
            count=format_count(more, locale()),
        )
        return str(text)

    def _row(self, use: WordUse) -> WordRow:
        posts = self._wanted.with_(word=use.word)
        typical = None
        if use.likes.value is not None:
            shown = format_value(MetricKey.TYPICAL_LIKES, use.likes.value)
            typical = self._opened(MetricKey.TYPICAL_LIKES, posts.with_(counted=True), shown, use.word)
        return WordRow(
            word=use.word,
            href=posts_href(posts),
            posts=self._opened(MetricKey.POSTS, posts, format_count(use.posts, locale()), use.word),
            typical=typical,
            counted=format_count(use.likes.n, locale()),
            is_indicative=0 < use.likes.n < LEAST_FIRM,
        )

    def _opened(self, metric: MetricKey, posts: PostFilter, text: str, word: str) -> str:
        return self._open(text, figure_href(FigureQuery(metric, posts=posts)), f"{_(METRICS[metric].label)}, {word}")


def word_rows(found: Iterable[WordUse]) -> list[tuple[str, int, int, float | None]]:
    """Return the words as rows of values."""
    return [(use.word, use.posts, use.likes.n, use.likes.value) for use in found]
