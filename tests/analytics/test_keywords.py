"""The words of titles, in French, English and other scripts."""

from __future__ import annotations

import pytest

from webapp.analytics.content.keywords import compared_word, is_keyword, words_of


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (None, set()),
        ("L’été à la plage d'aujourd'hui", {"été", "plage"}),
        ("Qu'est-ce que c'est ? Jusqu'à l'aube !", {"aube"}),
        ("Don't stop, it's Mom's day", {"stop", "mom", "day"}),
        ("#fyp ＃été @someone www.example.org https://example.org/plage recette", {"recette"}),
        ("rock'n'roll, peut-être, rendez-vous", {"rock'n'roll", "rendez-vous"}),
        ("हिन्दी में वीडियो 🎉", {"हिन्दी", "में", "वीडियो"}),
        ("Straße STRASSE 2026 4k x", {"strasse"}),
    ],
)
def test_the_words_that_say_what_a_post_is_about(title: str | None, words: set[str]) -> None:
    assert {word for word in words_of(title) if is_keyword(word)} == words


def test_a_word_is_compared_as_titles_are() -> None:
    assert compared_word("l’Été") == "été"
    assert compared_word("the") == "the"
    assert compared_word("two words") == "two words"
