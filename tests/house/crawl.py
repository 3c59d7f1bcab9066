"""Walk through the app as one actor: every page, fragment, file and document that a link or a route leads to."""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from pypdf import PdfReader
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from tests.house.actors import Caller

_LINK = re.compile(r'(?:href|hx-get|action)="(/[^"#]*)')
_TARGET = re.compile(r'hx-target="#([A-Za-z0-9_-]+)"')
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_ACTION = re.compile(r'(?:action|hx-post)="(/[^"]*)"')
_FIELD = re.compile(r"<(?:input|select|textarea|button)\b[^>]*\bname=\"([^\"]+)\"[^>]*>")
_VALUE = re.compile(r'\bvalue="([^"]*)"')
# What holds no words; images of reports are drawn by a process each.
_SILENT = ("/static/", "/media/", "/brand-", "/reports/images/preview.png")

# A parameter of a route: its name, and its value where that is a word of ours and not a number, a day or an id.
Part = tuple[str, str, str]


@dataclass(frozen=True)
class Form:
    """A form as a page offered it."""

    page: str
    action: str
    fields: tuple[tuple[str, str], ...]


@dataclass
class Walk:
    """What one actor has seen: the text of every answer by its address, and the forms in them."""

    answers: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    forms: dict[tuple[str, tuple[str, ...]], Form] = field(default_factory=dict)


def walk(app: Flask, caller: Caller, starts: list[str], *, every_word: bool = True) -> Walk:
    """Open the addresses and what they lead to: every route, and each parameter in every word or once."""
    found, waiting = Walk(), list(dict.fromkeys(starts))
    seen: set[Part] = set()
    fragments: set[tuple[str, str]] = set()
    while waiting:
        url = waiting.pop(0)
        parts = parts_of(app, url, every_word=every_word)
        if url in found.answers or parts <= seen:
            continue
        seen |= parts
        text = _open(found, caller, url)
        waiting += [html.unescape(link) for link in _LINK.findall(text)]
        (rule,) = {part[0] for part in parts}
        for target in dict.fromkeys(_TARGET.findall(text)):
            if (rule, target) not in fragments:
                fragments.add((rule, target))
                waiting += [html.unescape(link) for link in _LINK.findall(_open(found, caller, url, target))]
    return found


def _open(found: Walk, caller: Caller, url: str, target: str | None = None) -> str:
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    with caller.open("GET", url, headers) as answer:
        text = _text_of(answer)
        key = f"{url} #{target}" if target else url
        told = "\n".join(f"{name}: {value}" for name, value in answer.headers)
        found.answers[key], found.statuses[key] = f"{told}\n\n{text}", answer.status_code
    for form in _FORM.findall(text) if answer.mimetype == "text/html" else ():
        made = _read_form(url, form)
        if made is not None:
            shape = (re.sub(r"[0-9a-f]{20}", "ID", made.action), tuple(name for name, _ in made.fields))
            found.forms.setdefault(shape, made)
    return text


def _text_of(answer: Response) -> str:
    """Return what an answer says: of a sheet the words on it, of an archive what is in it."""
    content = answer.get_data()
    if answer.mimetype == "application/pdf":
        return _words_on(content)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return content.decode("utf-8", "replace")


@cache
def _words_on(sheet: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(sheet)).pages)


def _read_form(page: str, form: str) -> Form | None:
    action = _ACTION.search(form)
    if action is None or 'method="post"' not in form:
        return None
    fields = []
    for tag in _FIELD.finditer(form):
        value = _VALUE.search(tag[0])
        if tag[1] != "csrf_token":
            fields.append((tag[1], html.unescape(value[1]) if value else ""))
    return Form(page, html.unescape(action[1]), tuple(dict(fields).items()))


def parts_of(app: Flask, url: str, *, every_word: bool = True) -> set[Part]:
    """Return the route an address leads to with its parameters; nothing for what is no page."""
    address = urlsplit(url)
    if address.path.startswith(_SILENT):
        return set()
    try:
        rule, _values = app.url_map.bind("localhost").match(address.path, method="GET", return_rule=True)
    except HTTPException:
        return set()
    words = {
        (rule.rule, name, value if every_word and value.isalpha() and not rule.rule.endswith(".csv") else "")
        for name, value in parse_qsl(address.query, keep_blank_values=True)
    }
    return {(rule.rule, "", ""), *words}
