"""Addresses of pages with arguments, cheap enough for pages that hold hundreds of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote_plus

from flask import g, url_for


def page_address(endpoint: str, arguments: Mapping[str, object]) -> str:
    """Return the address of a page whose path holds no values; the router is asked once in an answer."""
    addresses: dict[str, str] = g.setdefault("page_addresses", {})
    if endpoint not in addresses:
        addresses[endpoint] = url_for(endpoint)
    return with_arguments(addresses[endpoint], arguments)


def with_arguments(address: str, arguments: Mapping[str, object]) -> str:
    """Return an address with more arguments, whose names are plain words."""
    if not arguments:
        return address
    query = "&".join(f"{name}={_quoted(str(value))}" for name, value in arguments.items())
    return f"{address}{'&' if '?' in address else '?'}{query}"


def _quoted(text: str) -> str:
    return text if text.isascii() and text.isalnum() else quote_plus(text)
