"""The list of public links, making one, looking at it as a visitor does, changing and ending it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _

from webapp.analytics.report_runs import tells_no_more
from webapp.analytics.reports.payload import decode
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, NotFound
from webapp.domain.redaction import Redaction
from webapp.domain.reports import Report
from webapp.domain.scope import Permission, Scope
from webapp.domain.shares import MIN_PASSWORD, PASS_SECONDS, clean_label, watermark_of
from webapp.extensions import settings
from webapp.services import share_states, shares
from webapp.services.audit import Actor
from webapp.services.redaction import link_cipher
from webapp.services.share_making import find_shared
from webapp.services.share_states import ShareRow
from webapp.services.shares import NewShare, ShareWishes
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.masking import Mask, current_mask
from webapp.web.messages import message
from webapp.web.report_tabs import report_tabs
from webapp.web.shared.page import SharedPage
from webapp.web.shares.forms import ShareForm, TermsForm, terms_form_of
from webapp.web.shares.page import SharesPage
from webapp.web.verified import needs_verified

blueprint = Blueprint("shares", __name__, url_prefix="/reports/links")


@blueprint.get("")
def index() -> Response:
    """List the public links of the account."""
    scope = current_scope(Permission.SHARE_WRITE)
    if scope is None:
        return render_page("shares/empty.html", tabs=report_tabs("shares.index"))
    page = SharesPage(scope, share_states.list_shares(scope))
    return render_page("shares/index.html", tabs=report_tabs("shares.index"), page=page)


@blueprint.get("/new")
def show_new() -> Response:
    """Show the form for a new link."""
    _scope()
    return _new_page(ShareForm())


@blueprint.post("")
@needs_verified
def create() -> Response:
    """Make a link and show it, this once: no redirect, because nothing that is kept could show it later."""
    scope, form = _scope(), ShareForm()
    done = fulfil(form, lambda: shares.create_share(current_actor(), scope, form.wishes()))
    if done is None:
        return _new_page(form, refused(form))
    return _made_page(scope, done.result)


@blueprint.post("/preview")
def preview() -> Response:
    """Show what visitors would see of the link that the form asks for, without making one."""
    scope, form = _scope(), ShareForm()
    done = fulfil(form, lambda: _draft(scope, form.wishes()))
    if done is None:
        return _new_page(form, refused(form))
    return _as_visitor(*done.result)


@blueprint.get("/<public_id>")
def show(public_id: str) -> Response:
    """Show how a link stands, and the form that changes it."""
    row = share_states.get_share(_scope(), public_id)
    return _show_page(row, terms_form_of(row.share))


@blueprint.post("/<public_id>")
def change(public_id: str) -> Response:
    """Change a link."""
    scope, form = _scope(), TermsForm()
    row = share_states.get_share(scope, public_id)
    done = fulfil(form, lambda: shares.change_share(current_actor(), scope, public_id, form.terms()))
    if done is None:
        return _show_page(row, form, refused(form))
    flash(_("The link was changed."), "success")
    return redirect_to(url_for("shares.show", public_id=public_id))


@blueprint.get("/<public_id>/view")
def view(public_id: str) -> Response:
    """Show what visitors of a link see, without counting it."""
    scope = _scope()
    share = share_states.get_share(scope, public_id).share
    body = share_states.find_body(share)
    if body is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    report = decode(body)
    if not tells_no_more(report.head, scope.redaction):
        raise Forbidden(ErrorCode.FORBIDDEN if current_mask() is Mask.OFF else ErrorCode.MASKED)
    return _as_visitor(report, share.recipient, share.public_id, share.title)


@blueprint.post("/<public_id>/pause")
def pause(public_id: str) -> Response:
    """Close a link for a while."""
    return _switch(public_id, shares.pause_share, _("The link is paused. Visitors see that there is nothing."))


@blueprint.post("/<public_id>/resume")
def resume(public_id: str) -> Response:
    """Open a link again that was closed for a while."""
    return _switch(public_id, shares.resume_share, _("The link opens again."))


@blueprint.post("/<public_id>/revoke")
def revoke(public_id: str) -> Response:
    """End a link for good."""
    return _switch(public_id, shares.revoke_share, _("The link was revoked. It opens nothing any more."))


@blueprint.post("/<public_id>/again")
def remake(public_id: str) -> Response:
    """Have what a link shows made once more after it could not be."""
    return _switch(public_id, shares.try_again, _("It is being made once more."))


def _scope() -> Scope:
    scope = current_scope(Permission.SHARE_WRITE)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _switch(public_id: str, act: Callable[[Actor, Scope, str], None], told: str) -> Response:
    try:
        act(current_actor(), _scope(), public_id)
        flash(told, "success")
    except Conflict as error:
        flash(message(error), "info")
    return redirect_to(url_for("shares.show", public_id=public_id))


def _draft(scope: Scope, wishes: ShareWishes) -> tuple[Report, str, str, str]:
    """Return the report that a link would show, and whom it would be for; pseudonyms are of no link."""
    recipient, title = clean_label(wishes.recipient, "recipient"), clean_label(wishes.title, "title")
    public_id = secrets.token_hex(10)
    redaction = Redaction(wishes.names, wishes.numbers, wishes.hides_captions, cipher=link_cipher(public_id))
    return find_shared(scope, wishes.query, redaction, int(time.time())), recipient, public_id, title


def _as_visitor(report: Report, recipient: str, public_id: str, title: str) -> Response:
    page = SharedPage(report, locale(), watermark_of(report, recipient, public_id), title, is_preview=True)
    return make_response(
        render_template("shared/report.html", locale=page.locale, page=page, pdf_href=None, image_href=None)
    )


def _new_page(form: ShareForm, status: int = 200) -> Response:
    return render_page(
        "shares/new.html",
        status=status,
        form=form,
        tabs=report_tabs("shares.index"),
        min_password=MIN_PASSWORD,
        hours=PASS_SECONDS // 3600,
    )


def _made_page(scope: Scope, made: NewShare) -> Response:
    link = f"{settings().base_url}{url_for('shared.show', token=made.token)}"
    page = SharesPage(scope, [share_states.get_share(scope, made.public_id)])
    return render_page("shares/made.html", tabs=report_tabs("shares.index"), link=link, page=page)


def _show_page(row: ShareRow, form: TermsForm, status: int = 200) -> Response:
    return render_page(
        "shares/show.html",
        ("share_state",),
        status=status,
        form=form,
        tabs=report_tabs("shares.index"),
        row=row,
        page=SharesPage(_scope(), [row]),
        min_password=MIN_PASSWORD,
    )
