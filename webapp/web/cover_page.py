"""Many covers at once: images that find their posts by their file names, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.covers import find_covers
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.formatting import format_count, format_day
from webapp.domain.period import day_of
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission, Scope
from webapp.services.covers import MAX_BYTES, MAX_FILES, MAX_MB, Outcome, set_covers
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.content_tabs import content_tabs
from webapp.web.htmx import render_page
from webapp.web.i18n import locale
from webapp.web.messages import message
from webapp.web.post_links import post_href
from webapp.web.post_page.views import sent_image
from webapp.web.post_texts import short_title
from webapp.web.requests import MAX_IMAGES_BYTES, MIB

blueprint = Blueprint("covers", __name__)

_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A post without a cover, and what an image of it may be called."""

    title: str
    day: str
    href: str
    name: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a file: the post that has it now, or why it was not taken."""

    name: str
    title: str = ""
    href: str = ""
    error: str = ""


class CoversPage:
    """The parts of the page, each computed when the template asks for it."""

    max_files = MAX_FILES
    max_mb = MAX_MB
    max_bytes = MAX_BYTES
    max_all_mb = MAX_IMAGES_BYTES // MIB

    def __init__(self, scope: Scope, outcomes: Sequence[Outcome] = (), error: str | None = None) -> None:
        self.scope = scope
        self.error = error
        self.may_write = scope.allows(Permission.POST_WRITE)
        self.tabs = content_tabs("posts.index")
        self._outcomes = outcomes

    @cached_property
    def _table(self) -> PostTable | None:
        return find_posts(self.scope)

    @cached_property
    def _bare(self) -> list[PostRow]:
        """Return the posts without a cover, newest first."""
        rows = self._table.rows if self._table else ()
        covers = find_covers(self.scope)
        return [row for row in reversed(rows) if (row.published_at, row.ordinal) not in covers]

    @property
    def has_posts(self) -> bool:
        """Return whether there is a post that a cover could be given to."""
        return self._table is not None and bool(self._table.rows)

    @property
    def count_text(self) -> str:
        """Return how many posts have a cover."""
        total = len(self._table.rows) if self._table else 0
        have = total - len(self._bare)
        return str(
            ngettext(
                "%(have)s of %(total)s post has a cover.",
                "%(have)s of %(total)s posts have a cover.",
                total,
                have=format_count(have, locale()),
                total=format_count(total, locale()),
            )
        )

    @property
    def examples(self) -> list[Example]:
        """Return the newest posts without a cover, with names that fit them."""
        return [
            Example(
                short_title(row.title) or str(_("Without words")),
                format_day(day_of(row.published_at, self.scope.timezone), locale()),
                post_href(row.public_id),
                # The time as exports write it, which fits whatever the account's zone is.
                f"{datetime.fromtimestamp(row.published_at, UTC):%Y-%m-%d_%H-%M-%S}.jpg",
            )
            for row in self._bare[:_EXAMPLES]
        ]

    @cached_property
    def results(self) -> list[Result]:
        """Return what became of each file, those that were not taken first."""
        found = [self._result(outcome) for outcome in self._outcomes]
        return sorted(found, key=lambda result: not result.error)

    @property
    def result_text(self) -> str:
        """Return how many files were taken."""
        taken, sent = sum(1 for each in self.results if not each.error), len(self.results)
        return str(
            ngettext(
                "%(taken)s of %(sent)s file was taken.",
                "%(taken)s of %(sent)s files were taken.",
                sent,
                taken=format_count(taken, locale()),
                sent=format_count(sent, locale()),
            )
        )

    @property
    def all_taken(self) -> bool:
        """Return whether no file was left out."""
        return not any(each.error for each in self.results)

    def _result(self, outcome: Outcome) -> Result:
        if outcome.error is not None or outcome.post is None:
            return Result(outcome.name, error=message(outcome.error) if outcome.error else "")
        row = self._table.by_id.get(outcome.post) if self._table else None
        title = short_title(row.title) if row else ""
        return Result(outcome.name, title or str(_("a post without words")), post_href(outcome.post))


@blueprint.get("/content/covers")
def index() -> Response:
    """Show where to drop images, and how they are to be called."""
    refuse_unknown(request.args, ("account",))
    scope = current_scope()
    return render_page("posts/covers.html", page=CoversPage(scope) if scope else None)


@blueprint.post("/content/covers")
def create() -> Response:
    """Give each image to the post that its name speaks of, and say what became of each."""
    scope = current_scope(Permission.POST_WRITE)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    files = [file for file in request.files.getlist("images") if file.filename]
    try:
        if not files:
            raise Invalid(ErrorCode.COVER_MISSING, field="images")
        outcomes = set_covers(current_actor(), scope, [sent_image(file) for file in files])
    except Invalid as error:
        return render_page("posts/covers.html", status=422, page=CoversPage(scope, error=message(error)))
    return render_page("posts/covers.html", page=CoversPage(scope, outcomes))
