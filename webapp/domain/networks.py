"""The network that an address is one of."""

from __future__ import annotations

import ipaddress


def network_of(ip: str | None) -> str | None:
    """Return what one place is likely to keep of its address: a /24 of IPv4, a /48 of IPv6; ``None`` for no address."""
    network = _network_of(ip)
    return None if network is None else str(network)


def truncated(ip: str | None) -> str | None:
    """Return the first address of the network that an address is one of: where somebody is, not who."""
    network = _network_of(ip)
    return None if network is None else str(network.network_address)


def _network_of(ip: str | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)
