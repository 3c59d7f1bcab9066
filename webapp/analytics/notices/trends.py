"""Hashtags and sounds that an account begins to use far more, by each list of posts as it was then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import select

from webapp.analytics.notices.history import NoticeHistory
from webapp.analytics.notices.post_lists import Rise, list_post_lists
from webapp.domain.notifications import Finding, NoticeKind
from webapp.domain.period import DAY_SECONDS
from webapp.extensions import db
from webapp.models import Sound

# What has not risen for so long, and was seen not to, is told again.
REARM_DAYS: Final = 60


def find_trends(history: NoticeHistory) -> Iterator[Finding]:
    """Yield the hashtags and sounds of an account that began to rise, in the order of the exports that show it."""
    lists = [(export.exported_at, shown) for export, shown in list_post_lists(history)]
    for at, tag in find_begun((at, shown.tags) for at, shown in lists):
        yield _finding(NoticeKind.RISING_HASHTAG, tag.key, at, tag, tag=tag.key)
    begun = list(find_begun((at, shown.sounds) for at, shown in lists))
    sounds = _list_sounds(int(sound.key) for _, sound in begun)
    for at, sound in begun:
        key, public_id = sounds[int(sound.key)]
        yield _finding(NoticeKind.RISING_SOUND, key, at, sound, sound=public_id)


def find_begun(lists: Iterable[tuple[int, Iterable[Rise]]]) -> Iterator[tuple[int, Rise]]:
    """Yield what begins to rise and the second of its list; what the first list shows has risen before.

    ``lists`` are the Unix second and what rises by it, of every list, oldest first.
    """
    last: dict[str, int] = {}
    before: int | None = None
    for at, rises in lists:
        for rise in rises:
            seen = last.get(rise.key)
            is_armed = seen is None or (seen != before and at - seen >= REARM_DAYS * DAY_SECONDS)
            if is_armed and before is not None:
                yield at, rise
            last[rise.key] = at
        before = at


def _finding(kind: NoticeKind, key: str, at: int, rise: Rise, **about: str) -> Finding:
    uses = {
        "recent": rise.recent,
        "of_recent": rise.of_recent,
        "earlier": rise.earlier,
        "of_earlier": rise.of_earlier,
    }
    return Finding(kind, f"{key}:{at}", at, {**about, **uses})


def _list_sounds(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return what tells a sound from others whichever import brought it, and its public id, by the id of its row."""
    query = select(Sound.id, Sound.key, Sound.public_id).where(Sound.id.in_(set(ids)))
    return {sound_id: (key, public_id) for sound_id, key, public_id in db.session.execute(query)}
