"""What was worked out of a table of posts lately: turning pages asks for the same thing again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, TypeVar

from webapp.analytics.content.table import PostTable

T = TypeVar("T")

# Whole orders of an account among them: 160 kB each for 20,000 posts.
_MOST: Final = 32

_lock = Lock()
_kept: OrderedDict[tuple[int, Hashable], tuple[PostTable, Any]] = OrderedDict()


def keep(table: PostTable, key: Hashable, make: Callable[[], T]) -> T:
    """Return what ``make`` makes of a table, which nobody may change; ``key`` tells it from others of the table.

    It is kept beside its table, so that neither another account nor another revision ever finds it.
    """
    place = (id(table), key)
    with _lock:
        known = _kept.get(place)
        if known is not None and known[0] is table:
            _kept.move_to_end(place)
            found: T = known[1]
            return found
    made = make()
    with _lock:
        _kept[place] = (table, made)
        _kept.move_to_end(place)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return made
