"""Where this installation may send what people's browsers or forms name: public addresses alone (SECURITY 83).

An address is judged twice: as text, when it is taken and before it is used, and as the numbers that its name stands for
at the moment of connecting (`webapp.integrations.guarded_http`).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

_PORTS: Final = (443, 8443)
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_LONGEST: Final = 2000
_LONGEST_NAME: Final = 253
# Host names as machines write them: no user before them, no escapes, nothing that one reader takes for another host.
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?(?P<path>/[!-~]*)?"
)
_PATH: Final = re.compile(r"""[^#\\"<>^`{|}]*""")
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LAST_LABEL: Final = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])")
# What the libraries call private or global differs from version to version, so the list is here (IANA registries).
_CLOSED_IPV4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# All of IPv6 that is given out to be reached; outside are loopback, links, private nets and IPv4 in disguise.
_OPEN_IPV6: Final = ipaddress.IPv6Network("2000::/3")
_CLOSED_IPV6: Final = tuple(
    ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


class DestinationRefused(Exception):
    """Nothing is sent there, now or later."""


@dataclass(frozen=True, slots=True)
class DestinationRules:
    """What differs between installations: their own hosts, names and numbers, which they do not send to.

    ``allows_loopback`` opens this machine, any port of it and plain HTTP; it is for tests.
    """

    own_hosts: frozenset[str] = frozenset()
    allows_loopback: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A destination taken apart; ``host`` is a name in small letters or a number without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_tls(self) -> bool:
        """Return whether what is sent is encrypted on its way."""
        return self.scheme == "https"

    @property
    def netloc(self) -> str:
        """Return the host as it stands in an address, with the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Return scheme and host (RFC 6454)."""
        return f"{self.scheme}://{self.netloc}"


def parse_destination(address: str, rules: DestinationRules) -> Target:
    """Take an address apart; raise ``DestinationRefused`` for what is not plainly a public server's."""
    found = _ADDRESS.fullmatch(address) if len(address) <= _LONGEST else None
    if found is None or not _PATH.fullmatch(found["path"] or ""):
        raise DestinationRefused("not a plain address")
    scheme, host = found["scheme"], found["host"].lower()
    target = Target(scheme, host.strip("[]"), int(found["port"] or _DEFAULT_PORTS[scheme]), found["path"] or "/")
    if target.port >= 1 << 16 or not (rules.allows_loopback or (target.is_tls and target.port in _PORTS)):
        raise DestinationRefused("another scheme or port")
    _check_host(target.host, rules)
    return target


def check_number(number: str, rules: DestinationRules) -> None:
    """Raise ``DestinationRefused`` for an IP address that is not public or is this installation's own."""
    try:
        address = ipaddress.ip_address(number)
    except ValueError as error:
        raise DestinationRefused("not an IP address") from error
    if address.is_loopback and rules.allows_loopback:
        return
    if not _is_public(address) or str(address) in rules.own_hosts:
        raise DestinationRefused("not a public address")


def _check_host(host: str, rules: DestinationRules) -> None:
    if _is_number(host):
        check_number(host, rules)
        return
    *labels, last = host.split(".")
    is_name = bool(labels) and len(host) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)
    # A last label of digits is a number in disguise: 127.1, 0x7f.1 and 2130706433 all mean this machine.
    if not is_name or not _LAST_LABEL.fullmatch(last):
        raise DestinationRefused("not a public name")
    if host in rules.own_hosts:
        raise DestinationRefused("this installation itself")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_IPV4)
    return address in _OPEN_IPV6 and not any(address in network for network in _CLOSED_IPV6)
