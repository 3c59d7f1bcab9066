"""Which words titles have most often, and what the posts with each typically got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from webapp.analytics.content.figures import PostFigure, figure_of
from webapp.analytics.content.keywords import is_keyword
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostTable
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostFilter

# A word of a single post is none that comes back.
LEAST_POSTS: Final = 2
# Of fewer counted posts what they typically got is indicative.
LEAST_FIRM: Final = 5


@dataclass(frozen=True, slots=True)
class WordUse:
    """A word in its compared form, how many posts have it, and what the counted ones of them typically got."""

    word: str
    posts: int
    likes: PostFigure


def count_words(table: PostTable, wanted: PostFilter) -> list[WordUse] | None:
    """Return the words of the posts of a selection, those of most posts first.

    ``None`` where no export holds captions: then the words are unknown, not absent.
    """
    if not table.has_titles:
        return None
    ids = {row.id for row in select_posts(table, wanted)}
    selected = [row.id in ids for row in table.rows]
    counted = {row.id for row in table.counted}
    found = []
    for word, places in table.words.items():
        if len(places) < LEAST_POSTS or not is_keyword(word):
            continue
        rows = [table.rows[place] for place in places if selected[place]]
        if len(rows) >= LEAST_POSTS:
            likes = figure_of((row for row in rows if row.id in counted), MetricKey.TYPICAL_LIKES)
            found.append(WordUse(word, len(rows), likes))
    return sorted(found, key=lambda use: (-use.posts, use.word))
