"""What this is, under which licence, and what it stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from functools import cache
from importlib import metadata
from typing import cast

from flask import Blueprint, Response, make_response, render_template
from flask_login import current_user

from webapp import __version__
from webapp.web.assets import CREDITS
from webapp.web.auth import public

blueprint = Blueprint("about", __name__)

_LONGEST_LICENCE = 60


@dataclass(frozen=True, slots=True)
class Library:
    """An installed Python library; the licence is ``None`` where its metadata does not name one."""

    name: str
    version: str
    licence: str | None


@blueprint.get("/about")
@public
def index() -> Response:
    """Show version and licence; the exact libraries are for people who are signed in."""
    libraries = installed_libraries() if current_user.is_authenticated else ()
    return make_response(render_template("about/index.html", version=__version__, libraries=libraries, credits=CREDITS))


def _fields(distribution: metadata.Distribution) -> Message:
    # What it is in every version of Python; the type that is declared has no way to ask for a missing field.
    return cast("Message", distribution.metadata)


@cache
def installed_libraries() -> tuple[Library, ...]:
    """Return every installed library once, by name."""
    found = {
        re.sub(r"[-_.]+", "-", distribution.name).lower(): Library(
            distribution.name, distribution.version, licence_of(_fields(distribution))
        )
        for distribution in metadata.distributions()
        if _fields(distribution)["Name"]  # what an interrupted removal leaves behind has none
    }
    return tuple(found[name] for name in sorted(found))


def licence_of(fields: Message) -> str | None:
    """Return the short name of a library's licence: its expression, its classifier, or its first line."""
    expression = fields.get("License-Expression")
    if expression:
        return str(expression)
    classifiers = [text for text in fields.get_all("Classifier") or [] if text.startswith("License :: ")]
    names = [text.rpartition(" :: ")[2].removesuffix(" License") for text in classifiers]
    if names:
        return ", ".join(names)
    first = str(fields.get("License") or "").strip().partition("\n")[0]
    return first if 0 < len(first) <= _LONGEST_LICENCE else None
