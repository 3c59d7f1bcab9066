"""What the link in a mail of notifications opens: the end of these mails, for whoever holds one."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from webapp.extensions import limiter
from webapp.services import notification_choices
from webapp.services.notification_choices import StopOffer
from webapp.web import limits
from webapp.web.auth import current_actor, public
from webapp.web.csrf import open_to_posts
from webapp.web.secret_addresses import secret_address

blueprint = Blueprint("notification_doors", __name__)


@blueprint.get("/notifications/stop/<token>")
@public
@secret_address
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def show_stop(token: str) -> Response:
    """Show what a link ends; programs that look at links beforehand end nothing."""
    return _page(token, notification_choices.find_stop(token))


@blueprint.post("/notifications/stop/<token>")
@public
@secret_address
@open_to_posts
@limiter.limit(limits.UNSUBSCRIBE_PER_NETWORK, key_func=limits.network_key)
def stop(token: str) -> Response:
    """End the mails (RFC 8058): a mail server posts this without cookies or a page of ours, and follows no redirect."""
    return _page(token, notification_choices.stop_mails(token, current_actor()))


def _page(token: str, offer: StopOffer) -> Response:
    return make_response(render_template("notifications/stop.html", offer=offer, token=token))
