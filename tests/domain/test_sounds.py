"""Sounds are one where they are the same sound, and apart where they are not."""

from __future__ import annotations

import pytest

from webapp.domain.sounds import NamedSound, name_sound

Said = tuple[str | None, str | None, str | None]


def named(said: Said) -> NamedSound:
    found = name_sound(*said)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Song", "Artist", None), ("song", "ARTIST", None)),
        (("  Song \n two", "Artist", None), ("Song two", "Artist ", None)),
        (("Ｓｏｎｇ", "Artist", None), ("Song", "Artist", None)),
        (("Song", None, None), ("SONG", "", None)),
        (("Song", "@artist", None), ("Song", "artist", None)),
        # the id decides, whatever the name is now
        (("Song", "Artist", "7"), ("Song (sped up)", None, "7")),
        ((None, None, "7"), ("Song", "Artist", "7")),
        # the own recording, in the language of the app
        (("original sound", "demo.maker", None), ("Originalton", "demo.maker", None)),
        (("son original", "Demo.Maker", None), ("オリジナル楽曲", "demo.maker", None)),
        (("som original", None, None), ("Original Sound", None, None)),
        (("оригинальный звук", "@a", None), ("الصوت الأصلي", "a", None)),
        # an author whose name holds the dash between both
        (("original sound - Ann", "Bob", None), ("son original - Ann", "Bob", None)),
        (("original sound - Ann", None, None), ("original sound", "ann", None)),
    ],
)
def test_two_spellings_of_one_sound_are_one(one: Said, other: Said) -> None:
    assert named(one).key == named(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Song", "Artist", None), ("Song", "Another", None)),
        (("Song", "Artist", None), ("Song", None, None)),
        (("Song", "Artist", None), ("Song two", "Artist", None)),
        (("Song", "Artist", "7"), ("Song", "Artist", "8")),
        (("Song", "Artist", "7"), ("Song", "Artist", None)),
        (("original sound", "ann", None), ("original sound", "bob", None)),
        (("original sound", "ann", None), ("original sound", None, None)),
        (("original sound remix", "ann", None), ("original sound", "ann", None)),
        (("7", None, None), (None, None, "7")),
    ],
)
def test_different_sounds_stay_different(one: Said, other: Said) -> None:
    assert named(one).key != named(other).key


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ((" 夜に ", "仮の歌手", None), ("夜に", "仮の歌手", False)),
        (("Originalton", "demo.maker", None), ("Originalton", "demo.maker", True)),
        (("original sound - Ann", "Bob", None), ("original sound", "Ann - Bob", True)),
        ((None, None, "7"), ("", None, False)),
    ],
)
def test_a_sound_is_shown_as_the_post_has_it(said: Said, shown: tuple[str, str | None, bool]) -> None:
    assert named(said)[1:] == shown


@pytest.mark.parametrize(("name", "author"), [(None, None), ("", ""), (" ", "Artist"), (None, "Artist")])
def test_a_post_that_does_not_say_its_sound_has_none(name: str | None, author: str | None) -> None:
    assert name_sound(name, author) is None


def test_keys_fit_their_column() -> None:
    assert len(named(("x" * 100_000, "\ud800", None)).key) <= 64
