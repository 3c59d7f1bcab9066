"""Choose the reader's language and give templates the formatting of it."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Domain, get_locale, get_translations
from flask_login import current_user
from markupsafe import Markup

from webapp.domain import formatting
from webapp.domain.browser_names import name_browser
from webapp.domain.period import day_of, instant
from webapp.extensions import babel

LANGUAGES: dict[str, str] = {"en": "English", "fr": "Français"}
DEFAULT_LANGUAGE = "en"


def choose_language() -> str:
    """Return the person's choice, else the session's, else the browser's, else English."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    if not g.get("is_bare") and current_user.is_authenticated and current_user.locale in LANGUAGES:
        return str(current_user.locale)
    chosen = session.get("locale")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT_LANGUAGE


def locale() -> str:
    """Return the language of this answer."""
    # A page asks hundreds of times: what flask_babel has noted of this answer is read without the way there.
    try:
        noted = g._flask_babel.babel_locale  # noqa: SLF001
    except (AttributeError, RuntimeError):  # nothing is noted yet, or there is no answer
        noted = None
    found = noted or get_locale()
    return str(found.language) if found else DEFAULT_LANGUAGE


def count(value: int) -> str:
    """Return a whole number in the reader's form."""
    return formatting.format_count(value, locale())


def day(value: date) -> str:
    """Return a day in the reader's form."""
    return formatting.format_day(value, locale())


def day_of_second(second: int, timezone: str) -> str:
    """Return the day of a Unix second in an account's zone, in the reader's form."""
    return formatting.format_day(day_of(second, timezone), locale())


def moment(second: int, timezone: str) -> str:
    """Return day and time of a Unix second in an account's zone, in the reader's form."""
    return formatting.format_instant(instant(second, timezone), locale())


def moment_of(value: datetime) -> str:
    """Return day and time of an aware datetime in the reader's form."""
    return formatting.format_instant(value, locale())


def browser_name(value: str) -> str:
    """Return what a browser says of itself as people know it, or as it says it where that is unknown."""
    return name_browser(value) or value[:80]


def file_size(value: int) -> str:
    """Return a size of a file in the reader's form."""
    return formatting.format_bytes(value, locale())


def binary_size(mib: int) -> str:
    """Return a limit that is set in MiB as people say it: 2 GB, 512 MB."""
    giga, mega = ("Go", "Mo") if locale() == "fr" else ("GB", "MB")
    whole = mib % 1024 == 0
    return f"{count(mib // 1024 if whole else mib)}\u00a0{giga if whole else mega}"


def translated(text: str, **values: object) -> Markup:
    """Return a text of a template in the reader's language, its values escaped."""
    found = _translation(text, locale())
    return found % values if values or "%" in found else found


@cache
def _translation(text: str, code: str) -> Markup:
    """Return what the catalogue of the language says; templates hold a few hundred texts."""
    # The text is a template's own, and so is what the catalogue makes of it.
    return Markup(get_translations().ugettext(text))  # nosec B704


class _Catalogues(Domain):
    """The texts of the app, found by the language of the answer alone: a page asks for a hundred of them."""

    def __init__(self) -> None:
        super().__init__()
        self._by_language: dict[str, NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        """Return the texts in the language of this answer."""
        code = locale()
        if code not in self._by_language:
            self._by_language[code] = super().get_translations()
        return self._by_language[code]


def init_app(app: Flask) -> None:
    """Bind Babel and the template filters."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LANGUAGE
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "webapp/translations"
    babel.init_app(app, locale_selector=choose_language)
    babel.domain_instance = _Catalogues()
    app.jinja_env.globals.update(_=translated, gettext=translated)
    for function in (count, day, day_of_second, moment, moment_of, file_size, browser_name):
        app.add_template_filter(function, function.__name__)
