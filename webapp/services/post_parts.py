"""The hashtags and sounds that posts of an account share, found or added."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.sounds import NamedSound, name_sound
from webapp.models import Hashtag, Sound, new_public_id
from webapp.services.batches import batches
from webapp.services.bulk import insert_rows, read_rows

# Names of columns in one statement: few, because each is a variable of its own.
_LOOKED_UP: Final = 500


class SoundWords(NamedTuple):
    """What the words of a post say about its sound."""

    sound_name: str | None
    sound_author: str | None
    music_id: str | None


_named = lru_cache(8_192)(name_sound)


def sound_ids(session: Session, account_id: int, sounds: Sequence[SoundWords]) -> list[int | None]:
    """Return the row of each sound, added where the account does not have it yet; ``None`` where there is none."""
    named = [_named(*words) for words in sounds]
    new: dict[str, tuple[NamedSound, str | None]] = {}
    for sound, words in zip(named, sounds, strict=True):
        if sound is not None:
            new.setdefault(sound.key, (sound, words.music_id))
    ids = _ids(session, Sound, Sound.key, account_id, new)
    rows = [
        (new_public_id(), key, music_id, sound.name, sound.author, sound.is_original)
        for key, (sound, music_id) in new.items()
        if key not in ids
    ]
    if rows:
        columns = ("public_id", "key", "music_id", "name", "author", "is_original")
        insert_rows(session, "sound", columns, rows, {"account_id": account_id})
        ids = _ids(session, Sound, Sound.key, account_id, new)
    return [None if sound is None else ids[sound.key] for sound in named]


def hashtag_ids(session: Session, account_id: int, tags: Collection[str]) -> dict[str, int]:
    """Return the rows of hashtags by their compared form, added where the account does not have them yet."""
    ids = _ids(session, Hashtag, Hashtag.tag, account_id, tags)
    rows = [(tag,) for tag in sorted(tags) if tag not in ids]
    if not rows:
        return ids
    insert_rows(session, "hashtag", ("tag",), rows, {"account_id": account_id})
    return _ids(session, Hashtag, Hashtag.tag, account_id, tags)


def _ids(session: Session, model: Any, column: Any, account_id: int, keys: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in batches(sorted(keys), _LOOKED_UP):
        query = select(column, model.id).where(model.account_id == account_id, column.in_(some))
        found.update((key, row_id) for key, row_id in read_rows(session, query))
    return found
