"""The network that an address is one of."""

from __future__ import annotations

import ipaddress


def network_of(ip: str | None) -> str | None:
    """Return what one place is likely to keep of its address: a /24 of IPv4, a /48 of IPv6; ``None`` for no address."""
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return None
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))
