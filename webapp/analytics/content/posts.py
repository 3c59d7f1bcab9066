"""Find the table of an account's posts: in this process, as a job packed it, or anew from the ledger."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace
from threading import Lock
from typing import Final

from sqlalchemy import select

from webapp.analytics.content.ledger_table import read_table
from webapp.analytics.content.table import LAYOUT, NotPacked, PostTable, SoundName, unpack
from webapp.analytics.visible import Reader, find_newest_complete, redaction_of
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Account, PostIndex

logger = logging.getLogger(__name__)

# About 700 bytes each: the tables of a process take at most 30 MB, but for a single account with more.
_MOST_ROWS: Final = 40_000

# Account, revision, and whether the authors of original sounds are left out.
_Key = tuple[str, int, bool]
_kept: OrderedDict[_Key, PostTable] = OrderedDict()
_lock = Lock()


def find_posts(reader: Reader) -> PostTable | None:
    """Return the posts of an account at a revision; ``None`` where no export holds the list of posts.

    The same table is handed to everybody: nobody may change it.
    """
    account = db.session.get(Account, reader.account_id)
    if account is None:
        return None
    # The random name of the account, not its number, which another database has too.
    hides_names = redaction_of(reader).hides_names
    key = (account.public_id, reader.revision, hides_names)
    with _lock:
        known = _kept.get(key)
        if known is not None:
            _kept.move_to_end(key)
            return known
    found = _read(reader)
    if found is not None and hides_names:
        found = replace(found, sounds=tuple(_nameless(sound) for sound in found.sounds))
    if found is not None:
        _keep(key, found)
    return found


def _nameless(sound: SoundName) -> SoundName:
    """Return a sound without its author where that is who made the video: they may be on the lists."""
    return SoundName(sound.public_id, "", None, True) if sound.is_original else sound


def _read(reader: Reader) -> PostTable | None:
    body = db.session.scalar(
        select(PostIndex.body).where(
            PostIndex.account_id == reader.account_id,
            PostIndex.revision == reader.revision,
            PostIndex.layout == LAYOUT,
        )
    )
    if body is not None:
        try:
            return unpack(body)
        except NotPacked as error:
            logger.warning("the packed posts of account %d cannot be read: %s", reader.account_id, error)
    newest = find_newest_complete(reader, Section.POSTS)
    return None if newest is None else read_table(reader, newest)


def _keep(key: _Key, table: PostTable) -> None:
    with _lock:
        # Nobody asks for an earlier revision again, but for answers that are under way.
        for other in [other for other in _kept if other[0] == key[0] and other[1] < key[1]]:
            del _kept[other]
        _kept[key] = table
        _kept.move_to_end(key)
        rows = sum(len(each.rows) for each in _kept.values())
        while rows > _MOST_ROWS and len(_kept) > 1:
            _, dropped = _kept.popitem(last=False)
            rows -= len(dropped.rows)
