"""What changed on the follow lists between two exports, its download, and what to say of renames."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf.csrf import generate_csrf

from webapp.analytics.change_pages import ChangePage, list_changes, refuse_names, select_rows
from webapp.analytics.changes import ExportPair, NoPair, choose_exports, find_changes
from webapp.analytics.timeline import find_timeline
from webapp.domain.changes import (
    CHANGE_LABELS,
    NO_COMPARISON_TEXTS,
    ChangeKind,
    ChangeOrder,
    ChangeQuery,
    NoComparison,
    WasMutual,
)
from webapp.domain.errors import Conflict, ErrorCode, Invalid, NotFound
from webapp.domain.formatting import format_count
from webapp.domain.query import parse_number, refuse_unknown
from webapp.domain.scope import Permission, Scope
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.domain.text import N_
from webapp.models import Export, RenameState
from webapp.renderers.change_csv import render_changes
from webapp.renderers.csv import Dialect
from webapp.services import renames
from webapp.web.accounts import current_scope
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.auth import current_actor
from webapp.web.change_texts import ChangeTexts, Line, RenameLine
from webapp.web.downloads import send_csv
from webapp.web.export_texts import export_texts
from webapp.web.htmx import is_fragment_request, redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.paging_texts import shown_text

blueprint = Blueprint("changes", __name__)

_ARGUMENTS = (*ChangeQuery.FIELDS, "account")
_ALL = "all"
_DECISIONS: dict[str, RenameState | None] = {
    "confirm": RenameState.CONFIRMED,
    "reject": RenameState.REJECTED,
    "take_back": None,
}
_SECTIONS = (Section.FOLLOWERS, Section.FOLLOWING)
_MOST_COUNT = 100_000_000

_MEANINGS: dict[ChangeKind, str] = {
    ChangeKind.GAINED: N_("On the later list and not on the earlier one."),
    ChangeKind.LOST: N_(
        "On the earlier list and not on the later one. An export says who is there, not who left or why: people who "
        "deleted, paused or lost their account are among them."
    ),
    ChangeKind.RENAMED: N_(
        "One name went and one came with the very same follow time, so they are probably one account with a new "
        "name. Until you confirm it, both also stand under gained and lost."
    ),
    ChangeKind.RETURNED: N_("Gained, and an earlier export knew them on this list already."),
    ChangeKind.REFOLLOWED: N_("On both lists with another follow date: the follow ended and began again in between."),
    ChangeKind.DELETED: N_(
        "Lost, and a deleted or banned account now stands on the list with the same follow time. It is probably no "
        "unfollow."
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a list to choose from."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class KindTab:
    """A kind of change with its count."""

    label: str
    href: str
    is_current: bool
    count: str


@blueprint.get("/audience/changes")
def show() -> Response:
    """Show what changed between two exports."""
    scope = current_scope()
    if scope is None:
        return render_page("changes/empty.html", tabs=audience_tabs("changes.show"))
    return _page(scope)


@blueprint.get("/audience/changes.csv")
def download() -> Response:
    """Download the list of this view, all its pages."""
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    refuse_unknown(request.args, (*_ARGUMENTS, "dialect"))
    query, dialect = ChangeQuery.parse(request.args), Dialect.parse(request.args.get("dialect", ""))
    refuse_names(scope, query)
    chosen = choose_exports(scope, find_timeline(scope, query.section), query.from_id, query.to_id)
    if isinstance(chosen, NoPair):
        raise NotFound(ErrorCode.CHANGES_UNKNOWN)
    rows = select_rows(find_changes(scope, query.section, chosen.from_export, chosen.to_export), query)
    chunks = render_changes(query.kind, rows, scope.timezone, dialect, locale())
    return send_csv(chunks, f"{query.section.value}-{query.kind.value}.csv")


@blueprint.post("/audience/changes/renames")
def decide() -> Response:
    """Confirm or reject one offered rename, confirm all of them, or take a decision back."""
    scope = current_scope(Permission.PERSON_WRITE)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    query = _query()
    decision = request.form.get("decision", "")
    if decision not in _DECISIONS:
        raise Invalid(ErrorCode.FIELD_INVALID, field="decision", value=decision[:40])
    state = _DECISIONS[decision]
    pairs = _offered_pairs(scope, query) if request.form.get(_ALL) else [_named_pair()]
    count = renames.decide(current_actor(), scope, query.section, pairs, state)
    if is_fragment_request():
        return _page(scope)
    flash(_said(state, count), "success")
    return redirect_to(_address("changes.show", query))


def _page(scope: Scope) -> Response:
    return render_page("changes/show.html", ("changes",), page=ChangesPage(scope, _query()))


def _query() -> ChangeQuery:
    refuse_unknown(request.args, _ARGUMENTS)
    return ChangeQuery.parse(request.args)


def _named_pair() -> tuple[str, str]:
    names = tuple(request.form.get(field, "") for field in ("before", "after"))
    for field, name in zip(("before", "after"), names, strict=True):
        if not name or len(name) > 64 or "\0" in name:
            raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=name[:40])
    return names[0], names[1]


def _offered_pairs(scope: Scope, query: ChangeQuery) -> list[tuple[str, str]]:
    """Return all pairs that can be confirmed, if they are as many as the person was shown."""
    shown = parse_number("count", request.form.get("count", ""), 0, 0, _MOST_COUNT)
    offered = list_changes(scope, query).offered
    if len(offered) != shown:
        raise Conflict(ErrorCode.RENAMES_DIFFER)
    return [(row.from_username, row.to_username) for row in offered]


def _said(state: RenameState | None, count: int) -> str:
    if state is None:
        return str(_("The decision was taken back."))
    if state is RenameState.REJECTED:
        return str(_("Noted: they are not the same person."))
    return str(ngettext("%(num)s rename was confirmed.", "%(num)s renames were confirmed.", count))


def _address(endpoint: str, query: ChangeQuery) -> str:
    arguments: dict[str, Any] = query.to_args()
    return url_for(endpoint, **arguments)


class ChangesPage:
    """The parts of the page, each computed when the template asks for it."""

    def __init__(self, scope: Scope, query: ChangeQuery) -> None:
        self.scope = scope
        self.query = query
        self.may_decide = scope.allows(Permission.PERSON_WRITE)
        self.shows_names = not scope.redaction.hides_names
        self._texts = ChangeTexts(query.section, scope.timezone)

    @cached_property
    def result(self) -> ChangePage:
        """Return the page of the list."""
        return list_changes(self.scope, self.query)

    @property
    def lines(self) -> list[Line]:
        """Return the rows of a list of people."""
        return self._texts.lines(self.result)

    @property
    def renames(self) -> list[RenameLine]:
        """Return the rows of a list of renames."""
        return self._texts.renames(self.result.rows)

    @property
    def rejected(self) -> list[RenameLine]:
        """Return the pairs that a person said are not one account."""
        return self._texts.renames(self.result.rejected)

    @cached_property
    def reason(self) -> NoComparison | None:
        """Return why nothing can be compared."""
        return self.result.chosen.reason if isinstance(self.result.chosen, NoPair) else None

    @property
    def reason_text(self) -> str:
        """Return why nothing can be compared, in words."""
        return str(_(NO_COMPARISON_TEXTS[self.reason])) if self.reason else ""

    @property
    def has_one_export(self) -> bool:
        """Return whether a second export is what is missing."""
        return self.reason is NoComparison.NO_EARLIER_LIST and len(self.result.timeline.exports) == 1

    @property
    def has_changes(self) -> bool:
        """Return whether anything at all changed."""
        return any(self.result.counts.values()) or bool(self.result.rejected)

    @property
    def compared_text(self) -> str:
        """Return which exports are compared."""
        pair = self.result.chosen
        if not isinstance(pair, ExportPair):
            return ""
        first, last = self._export_text(pair.from_export), self._export_text(pair.to_export)
        return str(_("From the export of %(first)s to that of %(last)s", first=first, last=last))

    @property
    def total_text(self) -> str:
        """Return how many rows the query finds, in words."""
        total = self.result.total or 0
        shown = format_count(total, locale())
        if self.query.is_filtered:
            return str(_("%(count)s found", count=shown))
        if self.query.kind is ChangeKind.RENAMED:
            return str(ngettext("%(count)s rename", "%(count)s renames", total, count=shown))
        return str(ngettext("%(count)s person", "%(count)s people", total, count=shown))

    @property
    def meaning(self) -> str:
        """Return what the list shows and what it cannot."""
        return str(_(_MEANINGS[self.query.kind]))

    @property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        return shown_text(self.result.start, len(self.result.rows), self.result.total or 0)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs("changes.show")

    @property
    def kind_tabs(self) -> list[KindTab]:
        """Return the kinds of change."""
        return [
            KindTab(
                _(label),
                self._href(self.query.show(kind)),
                kind is self.query.kind,
                format_count(self.result.counts.get(kind, 0), locale()),
            )
            for kind, label in CHANGE_LABELS.items()
        ]

    @property
    def lists(self) -> list[Choice]:
        """Return whose list to look at."""
        return [Choice(each.value, _(SECTION_LABELS[each]), each is self.query.section) for each in _SECTIONS]

    @cached_property
    def exports(self) -> list[tuple[str, str]]:
        """Return the exports to choose from, newest first: public id and text."""
        return [(each.public_id, self._export_text(each)) for each in reversed(self.result.timeline.exports)]

    @property
    def orders(self) -> list[Choice]:
        """Return the orders to choose from."""
        texts = {
            ChangeOrder.WHEN_DESC: _("Latest change first"),
            ChangeOrder.WHEN: _("Earliest change first"),
            ChangeOrder.DATE_FOLLOWED_DESC: _("Newest follow first"),
            ChangeOrder.DATE_FOLLOWED: _("Oldest follow first"),
        }
        if self.shows_names:
            texts |= {ChangeOrder.USERNAME: _("Name A to Z"), ChangeOrder.USERNAME_DESC: _("Name Z to A")}
        return [Choice(order.value, text, order is self.query.ordering) for order, text in texts.items()]

    @property
    def mutual_choices(self) -> list[Choice]:
        """Return how to narrow the list by who was mutual."""
        texts = (("", _("Mutual or not")), (WasMutual.YES.value, _("Mutual")), (WasMutual.NO.value, _("Not mutual")))
        chosen = self.query.mutual.value if self.query.mutual else ""
        return [Choice(value, text, value == chosen) for value, text in texts]

    @property
    def action(self) -> str:
        """Return the address of the page without any argument; a form brings its own."""
        return url_for("changes.show", account=None)

    @property
    def account(self) -> str | None:
        """Return the account that the address names, for the form to bring along."""
        return request.args.get("account")

    @cached_property
    def token(self) -> str:
        """Return what every form of the page carries."""
        return str(generate_csrf())

    @cached_property
    def decide_href(self) -> str:
        """Return where decisions about renames are sent, with the state of this page."""
        return _address("changes.decide", self.query)

    @property
    def clear_href(self) -> str:
        """Return the address without filters."""
        return self._href(self.query.with_(search="", mutual=None))

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        return self._href(self.query.with_(page=self.query.page + 1)) if self.result.has_next else None

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return self._href(self.query.with_(page=self.query.page - 1)) if self.query.page > 1 else None

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""
        arguments: dict[str, Any] = {**self.query.with_().to_args(), "dialect": dialect or None}
        return url_for("changes.download", **arguments)

    @cached_property
    def _texts_of_exports(self) -> dict[str, str]:
        return export_texts(self.result.timeline.exports, self.scope.timezone)

    def _export_text(self, export: Export) -> str:
        return self._texts_of_exports[export.public_id]

    def _href(self, query: ChangeQuery) -> str:
        return _address("changes.show", query)
