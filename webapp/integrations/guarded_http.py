"""Send to an address that somebody else chose, without being led to what is not public (SECURITY 83).

The name is resolved once and every number it stands for is checked; the connection goes to a checked number, under the
name. No redirect is followed, no proxy of the environment is used, and the whole exchange has ten seconds.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from webapp.domain.destinations import DestinationRules, Target, check_number, parse_destination

_SECONDS: Final = 10.0
_LARGEST_ANSWER: Final = 64 * 1024

Resolve = Callable[[Target], list[str]]
"""Returns the IP addresses that a host stands for; raises ``OSError``."""


class DestinationAway(Exception):
    """There is no answer now; there may be one later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; ``headers`` have small names, ``body`` is its first 64 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def resolve(target: Target) -> list[str]:
    """Return every IP address of a host, in the order in which they are to be tried."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    rules: DestinationRules,
    *,
    resolver: Resolve = resolve,
    seconds: float = _SECONDS,
) -> Answer:
    """Send a POST and return the answer, whatever its status.

    Raises ``DestinationRefused`` where nothing may be sent, before any connection is made, and ``DestinationAway``
    without an answer in time.
    """
    target = parse_destination(address, rules)
    deadline = time.monotonic() + seconds
    numbers = _resolve(target, resolver, deadline)
    for number in numbers:
        check_number(number, rules)
    with _connected(target, numbers, deadline) as connection:
        return _exchange(connection, target, body, headers)


def _resolve(target: Target, resolver: Resolve, deadline: float) -> list[str]:
    """Ask for the numbers of a name in a thread of its own: the question itself knows no limit of time."""
    answers: list[list[str]] = []

    def ask() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            answers.append(resolver(target))

    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(max(0.0, deadline - time.monotonic()))
    if not answers or not answers[0]:
        raise DestinationAway("the name leads nowhere")
    return answers[0]


@contextmanager
def _connected(target: Target, numbers: list[str], deadline: float) -> Iterator[socket.socket]:
    """Yield a connection that is cut at the deadline; whatever breaks on it is a server that is away."""
    connection = _dial(target, numbers, deadline)
    # A server that sends one byte after the other never runs into the limit of a single read.
    is_late = threading.Event()
    cut = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [connection, is_late])
    cut.daemon = True
    cut.start()
    try:
        if isinstance(connection, ssl.SSLSocket):
            connection.do_handshake()
        yield connection
        # What is cut in the midst of its head still looks like an answer.
        if is_late.is_set():
            raise TimeoutError
    except (OSError, http.client.HTTPException) as error:
        raise DestinationAway(type(error).__name__) from error
    finally:
        cut.cancel()
        connection.close()


def _dial(target: Target, numbers: list[str], deadline: float) -> socket.socket:
    """Return a connection to the first number that takes it; TLS is spoken to the name."""
    failure: OSError = TimeoutError()
    for number in numbers:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            plain = socket.create_connection((number, target.port), timeout=left)
        except OSError as error:
            failure = error
            continue
        if not target.is_tls:
            return plain
        context = ssl.create_default_context()
        return context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
    raise DestinationAway(type(failure).__name__) from failure


def _cut(connection: socket.socket, is_late: threading.Event) -> None:
    is_late.set()
    # Not the method of a TLS connection, which takes away what another thread is reading from.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _exchange(sock: socket.socket, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    connection.auto_open = 0
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    own = {"Host": target.netloc, "Content-Length": str(len(body)), "Connection": "close"}
    for name, value in {**headers, **own}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, found, answer.read(_LARGEST_ANSWER))
