"""Write mails: one template each, drawn once as text and once as HTML, in the language of who gets it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from config import ROOT
from webapp.domain import formatting
from webapp.domain.browser_names import name_browser
from webapp.renderers.words import LANGUAGES, catalogue

# Control characters, and those that turn the direction of the text that follows.
_SPACES: Final = re.compile(" {2,}")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """A mail as it is sent: both parts say the same."""

    subject: str
    text: str
    html: str


def write_mail(kind: str, locale: str, values: Mapping[str, object]) -> WrittenMail:
    """Return the mail of a kind filled with values; a date is ISO 8601 text, an unknown language is English.

    With the address of a ``stylesheet`` among them its HTML is a page to look at, which links its styles.
    """
    locale = locale if locale in LANGUAGES else LANGUAGES[0]
    filled = {name: _plain(value) for name, value in values.items()}
    text, html = _template(kind, locale, "txt"), _template(kind, locale, "html")
    subject = "".join(text.blocks["subject"](text.new_context(filled)))
    page = html.render(filled, subject=" ".join(subject.split()))
    drawn = page
    if "stylesheet" not in values:
        drawn = css_inline.inline(page, keep_at_rules=True, load_remote_stylesheets=False)
    said = _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in text.render(filled).splitlines()))
    return WrittenMail(" ".join(subject.split()), f"{said.strip()}\n", drawn)


def _plain(value: object) -> object:
    """Return a text on one line, without what could pass for the mail's own words or headers; other values as is."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    # Spaces that hold a number and its sign together stay.
    return _SPACES.sub(" ", _UNSEEN.sub(" ", value)).strip() if isinstance(value, str) else value


@cache
def _template(kind: str, locale: str, form: str) -> Template:
    environment = _environment(locale, form)
    names = {"layout": f"emails/_layout.{form}", "parts": f"emails/_parts.{form}"}
    return environment.get_template(f"emails/{kind}.html", globals=names)


@cache
def _environment(locale: str, form: str) -> Environment:
    texts = catalogue(locale)
    is_html = form == "html"
    # The text part is no HTML: what is escaped there would be read as it stands.
    environment = Environment(  # nosec B701
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=is_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def gettext(text: str, **values: object) -> str:
        # The text is a template's own, and so is what the catalogue makes of it.
        found = texts.ugettext(text)
        shown = Markup(found) if is_html else found  # nosec B704
        return shown % values if values or "%" in found else shown

    def ngettext(one: str, many: str, n: int, **values: object) -> str:
        found = texts.ungettext(one, many, n)
        shown = Markup(found) if is_html else found  # nosec B704
        return shown % {"n": n, **values}

    def moment(value: str) -> str:
        return f"{formatting.format_instant(datetime.fromisoformat(value), locale)} UTC"

    colon = "\u00a0:" if locale == "fr" else ":"
    environment.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, locale=locale, colon=colon)
    if is_html:
        styles = (ROOT / "static" / "css" / "mail.css").read_text("utf-8")
        environment.globals["styles"] = Markup(styles)  # nosec B704
    environment.filters.update(moment=moment, browser=lambda value: name_browser(value) or value[:80])
    return environment
