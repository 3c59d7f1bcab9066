"""Whom a rate limit counts: an account that is tried, or the network the tries come from."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, ParamSpec, TypeVar

from flask import Response, g, request
from flask_login import current_user

from webapp.domain.errors import Invalid
from webapp.extensions import limiter
from webapp.services import devices
from webapp.services.users import normalise_email
from webapp.web import device_cookie

P = ParamSpec("P")
R = TypeVar("R")

LOGIN_PER_ACCOUNT: Final = "10 per 5 minutes; 50 per day"
# Spent before the account's own, which a network is therefore out of within a quarter of an hour: it cannot keep the
# owner out for longer. A day in minutes, because limits are checked by their unit, then from the inmost decorator on.
LOGIN_PER_ACCOUNT_AND_NETWORK: Final = "30 per 1440 minutes"
LOGIN_PER_NETWORK: Final = "20 per 5 minutes"
# Refused ones of all networks and accounts together, but for browsers that their person is known in.
LOGIN_GLOBAL: Final = "600 per 5 minutes"
SECOND_FACTOR_PER_PERSON: Final = "5 per 5 minutes; 20 per hour; 50 per day"
# Refused proofs alone count: somebody who works all day proves themselves every half hour.
SUDO_PER_PERSON: Final = "10 per day"
REGISTER_PER_NETWORK: Final = "20 per hour"
EXPORTS_PER_PERSON: Final = "5 per day"
RESET_PER_ACCOUNT: Final = "5 per day"
RESET_PER_NETWORK: Final = "20 per hour"
# Shared by everything that has a mail sent: nobody's mailbox is filled from here, and no server is made a mailer.
MAIL_PER_ADDRESS: Final = "3 per 6 hours"
MAIL_GLOBAL: Final = "300 per hour"
ADDRESS_PER_PERSON: Final = "10 per day"
LINK_PER_NETWORK: Final = "30 per 5 minutes"
# Mail services post for many of their people from few addresses.
UNSUBSCRIBE_PER_NETWORK: Final = "300 per 5 minutes"
COPIES_PER_PERSON: Final = "10 per day"
PUSH_TESTS_PER_PERSON: Final = "20 per hour"
# Each image takes a tenth of a second of a processor; a preview follows what is typed.
IMAGES_PER_PERSON: Final = "120 per minute"
# A page of a public link takes up to three requests; many may come from one office.
SHARE_PER_NETWORK: Final = "120 per minute"
# Calendar services read the addresses of many people from few networks.
FEED_PER_NETWORK: Final = "300 per 5 minutes"
# Passwords that a public link refused, of one network (SECURITY 75); the second holds tries that come all at once.
SHARE_TRIES: Final = "5 per 5 minutes"
SHARE_ENTRIES: Final = "30 per 5 minutes"

# One household or one rented server has a whole /64 of addresses to choose from.
_IPV6_NETWORK = 64


def network_key() -> str:
    """Return the address that asks, or for IPv6 its network."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return str(address)


def account_key() -> str:
    """Return a name for the account that the form speaks of, whether there is such an account or not."""
    return hashlib.sha256(_account().encode("utf-8", "replace")).hexdigest()


def own_address_key() -> str:
    """Return a name for the address of who is signed in, the one that ``account_key`` gives it."""
    return hashlib.sha256(normalise_email(current_user.email).key.encode()).hexdigest()


def link_key() -> str:
    """Return a name for the mailed link that is opened."""
    token = (request.view_args or {}).get("token", "")
    return hashlib.sha256(str(token).encode("utf-8", "replace")).hexdigest()


def link_and_network_key() -> str:
    """Return a name for the link that is opened together with the network that opens it."""
    return f"{link_key()} {network_key()}"


def everybody_key() -> str:
    """Return one name for all who ask."""
    return "everybody"


def mails_counted(view: Callable[P, R]) -> Callable[P, R]:
    """Count what a view has sent by mail, for the address in its form and for everybody together."""
    per_address = limiter.shared_limit(
        MAIL_PER_ADDRESS, scope="mail-address", key_func=account_key, deduct_when=was_taken
    )
    in_all = limiter.shared_limit(lambda: MAIL_GLOBAL, scope="mail", key_func=everybody_key, deduct_when=was_taken)
    counted: Callable[P, R] = per_address(in_all(view))
    return counted


def login_account_key() -> str:
    """Return the account that is tried; its owner's known browsers count apart, so that nobody can lock them out."""
    return _device_key() or account_key()


def login_account_and_network_key() -> str:
    """Return the account that is tried together with the network, or the known browser."""
    return _device_key() or f"{account_key()} {network_key()}"


def login_network_key() -> str:
    """Return the network that tries, or the known browser."""
    return _device_key() or network_key()


def login_everybody_key() -> str:
    """Return one name for all who try, or the known browser."""
    return _device_key() or everybody_key()


def person_key() -> str:
    """Return who is signed in."""
    return f"person {current_user.get_id()}"


def was_taken(response: Response) -> bool:
    """Return whether what was entered was taken: a form that is shown again has sent nothing."""
    return response.status_code < HTTPStatus.BAD_REQUEST


def was_refused(response: Response) -> bool:
    """Return whether the answer says that what was entered is wrong."""
    return response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def _account() -> str:
    text = request.form.get("email", "")
    try:
        return normalise_email(text).key
    except Invalid:
        return text.strip().casefold()[:400]


def _device_key() -> str | None:
    """Return a name for this browser where the account's owner has signed in with it before."""
    if "known_device" not in g:
        shown = device_cookie.tokens()
        g.known_device = devices.find_device_of(_account(), shown) if shown else None
    return f"device {g.known_device.id}" if g.known_device is not None else None


def device_key_of(user_id: int) -> str | None:
    """Return a name for this browser where the person has signed in with it before."""
    device = devices.find_device(user_id, device_cookie.tokens())
    return f"device {device.id}" if device is not None else None
