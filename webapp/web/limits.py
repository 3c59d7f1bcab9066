"""Whom a rate limit counts: an account that is tried, or the network the tries come from."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Final

from flask import request

from webapp.domain.errors import Invalid
from webapp.services.users import normalise_email

LOGIN_PER_ACCOUNT: Final = "10 per 5 minutes; 50 per day"
LOGIN_PER_NETWORK: Final = "20 per 5 minutes"
REGISTER_PER_NETWORK: Final = "20 per hour"

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
    text = request.form.get("email", "")
    try:
        text = normalise_email(text).key
    except Invalid:
        text = text.strip().casefold()[:400]
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
