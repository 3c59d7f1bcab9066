"""Posts that resemble one: by shared hashtags, sound, kind and words of the title, and by which of them.

A made-up score, the same for the same posts: it orders a short list and is shown by what it is made of alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log
from typing import Final

from webapp.analytics.content.keywords import is_keyword, words_of
from webapp.analytics.content.table import PostRow, PostTable

MOST_SIMILAR: Final = 6
# A shared sound that few posts have says as much as two rare hashtags; a kind alone says nearly nothing.
_SOUND_WEIGHT: Final = 2.0
_WORD_WEIGHT: Final = 0.5
_KIND_WEIGHT: Final = 0.1


@dataclass(frozen=True, slots=True)
class Similar:
    """A post and what it shares: hashtags as places in the table, words in their compared form, sound and kind."""

    row: PostRow
    tags: tuple[int, ...]
    words: tuple[str, ...]
    has_sound: bool
    has_kind: bool


def find_similar(table: PostTable, row: PostRow, most: int = MOST_SIMILAR) -> tuple[Similar, ...]:
    """Return the posts that share most with a post, most first, of equal ones the nearest in time.

    A hashtag, a sound and a word weigh more the fewer posts have them: log(posts / posts with it). Posts that share
    neither a hashtag nor a sound nor a word are none.
    """
    total, tags = len(table.rows), set(row.hashtags)
    words = {word: frozenset(table.words.get(word, ())) for word in sorted(words_of(row.title)) if is_keyword(word)}
    tag_posts = Counter(tag for other in table.rows for tag in other.hashtags if tag in tags)
    sound_posts = sum(1 for other in table.rows if other.sound == row.sound)
    sound_weight = 0.0 if row.sound is None else _SOUND_WEIGHT * log(total / sound_posts)
    found = []
    for place, other in enumerate(table.rows):
        if other.id == row.id:
            continue
        # A tag of every post is shared as well: it only weighs nothing beside rarer ones.
        shared_tags = tuple(tag for tag in other.hashtags if tag in tags)
        shared_words = tuple(word for word, places in words.items() if place in places)
        has_sound = row.sound is not None and other.sound == row.sound
        score = (
            sum(log(total / tag_posts[tag]) for tag in shared_tags)
            + has_sound * sound_weight
            + _WORD_WEIGHT * sum(log(total / len(words[word])) for word in shared_words)
        )
        if score <= 0:
            continue
        has_kind = other.kind == row.kind
        key = (-(score + _KIND_WEIGHT * has_kind), abs(other.published_at - row.published_at), other.published_at)
        found.append((key, other.ordinal, Similar(other, shared_tags, shared_words, has_sound, has_kind)))
    found.sort(key=lambda each: each[:2])
    return tuple(similar for _, _, similar in found[:most])
