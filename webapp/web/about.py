"""What this is, under which licence, and what it stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from functools import cache
from importlib import metadata
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template
from flask_babel import gettext as _
from flask_login import current_user

from webapp import __version__
from webapp.domain.text import N_
from webapp.extensions import settings
from webapp.services import outbound
from webapp.services.outbound import Destination, Purpose
from webapp.web.assets import CDN, CREDITS
from webapp.web.auth import public

blueprint = Blueprint("about", __name__)

_LONGEST_LICENCE = 60
# What each is for, and what goes there.
_PURPOSES: dict[Purpose, tuple[str, str]] = {
    Purpose.MAIL: (N_("Sending mails"), N_("The addresses of the people of this installation, and the mails to them")),
    Purpose.ERROR_REPORTS: (
        N_("Reports of faults"),
        N_("Kinds of errors, places in the program and numbers; no names, addresses or contents"),
    ),
    Purpose.PUSH: (
        N_("Push messages"),
        N_("The address of the browser there, and messages that this browser alone can read"),
    ),
    Purpose.LIBRARIES: (
        N_("Libraries that draw the pages"),
        N_("The address of the browser and the address of this installation’s host; no data of yours"),
    ),
    Purpose.COVERS: (N_("Covers of posts"), N_("The address of the browser and the names of the images")),
}


@dataclass(frozen=True, slots=True)
class Library:
    """An installed Python library; the licence is ``None`` where its metadata does not name one."""

    name: str
    version: str
    licence: str | None


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """A place outside as the page shows it."""

    address: str
    purpose: str
    what: str
    setting: str | None
    last_used_at: datetime | None
    is_browsers: bool
    is_added: bool


@blueprint.get("/about")
@public
def index() -> Response:
    """Show version and licence; the exact libraries are for people who are signed in."""
    libraries = installed_libraries() if current_user.is_authenticated else ()
    return make_response(render_template("about/index.html", version=__version__, libraries=libraries, credits=CREDITS))


@blueprint.get("/about/outbound", endpoint="outbound")
def show_outbound() -> Response:
    """Show every place outside that this installation or its browsers talk to."""
    rows = [_destination_row(found) for found in outbound.list_destinations(settings(), urlsplit(CDN).netloc)]
    return make_response(
        render_template(
            "about/outbound.html",
            servers=[row for row in rows if not row.is_browsers],
            browsers=[row for row in rows if row.is_browsers],
        )
    )


def _destination_row(found: Destination) -> DestinationRow:
    purpose, what = _PURPOSES[found.purpose]
    return DestinationRow(
        *(found.address, _(purpose), _(what), found.setting, found.last_used_at),
        is_browsers=found.is_browsers,
        is_added=found.purpose is Purpose.PUSH,
    )


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
