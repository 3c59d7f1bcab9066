"""The rules for what is said of posts, hours, hashtags and sounds: no cause, no best, never without its number (G13).

What is read: every text of templates and sources in English and in French, what templates and scripts say without a
translation, and the whole description of the API with its names and examples. A rule that is too strict for one text
has an exception with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel.messages.pofile import read_po

from deploy.translations import ROOT, extract

FRENCH: Final = ROOT / "webapp" / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
_STRING: Final = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1""")
_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True)
class Language:
    """The words of a language: what posts are made of, of causes, of a best, of comparisons, of what is to come.

    ``promised`` are words that nothing in the data can keep, wherever they stand.
    """

    subject: re.Pattern[str]
    cause: re.Pattern[str]
    best: re.Pattern[str]
    compared: re.Pattern[str]
    foretold: re.Pattern[str]
    promised: re.Pattern[str]


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


LANGUAGES: Final = {
    "en": Language(
        subject=_words(
            r"posts?", r"posting", r"hours?", r"times? of day", r"(?:time )?slots?", r"weekdays?", r"#?%\(tag\)s",
            r"(?:hash)?tags?", r"sounds?", r"titles?", r"captions?", r"videos?", r"photos?", r"keywords?", r"likes?",
            r"views?", r"engagement", r"mondays?", r"tuesdays?", r"wednesdays?", r"thursdays?", r"fridays?",
            r"saturdays?", r"sundays?", r"evenings?", r"mornings?", r"nights?", r"models?", r"forecasts?", r"plans?",
            r"recommendations?", r"ideas?", r"experiments?", r"time to (?:post|publish)", r"%\((?:slot|arm|sound)\)s",
        ),
        cause=_words(
            r"makes?", r"made you", r"boost(?:s|ed|ing)?", r"bring(?:s|ing)?", r"brought", r"dr(?:ive|ives|ove|iving)",
            r"cause[sd]?", r"causing", r"leads? to", r"led to", r"improv(?:e|es|ed|ing)", r"increas(?:e|es|ed|ing)",
            r"attract(?:s|ed|ing)?", r"generat(?:e|es|ed|ing)", r"earn(?:s|ed|ing)? you", r"gets? you", r"gives? you",
            r"wins?", r"helps? (?:you|your)", r"works? for you", r"pays? off", r"results? in", r"thanks to",
            r"because of", r"due to", r"grows? your", r"costs? you", r"effects? of", r"impact(?:s|ed)?", r"lifts?",
            r"raises?", r"push(?:es|ed)?", r"so that (?:you|they) get", r"unlocks?", r"influences?",
        ),
        best=_words(r"best", r"worst", r"ideal(?:ly)?", r"optimal", r"perfect", r"winning", r"golden hours?"),
        compared=_words(r"better", r"worse", r"outperforms?", r"beats?", r"stronger", r"weaker"),
        foretold=_words(
            r"will (?:get|have|reach)", r"should (?:get|have|reach)", r"usually gets?", r"is expected to",
            r"will likely",
        ),
        promised=_words(
            r"viral(?:ity)?", r"guarantee[sd]?", r"algorithm (?:likes|loves|favou?rs|prefers)", r"for sure",
        ),
    ),
    "fr": Language(
        subject=_words(
            r"posts?", r"publi\w+", r"heures?", r"créneaux?", r"jours? de la semaine", r"#?%\(tag\)s", r"hashtags?",
            r"mots?-clés?", r"sons?", r"titres?", r"légendes?", r"vidéos?", r"photos?", r"likes?", r"vues?",
            r"engagement", r"lundis?", r"mardis?", r"dimanches?", r"soirs?", r"matins?",
            r"mercredis?", r"jeudis?", r"vendredis?", r"samedis?", r"nuits?", r"modèles?", r"prévisions?", r"plans?",
            r"recommandations?", r"idées?", r"expériences?", r"%\((?:slot|arm|sound)\)s",
        ),
        cause=_words(
            r"f(?:ait|ont) (?:gagner|monter|grimper|venir)", r"rapport(?:e|ent)", r"boost(?:e|ent|er)", r"dop(?:e|ent)",
            r"apport(?:e|ent)", r"attir(?:e|ent)", r"amélior(?:e|ent)",
            r"augment(?:e|ent) (?:vos|votre|les?|la|l’\w+)", r"gén[èé]r(?:e|ent|er)",
            r"provoqu(?:e|ent)", r"entraîn(?:e|ent)", r"permet(?:tent)? d[e’]", r"grâce (?:à|aux?)", r"à cause d\w+",
            r"caus(?:e|ent) (?:de|des|une?|la|le|les)", r"vous f(?:ait|ont)", r"paie(?:nt)?", r"coût(?:e|ent)",
            r"effets? d[eu’]\w*", r"impact\w*", r"influenc\w+",
        ),
        best=_words(r"meilleure?s?", r"pires?", r"idéale?s?", r"optima(?:le?s?|ux)", r"parfaite?s?"),
        compared=_words(r"mieux", r"moins bien", r"surpass\w+", r"pire"),
        foretold=_words(
            r"(?:aura|auront|obtiendra|obtiendront|atteindra|atteindront)",
            r"f(?:ait|ont) d(?:’|')habitude", r"dev(?:rait|raient) (?:avoir|faire|obtenir|atteindre)",
        ),
        promised=_words(r"vira(?:l|le|les|ux|lité)", r"garanti\w*", r"à coup sûr", r"l’algorithme (?:aime|préfère)"),
    ),
}  # fmt: skip
# What a sentence may say of a cause: that there is no proof of one.
_DENIED: Final = re.compile(
    r"(?:does not prove|does not say|says nothing|no proof|ne prouve pas|ne dit (?:pas|rien)|pas une preuve)",
    re.IGNORECASE,
)
_FIGURE: Final = r"(?:%\(\w+\)[sd]|\d[\d,.\u00a0\u202f]*)"
_NUMBER: Final = re.compile(rf"(?:n = {_FIGURE}|{_FIGURE}(?: \w+){{0,2}} posts\b)")
_SURE: Final = re.compile(
    r"%\((?:share|range|low|high|interval)\)s|\d+(?:[.,]\d+)?[ \u00a0\u202f]?%|(?<!\w)indicati(?:ve|f|fs|ves)(?!\w)",
    re.IGNORECASE,
)
# Texts that a rule does not fit, by their English, with the reason.
EXCEPTIONS: Final[dict[str, str]] = {
    "Which came when was drawn at random, and chance alone hardly gives that much. So the cause is whether the tag is "
    "there, not what it stands with.": "said of an experiment at random alone, after its test has passed",
}
# Names of the API that a rule does not fit, as words, with the reason.
NAMES: Final = {"best slots": "it lists those slots alone that passed the test"}


def faults(text: str, language: str) -> list[str]:
    """Return what is wrong with a text, in words; nothing where nothing is."""
    words = LANGUAGES[language]
    found: list[str] = []
    carries = bool(_NUMBER.search(text) and _SURE.search(text))
    found += [f"promises what nothing can keep: {promised[0]}" for promised in words.promised.finditer(text)]
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
        if compared and not carries:
            found.append(f"compares without n and a range: {compared[0]}")
        foretold = words.foretold.search(sentence)
        if foretold and not _SURE.search(text):
            found.append(f"foretells without a range: {foretold[0]}")
    return found


@cache
def texts(language: str) -> tuple[tuple[str, str], ...]:
    """Return every text with the English that it is found by, each form of a plural."""
    if language == "en":
        return tuple((_forms(message.id)[0], text) for message in extract(ROOT) for text in _forms(message.id))
    with FRENCH.open("rb") as file:
        messages = read_po(file, locale="fr")
        return tuple((_forms(message.id)[0], text) for message in messages for text in _forms(message.string))


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


def faults_of_texts(language: str) -> list[str]:
    """Return what is wrong with the texts of a language, but for the exceptions."""
    return [
        f"{text!r}: {', '.join(found)}"
        for english, text in texts(language)
        if english not in EXCEPTIONS and (found := faults(text, language))
    ]


def bare_texts() -> Iterator[tuple[str, str]]:
    """Yield what stands in templates without being marked for translation, by the name of its file."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "\n", path.read_text("utf-8"), flags=re.DOTALL)
        for line in filter(None, map(str.strip, text.splitlines())):
            yield path.name, line


def script_texts() -> Iterator[tuple[str, str]]:
    """Yield every string of the scripts of the app that has words, by the name of its file."""
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        code = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        for match in _STRING.finditer(code):
            if " " in match[2]:
                yield path.name, match[2]


def document_texts(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text, name and example of a description of the API, by where it stands; names as words."""
    if isinstance(value, Mapping):
        for name, own in value.items():
            yield place, str(name).replace("_", " ")
            yield from document_texts(own, f"{place}/{name}")
    elif isinstance(value, (list, tuple)):
        for own in value:
            yield from document_texts(own, place)
    elif isinstance(value, str) and not place.endswith(("/pattern", "/source", "/$ref")):
        yield place, value.replace("_", " ")


def _forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, (list, tuple)) else (str(text),)
