"""Write posts as CSV: every figure and every word that the exports hold of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from webapp.analytics.content.post_history import PostWords, read_words
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.visible import Reader, redaction_of
from webapp.domain.post_query import Privacy
from webapp.domain.redaction import Redaction
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Cell, Moment, Row, render_rows

# Posts whose words are read at once; the first rows leave before the others are read.
_BATCH: Final = 500

_FIGURES: Final = (
    "post", "published_at", "kind", "title", "likes", "likes_per_day", "views", "comments", "shares", "saves",
    "engagement", "engagement_rate", "views_at", "standing", "deleted_at", "privacy", "counts_in_statistics",
    "hashtags", "sound", "sound_author", "is_original_sound", "permalink",
)  # fmt: skip
_WORDS: Final = (
    "image_count", "location", "allow_comments", "allow_stitches", "allow_duets", "allow_stickers",
    "allow_sharing_to_story", "content_disclosure", "ai_generated", "add_yours_text", "alternate_text",
    "sound_as_written", "music_id", "effect_ids", "stickers", "platform_post_id", "words_of_export",
)  # fmt: skip
POST_HEAD: Final = (*_FIGURES, *_WORDS)


def render_posts(
    reader: Reader, table: PostTable, rows: Sequence[PostRow], timezone: str, dialect: Dialect, locale: str
) -> Iterator[bytes]:
    """Yield posts in chunks, in the order given; what no source holds is an empty cell."""
    return render_rows(POST_HEAD, post_rows(reader, table, rows), timezone, dialect, locale)


def post_rows(reader: Reader, table: PostTable, rows: Sequence[PostRow]) -> Iterator[Row]:
    """Yield the rows of the table."""
    redaction = redaction_of(reader)
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        words = read_words(reader, [row.id for row in batch])
        for row in batch:
            yield [*_figures(table, row, redaction), *_words(words.get(row.id))]


def _figures(table: PostTable, row: PostRow, redaction: Redaction) -> Row:
    sound = None if row.sound is None else table.sounds[row.sound]
    return (
        *(row.public_id, Moment(row.published_at), row.kind.value, redaction.caption(row.title) or None, row.likes),
        *(table.likes_per_day(row), row.views, row.comments, row.shares, row.saves),
        *(row.engagement, row.engagement_rate, _moment(row.viewed_at), row.standing.value, _moment(row.deleted_at)),
        *(None if row.privacy == Privacy.UNSTATED else str(row.privacy), table.counts(row)),
        " ".join(f"#{table.tags[place].spelling.lstrip('#＃')}" for place in row.hashtags) or None,
        *((None, None, None) if sound is None else (sound.name, sound.author, sound.is_original)),
        row.permalink,
    )


def _words(words: PostWords | None) -> Sequence[Cell]:
    if words is None:
        return (None,) * len(_WORDS)
    return (
        *(words.image_count, words.location, words.allow_comments, words.allow_stitches, words.allow_duets),
        *(words.allow_stickers, words.allow_sharing_to_story, words.content_disclosure, words.ai_generated),
        *(words.add_yours_text, words.alternate_text, words.sound_raw, words.music_id),
        *(",".join(words.effects) or None, ",".join(words.stickers) or None),
        *(words.platform_post_id, Moment(words.at)),
    )


def _moment(second: int | None) -> Moment | None:
    return None if second is None else Moment(second)
