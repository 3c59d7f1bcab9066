"""Read typed values from named variables, and say what a bad one should have been."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final, TypeVar
from urllib.parse import urlsplit

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)

SHORTEST_SECRET: Final = 32
_PLAIN_ADDRESS: Final = re.compile(r"[A-Za-z0-9:/.\-_~\[\]]+")


class SettingsError(Exception):
    """A setting the app cannot start with: which variable, what was expected, what was found."""

    def __init__(self, name: str, expected: str, found: str) -> None:
        super().__init__(f"{name}: expected {expected}, found {found}.")
        self.name = name


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, its default as a person reads it, and what it means."""

    name: str
    default: str
    meaning: str


class SettingReader:
    """Reads variables by the table of settings; an empty variable counts as unset."""

    def __init__(self, env: Mapping[str, str], table: Sequence[Setting]) -> None:
        self._env = env
        self._defaults = {setting.name: setting.default for setting in table}

    def raw(self, name: str) -> tuple[str, str | None]:
        """Return the default of a variable and its value, None when unset."""
        return self._defaults[name], self._env.get(name, "").strip() or None

    def text(self, name: str, parse: Callable[[str], _T]) -> _T:
        """Return the parsed value or, when it is unset, the parsed default."""
        default, found = self.raw(name)
        return _parsed(name, found or default, parse)

    def optional(self, name: str, parse: Callable[[str], _T]) -> _T | None:
        """Return the parsed value, or None when it is unset."""
        _, found = self.raw(name)
        return None if found is None else _parsed(name, found, parse)

    def choice(self, name: str, options: type[_E], default: _E | None = None) -> _E:
        """Return the member of `options` that is named, else `default`, else the table's default."""
        if default is not None and self.raw(name)[1] is None:
            return default
        return self.text(name, partial(_member, options))

    def number(self, name: str, least: int, most: int) -> int:
        """Return a whole number between `least` and `most`."""
        return self.text(name, partial(_whole_number, least, most))


def _parsed(name: str, found: str, parse: Callable[[str], _T]) -> _T:
    try:
        return parse(found)
    except Unfit as unfit:
        shown = repr(found) if unfit.show else "another value"
        raise SettingsError(name, unfit.expected, shown) from None


class Unfit(Exception):
    """What a value should have been; `show` is False where the value may hold a password."""

    def __init__(self, expected: str, *, show: bool = True) -> None:
        super().__init__(expected)
        self.expected = expected
        self.show = show


def _member(options: type[_E], found: str) -> _E:
    try:
        return options(found)
    except ValueError:
        raise Unfit("one of " + ", ".join(f"`{option}`" for option in options)) from None


def _whole_number(least: int, most: int, found: str) -> int:
    if found.isascii() and found.isdecimal() and least <= int(found) <= most:
        return int(found)
    raise Unfit(f"a whole number from {least} to {most}")


def host_name(found: str) -> str:
    """Return a host name or an IP address without brackets."""
    host = found.removeprefix("[").removesuffix("]")
    if any(character.isspace() or character in "/@?#" for character in host):
        raise Unfit("a host name or an IP address")
    return host


def base_url(found: str) -> str:
    """Return scheme and host of an address without a path."""
    try:
        parts = urlsplit(found)
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise Unfit("an address like `https://stats.example.org`, without a path")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def media_base_url(found: str) -> str:
    """Return the address of a folder on some host, without the slash at its end."""
    try:
        parts = urlsplit(found)
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    # It becomes a part of a header and of every page that shows a cover.
    is_plain = _PLAIN_ADDRESS.fullmatch(found) is not None
    if not fits or not is_plain or parts.query or parts.fragment or parts.username:
        raise Unfit("an address like `https://cdn.example.org/media`")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def database_url(found: str) -> str:
    """Return the address of a database as SQLAlchemy wants it."""
    scheme, separator, rest = found.partition("://")
    if separator and scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("/"):
        return found
    raise Unfit("`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`", show=False)


def redis_url(found: str) -> str:
    """Return the address of a queue server."""
    if found.startswith(("redis://", "rediss://", "unix:///")):
        return found
    raise Unfit("an address that begins with `redis://`, `rediss://` or `unix:///`", show=False)


def host_and_port(found: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`."""
    host, _, port = found.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65_535):
        raise Unfit("a host and a port like `127.0.0.1:9464`")
    return host_name(host), int(port)


def token(found: str) -> str:
    """Return a token that is too long to be guessed."""
    if len(found) < SHORTEST_SECRET or not found.isascii() or not found.isprintable() or " " in found:
        expected = f"at least {SHORTEST_SECRET} printable ASCII characters without blanks"
        raise Unfit(f"{expected} (`openssl rand -hex 32` makes them)", show=False)
    return found


def sentry_dsn(found: str) -> str:
    """Return the address of a Sentry project."""
    try:
        parts = urlsplit(found)
        fits = parts.scheme in {"http", "https"} and parts.username and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not parts.path.rpartition("/")[2].isdecimal():
        raise Unfit("an address like `https://KEY@HOST/PROJECT`", show=False)
    return found


def is_loopback(host: str) -> bool:
    """Tell whether `host` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_url(host: str, port: int) -> str:
    """Return the address at which this machine's browser reaches a server on `host` and `port`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        return f"http://127.0.0.1:{port}" if address.version == 4 else f"http://[::1]:{port}"
    return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"
