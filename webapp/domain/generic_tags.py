"""Hashtags that say nothing about what a post is about."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    fy fyp fypp fyppp fypage foryou foryoupage foryourpage foryoupageofficiall 4u 4you 4youpage
    pourtoi pourtoipage pourtoii prt pt fürdich fuerdich parati paratii perte pertee neiperte voorjou dlaciebie
    viral viralvideo viralvideos viraltiktok goviral virale trend trends trending trendy tendance tendances
    tiktok tiktokers tiktokviral tiktokfrance explore explorepage xyzbca xyzcba xyz blowup blowthisup
    algorithm capcut
"""
_GENERIC: Final = frozenset(_WORDS.split())


def is_generic(tag: str) -> bool:
    """Return whether a hashtag in its compared form only asks to be shown to more people."""
    return tag in _GENERIC or tag.startswith(("fypシ", "foryouシ", "pourtoiシ"))
