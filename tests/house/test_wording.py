"""What is said of posts, hours, hashtags and sounds claims no cause, names no best, and carries its number (G13).

Every text of templates and sources is read, in English and in French. A rule that is too strict for one text has an
exception with its reason; an exception that no text needs any more fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
from babel.messages.pofile import read_po

from deploy.translations import ROOT, extract

FRENCH: Final = ROOT / "webapp" / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True)
class Language:
    """The words of a language: what posts are made of, verbs of causes, words of a best, and of a comparison."""

    subject: re.Pattern[str]
    cause: re.Pattern[str]
    best: re.Pattern[str]
    compared: re.Pattern[str]


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


LANGUAGES: Final = {
    "en": Language(
        subject=_words(
            r"posts?", r"posting", r"hours?", r"times? of day", r"(?:time )?slots?", r"weekdays?", r"#?%\(tag\)s",
            r"(?:hash)?tags?", r"sounds?", r"titles?", r"captions?", r"videos?", r"photos?", r"keywords?", r"likes?",
            r"views?", r"engagement", r"mondays?", r"tuesdays?", r"sundays?", r"evenings?", r"mornings?",
        ),
        cause=_words(
            r"makes?", r"made you", r"boost(?:s|ed|ing)?", r"bring(?:s|ing)?", r"brought", r"dr(?:ive|ives|ove|iving)",
            r"cause[sd]?", r"causing", r"leads? to", r"led to", r"improv(?:e|es|ed|ing)", r"increas(?:e|es|ed|ing)",
            r"attract(?:s|ed|ing)?", r"generat(?:e|es|ed|ing)", r"earn(?:s|ed|ing)? you", r"gets? you", r"gives? you",
            r"wins?", r"helps? (?:you|your)", r"works? for you", r"pays? off", r"results? in", r"thanks to",
            r"because of", r"due to", r"grows? your", r"costs? you",
        ),
        best=_words(r"best", r"worst", r"ideal(?:ly)?", r"optimal", r"perfect", r"winning", r"golden hours?"),
        compared=_words(r"better", r"worse", r"outperforms?", r"beats?", r"stronger", r"weaker"),
    ),
    "fr": Language(
        subject=_words(
            r"posts?", r"publi\w+", r"heures?", r"créneaux?", r"jours? de la semaine", r"#?%\(tag\)s", r"hashtags?",
            r"mots?-clés?", r"sons?", r"titres?", r"légendes?", r"vidéos?", r"photos?", r"likes?", r"vues?",
            r"engagement", r"lundis?", r"mardis?", r"dimanches?", r"soirs?", r"matins?",
        ),
        cause=_words(
            r"f(?:ait|ont) (?:gagner|monter|grimper|venir)", r"rapport(?:e|ent)", r"boost(?:e|ent|er)", r"dop(?:e|ent)",
            r"apport(?:e|ent)", r"attir(?:e|ent)", r"amélior(?:e|ent)",
            r"augment(?:e|ent) (?:vos|votre|les?|la|l’\w+)", r"gén[èé]r(?:e|ent|er)",
            r"provoqu(?:e|ent)", r"entraîn(?:e|ent)", r"permet(?:tent)? d[e’]", r"grâce (?:à|aux?)", r"à cause d\w+",
            r"caus(?:e|ent) (?:de|des|une?|la|le|les)", r"vous f(?:ait|ont)", r"paie(?:nt)?", r"coût(?:e|ent)",
        ),
        best=_words(r"meilleure?s?", r"pires?", r"idéale?s?", r"optima(?:le?s?|ux)", r"parfaite?s?"),
        compared=_words(r"mieux", r"moins bien", r"surpass\w+", r"pire"),
    ),
}  # fmt: skip
# What a sentence may say of a cause: that there is no proof of one.
_DENIED: Final = re.compile(
    r"(?:does not prove|does not say|says nothing|no proof|ne prouve pas|ne dit (?:pas|rien)|pas une preuve)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"n = %\(\w+\)s")
_SURE: Final = re.compile(
    r"%\((?:share|range|low|high)\)s|(?<!\w)(?:indicative|indicatif|indicative)(?!\w)", re.IGNORECASE
)
# Texts that a rule does not fit, by their English, with the reason.
EXCEPTIONS: Final[dict[str, str]] = {}


def faults(text: str, language: str) -> list[str]:
    """Return what is wrong with a text, in words; nothing where nothing is."""
    words, found = LANGUAGES[language], []
    for sentence in _SENTENCE.split(text):
        if not words.subject.search(sentence):
            continue
        cause = words.cause.search(sentence)
        if cause and not _DENIED.search(sentence):
            found.append(f"speaks of a cause: {cause[0]}")
        best = words.best.search(sentence)
        if best:
            found.append(f"names a best: {best[0]}")
        compared = words.compared.search(sentence)
        if compared and not (_NUMBER.search(text) and _SURE.search(text)):
            found.append(f"compares without n and a range: {compared[0]}")
    return found


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Yield every text with the English that it is found by, each form of a plural."""
    if language == "en":
        for message in extract(ROOT):
            for text in _forms(message.id):
                yield _forms(message.id)[0], text
        return
    with FRENCH.open("rb") as file:
        for message in read_po(file, locale="fr"):
            for text in _forms(message.string):
                yield _forms(message.id)[0], text


def idle_exceptions(exceptions: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the list of exceptions."""
    english, french = dict(texts("en")), dict(texts("fr"))
    for text, reason in exceptions.items():
        if len(reason.split()) < 4:
            yield f"has no reason: {text}"
        if text not in english:
            yield f"gone: {text}"
        elif not faults(english[text], "en") and not faults(french.get(text, ""), "fr"):
            yield f"needs no exception: {text}"


def bare_texts() -> Iterator[tuple[str, str]]:
    """Yield what stands in templates without being marked for translation, by the name of its file."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "\n", path.read_text("utf-8"), flags=re.DOTALL)
        for line in filter(None, map(str.strip, text.splitlines())):
            yield path.name, line


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_claims_more_than_a_test_told(language: str) -> None:
    wrong = [
        f"{text!r}: {', '.join(found)}"
        for english, text in texts(language)
        if english not in EXCEPTIONS and (found := faults(text, language))
    ]
    assert not wrong, "Say what was seen, with n and a range (STATISTICS 3.12):\n" + "\n".join(wrong)


def test_no_word_that_a_template_leaves_untranslated_claims_anything() -> None:
    assert [(name, text, found) for name, text in bare_texts() if (found := faults(text, "en"))] == []


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
        ("en", "Download it now: the best file for a spreadsheet."),
        ("fr", "Vos posts de %(group)s (n = %(count)s) font au moins %(share)s de mieux, probablement. Ce n’est pas "
               "une preuve que l’heure en est la cause."),
        ("fr", "Ses likes augmentent encore."),
        ("fr", "Aucun créneau ne se détache de façon fiable sur vos %(count)s posts. Publiez quand cela vous arrange."),
    ],
)  # fmt: skip
def test_a_sentence_that_says_what_was_seen_is_let_through(language: str, text: str) -> None:
    assert faults(text, language) == []


def _forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, (list, tuple)) else (str(text),)
