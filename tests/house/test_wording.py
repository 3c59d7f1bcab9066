"""What is said of posts, hours, hashtags and sounds claims no cause, names no best, and carries its number (G13)."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.house.wording import (
    EXCEPTIONS,
    LANGUAGES,
    NAMES,
    bare_texts,
    document_texts,
    faults,
    faults_of_texts,
    idle_exceptions,
    script_texts,
)
from webapp.web.api.open_api import build_document


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_claims_more_than_a_test_told(language: str) -> None:
    wrong = faults_of_texts(language)
    assert not wrong, "Say what was seen, with n and a range (STATISTICS 3.12):\n" + "\n".join(wrong)


def test_no_word_that_a_template_leaves_untranslated_claims_anything() -> None:
    assert [(name, text, found) for name, text in bare_texts() if (found := faults(text, "en"))] == []


def test_no_script_says_what_no_page_may_say() -> None:
    assert [(name, text, found) for name, text in script_texts() if (found := faults(text, "en"))] == []


def test_the_description_of_the_api_claims_nothing_in_its_texts_names_or_examples(app: Flask) -> None:
    with app.test_request_context():
        found = list(document_texts(build_document(app)))
    assert {"Public id.", "published at"} <= {text for _, text in found}, "the walk must reach texts and names"
    wrong = {text for _, text in found if faults(text, "en")}
    assert wrong == set(NAMES), "names that are no longer there need no exception"


def test_every_exception_is_needed_and_says_why() -> None:
    assert list(idle_exceptions(EXCEPTIONS)) == []


def test_an_exception_that_no_text_needs_is_found() -> None:
    made_up = {
        "This text is nowhere.": "it was there once, and it is gone",
        "Posts": "nothing is wrong with it, so it needs none",
        "Likes": "no reason",
    }
    assert list(idle_exceptions(made_up)) == [
        "gone: This text is nowhere.",
        "needs no exception: Posts",
        "has no reason: Likes",
        "needs no exception: Likes",
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Posting at 6 pm boosts your likes."),
        ("en", "#%(tag)s brings you %(share)s more views (n = %(count)s)."),
        ("en", "Longer titles make people stay, and that increases engagement."),
        ("en", "Your hashtags work for you."),
        ("en", "Best time slot: %(group)s (n = %(count)s, %(share)s)"),
        ("en", "The ideal length of a title is 40 characters."),
        ("en", "Your posts of %(group)s do better."),
        ("en", "Your posts of %(group)s (n = %(count)s) do better."),
        ("en", "Posts with #%(tag)s do %(share)s better."),
        ("en", "You got more likes thanks to this sound."),
        ("en", "The effect of the hour on your likes is large."),
        ("en", "This hashtag lifts your views."),
        ("en", "Publish on Thursday: thursdays are best."),
        ("en", "The model is %(share)s better than your recent median."),
        ("en", "This post will get %(count)s likes."),
        ("en", "Your next post should reach %(typical)s likes."),
        ("en", "Virality score: %(score)s"),
        ("en", "Experiment: slot %(arm)s made more likes because of the hour"),
        ("en", "best hour"),
        ("fr", "Votre post aura %(count)s likes."),
        ("fr", "Le modèle fait mieux que votre médiane."),
        ("fr", "Potentiel viral"),
        ("fr", "L’effet de l’heure sur vos vues est grand."),
        ("fr", "Publier à 18 h fait gagner des likes."),
        ("fr", "Le hashtag #%(tag)s rapporte %(share)s de vues en plus (n = %(count)s)."),
        ("fr", "Vos vidéos ont plus de vues grâce à ce son."),
        ("fr", "Les hashtags augmentent vos vues."),
        ("fr", "Votre meilleur créneau : %(group)s (n = %(count)s)"),
        ("fr", "Les posts avec #%(tag)s marchent mieux."),
    ],
)
def test_a_sentence_that_claims_too_much_is_found(language: str, text: str) -> None:
    assert faults(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Your posts of %(group)s (n = %(count)s) probably do at least %(share)s better. This does not prove the "
               "hour is the cause."),
        ("en", "No time slot stands out reliably in your %(count)s posts. Post when it suits you."),
        ("en", "It coincides with the post; that does not say the post is why."),
        ("en", "Typical likes of the posts of each hour (n = %(count)s, indicative)"),
        ("en", "Your posts usually get %(low)s to %(high)s likes (8 times in 10)."),
        ("en", "The model is %(share)s better than %(against)s (between %(low)s and %(high)s; checked on %(count)s "
               "posts)."),
        ("en", "Your posts usually get 180 to 3,400 likes (8 times in 10). Checked on your last 120 posts: 81 % did."),
        ("fr", "Le modèle fait %(share)s mieux que votre médiane récente (de %(low)s à %(high)s ; %(count)s posts)."),
        ("en", "Download it now: the best file for a spreadsheet."),
        ("fr", "Vos posts de %(group)s (n = %(count)s) font au moins %(share)s de mieux, probablement. Ce n’est pas "
               "une preuve que l’heure en est la cause."),
        ("fr", "Ses likes augmentent encore."),
        ("fr", "Aucun créneau ne se détache de façon fiable sur vos %(count)s posts. Publiez quand cela vous arrange."),
    ],
)  # fmt: skip
def test_a_sentence_that_says_what_was_seen_is_let_through(language: str, text: str) -> None:
    assert faults(text, language) == []
