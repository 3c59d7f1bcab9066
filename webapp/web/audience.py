"""Followers and following: the lists, their parts, their downloads, and marks on the people who are ticked."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from webapp.analytics.follows import is_known, stream_follows
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import FollowQuery, parse_flag, refuse_unknown, single
from webapp.domain.scope import Permission, Scope
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.renderers.csv import Dialect, render_follows
from webapp.services import people
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.downloads import send_csv
from webapp.web.follow_page import ALL, PICK, Marked, PeoplePage
from webapp.web.htmx import render_page
from webapp.web.i18n import locale
from webapp.web.messages import message
from webapp.web.people_list import TOTAL
from webapp.web.tag_texts import read_tag, show_tag

blueprint = Blueprint("audience", __name__)

_ARGUMENTS = (*FollowQuery.FIELDS, "account", "dialect", TOTAL, PICK)


@blueprint.get("/audience/followers")
def followers() -> Response:
    """Show who follows the account."""
    return _show(Section.FOLLOWERS)


@blueprint.get("/audience/following")
def following() -> Response:
    """Show whom the account follows."""
    return _show(Section.FOLLOWING)


@blueprint.post("/audience/followers")
def mark_followers() -> Response:
    """Give a tag to the people who were ticked, or take it away, and show the same page again."""
    return _mark(Section.FOLLOWERS)


@blueprint.post("/audience/following")
def mark_following() -> Response:
    """Do on the other list what ``mark_followers`` does."""
    return _mark(Section.FOLLOWING)


@blueprint.get("/audience/followers.csv")
def followers_csv() -> Response:
    """Download the followers of this view."""
    return _download(Section.FOLLOWERS)


@blueprint.get("/audience/following.csv")
def following_csv() -> Response:
    """Download the following of this view."""
    return _download(Section.FOLLOWING)


def _show(section: Section) -> Response:
    scope = current_scope()
    if scope is None:
        return render_page("audience/empty.html", section=section, title=_(SECTION_LABELS[section]))
    return render_page("audience/people.html", ("people", "people_total"), page=_page(scope, section))


def _mark(section: Section) -> Response:
    scope = current_scope(Permission.PERSON_WRITE)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    page, status = _page(scope, section), 200
    names, is_added = request.form.getlist("username"), request.form.get("action") != "remove"
    tag = read_tag(request.form.get("own_tag", "").strip() or request.form.get("tag", ""))
    if not names:
        page.refused = _("Nobody is ticked. Tick the people first, then choose a tag.")
        return render_page("audience/people.html", ("people",), status=422, page=page)
    try:
        write = people.add_tag if is_added else people.remove_tag
        page.marked = Marked(show_tag(tag), write(current_actor(), scope, names, tag), is_added)
    except Invalid as error:
        page.refused, status = message(error), 422
    return render_page("audience/people.html", ("people",), status=status, page=page)


def _page(scope: Scope, section: Section) -> PeoplePage:
    counts_all = parse_flag(TOTAL, single(request.args, TOTAL))
    return PeoplePage(scope, section, _query(scope), counts_all=counts_all, pick=_pick())


def _pick() -> str:
    pick = single(request.args, PICK)
    if pick not in ("", "1", ALL):
        raise Invalid(ErrorCode.FIELD_INVALID, field=PICK, value=pick[:40])
    return pick


def _download(section: Section) -> Response:
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    query = _query(scope)
    dialect = Dialect.parse(request.args.get("dialect", ""))
    if not is_known(scope, section, query):
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    rows = stream_follows(scope, section, query)
    return send_csv(render_follows(rows, scope.timezone, dialect, locale()), f"{section.value}.csv")


def _query(scope: Scope) -> FollowQuery:
    refuse_unknown(request.args, _ARGUMENTS)
    return FollowQuery.parse(request.args, scope.timezone)
