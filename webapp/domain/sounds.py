"""Tell sounds apart: by the platform's id, else by name and author in the form in which they are compared."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Final, NamedTuple

_DASH: Final = " - "
# What the platform calls the sound of a post's own recording, by language of the app, in the compared form.
_ORIGINAL: Final = frozenset(
    unicodedata.normalize("NFKC", name).casefold()
    for name in (
        "original sound",  # English
        "original audio",
        "son original",  # French
        "Originalton",  # German
        "sonido original",  # Spanish
        "audio original",
        "suono originale",  # Italian
        "audio originale",
        "som original",  # Portuguese
        "áudio original",
        "origineel geluid",  # Dutch
        "oorspronkelijk geluid",
        "originalljud",  # Swedish
        "originallyd",  # Norwegian
        "original lyd",  # Danish
        "alkuperäinen ääni",  # Finnish
        "oryginalny dźwięk",  # Polish
        "dźwięk oryginalny",
        "původní zvuk",  # Czech
        "eredeti hang",  # Hungarian
        "sunet original",  # Romanian
        "πρωτότυπος ήχος",  # Greek
        "αρχικός ήχος",
        "orijinal ses",  # Turkish
        "оригинальный звук",  # Russian
        "оригінальний звук",  # Ukrainian
        "الصوت الأصلي",  # Arabic
        "צליל מקורי",  # Hebrew
        "मूल आवाज़",  # Hindi
        "เสียงต้นฉบับ",  # Thai
        "nhạc nền",  # Vietnamese
        "âm thanh gốc",
        "suara asli",  # Indonesian
        "bunyi asal",  # Malay
        "orihinal na tunog",  # Filipino
        "オリジナル楽曲",  # Japanese
        "オリジナル音源",
        "오리지널 사운드",  # Korean
        "원본 사운드",
        "原声",  # Chinese
        "原聲",
    )
)


class NamedSound(NamedTuple):
    """A sound: ``key`` is equal where two posts have the same one; the names are written as the post has them."""

    key: str
    name: str
    author: str | None
    is_original: bool


def name_sound(name: str | None, author: str | None, music_id: str | None = None) -> NamedSound | None:
    """Return the sound of a post; ``None`` where nothing says which it is.

    The platform's id decides. "Original sound" in every language is one sound an author, and one without an author.
    """
    name, author = _tidy(name), _tidy(author) or None
    head, dash, rest = name.partition(_DASH)
    if dash and _compared(head) in _ORIGINAL:
        # The author's name holds a dash itself.
        name, author = head, f"{rest}{_DASH}{author}" if author else rest
    is_original = _compared(name) in _ORIGINAL
    if music_id:
        return NamedSound(_digest("id", music_id), name, author, is_original)
    if not name:
        return None
    compared = _compared(author or "").removeprefix("@")
    key = _digest("original", compared) if is_original else _digest("name", _compared(name), compared)
    return NamedSound(key, name, author, is_original)


def _tidy(text: str | None) -> str:
    return " ".join((text or "").split())


def _compared(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=32).hexdigest()
