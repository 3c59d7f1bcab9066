"""Read typed values from named variables, and say what a bad one should have been."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)

SHORTEST_SECRET: Final = 32
ENCRYPTION_KEY_BYTES: Final = 32
_KEY_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,15}")
_FEWEST_DISTINCT_BYTES: Final = 10
_SMTPS_PORT: Final = 465
_SUBMISSION_PORT: Final = 587
_MAIL_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.\-\[\]:]{1,255}")
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


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A key that seals stored secrets, and the name that what it sealed begins with."""

    id: str
    key: bytes

    def __repr__(self) -> str:
        """Show the name alone."""
        return f"EncryptionKey({self.id!r})"


class MailSecurity(StrEnum):
    """How the way to a mail server is kept private."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that mails are handed to."""

    host: str
    port: int
    security: MailSecurity
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        """Show the server without who signs in there."""
        return f"MailServer({self.host}:{self.port}, {self.security.value})"


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


def encryption_keys(found: str) -> tuple[EncryptionKey, ...]:
    """Return the keys of `ID:BASE64,ID:BASE64`, each of 256 random bits."""
    keys = tuple(_encryption_key(part.strip()) for part in found.split(","))
    if len({key.id for key in keys}) < len(keys):
        raise Unfit("a different name for each key", show=False)
    if len({key.key for key in keys}) < len(keys):
        raise Unfit("a different value for each key", show=False)
    return keys


def _encryption_key(part: str) -> EncryptionKey:
    name, _, encoded = part.partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _KEY_ID.fullmatch(name) or len(key) != ENCRYPTION_KEY_BYTES:
        expected = f"`ID:BASE64,ID:BASE64`, each a name of a-z, 0-9, _ or - and {ENCRYPTION_KEY_BYTES} bytes"
        raise Unfit(f"{expected} (`openssl rand -base64 {ENCRYPTION_KEY_BYTES}` makes them)", show=False)
    if len(set(key)) < _FEWEST_DISTINCT_BYTES:
        raise Unfit(f"random keys (`openssl rand -base64 {ENCRYPTION_KEY_BYTES}` makes one)", show=False)
    return EncryptionKey(name, key)


def mail_url(found: str) -> MailServer:
    """Return the server of `smtp://USER:PASSWORD@HOST:PORT` or `smtps://...`; smtp asks for STARTTLS."""
    expected = "`smtp://USER:PASSWORD@HOST:PORT`, `smtps://...`, at its end `?starttls=off` where the server has none"
    try:
        parts = urlsplit(found)
        port = parts.port
    except ValueError:
        raise Unfit(expected, show=False) from None
    security = _mail_security(parts)
    # An address with a path or a port 0 is a slip; a password without a user would never be sent.
    if security is None or not parts.hostname or port == 0 or parts.path.strip("/") or parts.fragment:
        raise Unfit(expected, show=False)
    if bool(parts.username) != bool(parts.password):
        raise Unfit(f"{expected}, with user and password or neither", show=False)
    default = _SMTPS_PORT if security is MailSecurity.TLS else _SUBMISSION_PORT
    user, password = (unquote(parts.username), unquote(parts.password or "")) if parts.username else (None, None)
    return MailServer(parts.hostname, port or default, security, user, password)


def _mail_security(parts: SplitResult) -> MailSecurity | None:
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "smtps" and not asked:
        return MailSecurity.TLS
    wishes = {"on": MailSecurity.STARTTLS, "off": MailSecurity.NONE}
    if parts.scheme != "smtp" or asked.keys() - {"starttls"}:
        return None
    # Nobody listens on the way to this machine itself, and servers there seldom have a certificate.
    default = "off" if is_loopback(parts.hostname or "") else "on"
    return wishes.get(asked.get("starttls", default))


def mail_address(found: str) -> str:
    """Return an address that mails can come from."""
    if not _MAIL_ADDRESS.fullmatch(found):
        raise Unfit("an address like `stats@example.org`")
    return found


def sender_of(base: str) -> str:
    """Return the address that mails of an installation come from where none is set."""
    host = urlsplit(base).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return f"no-reply@{host}"
    return "no-reply@localhost"


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
