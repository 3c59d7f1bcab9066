"""The card of a person: one row of every list of people, for templates and for pages of hundreds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Flask, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from webapp.domain.redaction import called
from webapp.web.tag_texts import show_tag

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789._"
# Stands for the name in the addresses of a page until each card puts its own there; no name holds a blank.
_ANYBODY = "some one"
_IS_PLAIN = re.compile(r"[A-Za-z0-9_.]+\Z").match


class PersonCards:
    """What the cards of one page have in common, made once: a page shows hundreds.

    Written here because a template takes ten times as long. Every name and text is escaped.
    """

    def __init__(self, ui: Any, *, picks: bool = False, is_picked: bool = False) -> None:
        """Cards lead to the page of their person; with ``picks`` they are boxes to tick instead."""
        self._mutual = ui.badge(_("Mutual"), "mutual")
        self._badge = ui.badge
        out = escape(_("profile on TikTok (opens in a new tab)"))
        self._out = f'<span class="sr-only">{out}</span>{ui.icon("external")}'
        before, _name, after = url_for("people.show", username=_ANYBODY).partition(quote(_ANYBODY))
        self._before, self._after = escape(before), escape(after)
        self._picks, self._checked = picks, " checked" if is_picked else ""
        self._tags: dict[str, str] = {}

    def card(self, name: str, when: str, when_iso: str, is_mutual: bool | None, tags: Sequence[str] = ()) -> str:
        """Return the row of a person; ``when`` is a text that is escaped already."""
        # Plain names need neither escaping nor quoting, and most names are plain.
        handle, path = called(name), name
        is_named = handle is name
        # What stands for a name begins alike for everybody.
        drawn = name if is_named else handle.rpartition(".")[2]
        letter = drawn[:1].upper()
        if _IS_PLAIN(name) is None:
            handle, path, letter = escape(handle), quote(name, safe=""), escape(letter)
        if self._picks:
            tick = (
                f'<input class="check" type="checkbox" name="username" value="{handle}" id="@{handle}"{self._checked}>'
            )
            title = f'<label class="person-name" for="@{handle}">@<bdi>{handle}</bdi></label>'
            out = ""
        else:
            tick = ""
            title = f'<a class="person-name" href="{self._before}{path}{self._after}">@<bdi>{handle}</bdi></a>'
            profile = f"https://www.tiktok.com/@{handle}"
            out = f'<a class="person-out" href="{profile}" target="_blank" rel="noopener noreferrer">{self._out}</a>'
            out = out if is_named else ""
        marks = f'<p class="person-tags">{"".join(map(self._tag, tags))}</p>' if tags else ""
        return (
            f'<li class="person-card">{tick}<span class="avatar avatar-{tone(drawn)}" aria-hidden="true">'
            f'{letter}</span><div class="person-text">{title}<p class="person-meta">'
            f'<time datetime="{when_iso}">{when}</time></p>{marks}</div>'
            f"{self._mutual if is_mutual else ''}{out}</li>"
        )

    def _tag(self, tag: str) -> str:
        if tag not in self._tags:
            shown = show_tag(tag)
            self._tags[tag] = self._badge(shown.label, "neutral", shown.icon)
        return self._tags[tag]


def tone(handle: str) -> int:
    """Return which of eight colours the avatar of a name has, as `ui.avatar` chooses it."""
    first, last = _LETTERS.find(handle[:1].lower()), _LETTERS.find(handle[-1:].lower())
    return (first * 5 + last * 3 + len(handle) + 8) % 8


def init_app(app: Flask) -> None:
    """Let templates draw the same card."""

    def draw_person_card(
        name: str, when: str, when_iso: str, is_mutual: bool | None, tags: Sequence[str] = ()
    ) -> Markup:
        card = PersonCards(app.jinja_env.globals["ui"]).card(name, escape(when), when_iso, is_mutual, tags)
        return Markup(card)  # nosec B704

    app.jinja_env.globals["draw_person_card"] = draw_person_card
