"""What the links in digests open: the yes of a recipient, and the end of a digest, for whoever holds the mail."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from webapp.extensions import limiter
from webapp.services import digests
from webapp.services.digests import DigestOffer
from webapp.web import limits
from webapp.web.addresses import ConfirmForm
from webapp.web.auth import current_actor, public, shows_csrf_failure
from webapp.web.csrf import open_to_posts
from webapp.web.forms import refused
from webapp.web.secret_addresses import secret_address

blueprint = Blueprint("digest_doors", __name__)


@blueprint.get("/digests/confirm/<token>")
@public
@secret_address
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def show_offer(token: str) -> Response:
    """Show what somebody was offered; looking at it says neither yes nor no."""
    return _offer_page(token, ConfirmForm(formdata=None))


@blueprint.post("/digests/confirm/<token>")
@public
@secret_address
@shows_csrf_failure
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def confirm(token: str) -> Response:
    """Take the offer: the digest is sent from now on."""
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _offer_page(token, form, refused(form))
    return make_response(render_template("digests/confirmed.html", offer=digests.confirm(token, current_actor())))


@blueprint.get("/u/<token>")
@public
@secret_address
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def show_ending(token: str) -> Response:
    """Show which digest a link ends; programs that look at links beforehand end nothing."""
    return _ending_page(token, digests.find_ending(token))


@blueprint.post("/u/<token>")
@public
@secret_address
@open_to_posts
@limiter.limit(limits.UNSUBSCRIBE_PER_NETWORK, key_func=limits.network_key)
def end(token: str) -> Response:
    """End a digest (RFC 8058): a mail server posts this without cookies or a page of ours, and follows no redirect."""
    return _ending_page(token, digests.unsubscribe(token, current_actor()))


def _offer_page(token: str, form: ConfirmForm, status: int = 200) -> Response:
    offer = digests.find_offer(token)
    return make_response(render_template("digests/offer.html", offer=offer, form=form, token=token), status)


def _ending_page(token: str, offer: DigestOffer) -> Response:
    return make_response(render_template("digests/ending.html", offer=offer, token=token))
