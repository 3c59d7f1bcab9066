"""Sending to addresses of others: only where every number of a name is public, once, and not for long (SECURITY 83)."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from webapp.domain.destinations import DestinationRefused, DestinationRules, Target
from webapp.integrations import guarded_http
from webapp.integrations.guarded_http import Answer, DestinationAway, post

OPEN = DestinationRules(allows_loopback=True)
OK = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-Y: z\r\n\r\nok"
Speak = Callable[[socket.socket], None]


class Listener:
    """A server on this machine that does with each connection what it is told, and counts them."""

    def __init__(self, speak: Speak) -> None:
        self.connections = 0
        self.heard = b""
        self._speak = speak
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                try:
                    self._speak(connection)
                except OSError:
                    continue

    def close(self) -> None:
        """Take no more connections."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def answer(self, content: bytes) -> Speak:
        """Return what hears a whole request and says something."""

        def speak(connection: socket.socket) -> None:
            self.heard = _request(connection)
            connection.sendall(content)

        return speak


def _request(connection: socket.socket) -> bytes:
    heard = b""
    while b"\r\n\r\n" not in heard or not heard.endswith(b"body"):
        heard += connection.recv(4096)
    return heard


@contextmanager
def listening(content: bytes = OK, speak: Speak | None = None) -> Iterator[Listener]:
    listener = Listener(lambda connection: (speak or listener.answer(content))(connection))
    try:
        yield listener
    finally:
        listener.close()


def send(
    address: str, *, rules: DestinationRules = OPEN, numbers: list[str] | None = None, seconds: float = 5
) -> Answer:
    resolver = guarded_http.resolve if numbers is None else lambda _target: numbers
    return post(address, b"body", {"TTL": "5"}, rules, resolver=resolver, seconds=seconds)


def test_a_request_says_what_it_must_and_the_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with listening() as listener:
        answer = send(f"http://127.0.0.1:{listener.port}/send/abc?x=y")
        assert (answer.status, answer.body, answer.headers["x-y"]) == (201, b"ok", "z")
        head = listener.heard.split(b"\r\n\r\n")[0].decode().split("\r\n")
        assert head[0] == "POST /send/abc?x=y HTTP/1.1"
        assert sorted(head[1:]) == [
            *("Connection: close", "Content-Length: 4", f"Host: 127.0.0.1:{listener.port}", "TTL: 5")
        ]


@pytest.mark.parametrize(
    "numbers", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1"], ["::1"], ["10.0.0.1", "1.1.1.1"], ["64:ff9b::7f00:1"]]
)
def test_one_number_that_is_not_public_refuses_the_name(numbers: list[str]) -> None:
    with listening() as listener:
        with pytest.raises(DestinationRefused):
            send("https://push.example.org/x", rules=DestinationRules(), numbers=numbers)
        assert listener.connections == 0


def test_a_name_is_asked_for_once_so_that_a_second_answer_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, dialled = [], []

    def resolver(target: Target) -> list[str]:
        asked.append(target.host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    def dial(address: tuple[str, int], timeout: float) -> socket.socket:
        dialled.append((address, timeout <= 5))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", dial)
    with pytest.raises(DestinationAway):
        post("https://push.example.org/x", b"", {}, DestinationRules(), resolver=resolver, seconds=5)
    assert asked == ["push.example.org"]
    assert dialled == [(("8.8.8.8", 443), True)]


@pytest.mark.parametrize(
    "place", ["http://169.254.169.254/latest/meta-data/", "gopher://127.0.0.1:1/", "https://elsewhere.example.org/"]
)
def test_no_redirect_is_followed(place: str) -> None:
    with listening(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()) as listener:
        assert send(f"http://127.0.0.1:{listener.port}/").status == 302
        assert listener.connections == 1


def test_the_next_number_is_tried_where_one_does_not_answer() -> None:
    with listening() as listener:
        answer = send(f"http://push.example.org:{listener.port}/", numbers=["::1", "127.0.0.1"])
        assert answer.status == 201
        assert f"Host: push.example.org:{listener.port}".encode() in listener.heard


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"
    with listening(head + b"x" * 100_000) as listener:
        assert len(send(f"http://127.0.0.1:{listener.port}/").body) == 64 * 1024


def _silent(connection: socket.socket) -> None:
    connection.recv(1)
    connection.settimeout(20)
    while connection.recv(4096):
        pass


def _dripping(connection: socket.socket) -> None:
    _request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    stop = threading.Event()
    while not stop.wait(0.02):
        connection.sendall(b"a")


@pytest.mark.parametrize("speak", [_silent, _dripping])
def test_a_server_that_takes_its_time_is_cut_off(speak: Speak) -> None:
    with listening(speak=speak) as listener, pytest.raises(DestinationAway):
        send(f"http://127.0.0.1:{listener.port}/", seconds=0.3)


@pytest.mark.parametrize("content", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 x\r\n\r\n"])
def test_an_answer_that_is_none_is_a_server_that_is_away(content: bytes) -> None:
    with listening(content) as listener, pytest.raises(DestinationAway):
        send(f"http://127.0.0.1:{listener.port}/")


def test_a_name_that_leads_nowhere_or_takes_too_long_is_away() -> None:
    waiting = threading.Event()

    def stuck(_target: Target) -> list[str]:
        waiting.wait(5)
        return ["8.8.8.8"]

    def missing(_target: Target) -> list[str]:
        raise socket.gaierror

    for resolver in (stuck, missing):
        with pytest.raises(DestinationAway):
            post("https://push.example.org/", b"", {}, DestinationRules(), resolver=resolver, seconds=0.1)
    waiting.set()


def test_over_tls_the_certificate_must_be_that_of_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, asked = _certified(tmp_path, "push.example.org"), []
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    context.sni_callback = lambda _socket, name, _context: asked.append(name)

    def speak(plain: socket.socket) -> None:
        with context.wrap_socket(plain, server_side=True) as connection:
            _request(connection)
            connection.sendall(OK)

    with listening(speak=speak) as listener:
        answer = send(f"https://push.example.org:{listener.port}/", numbers=["127.0.0.1"])
        assert answer.status == 201
        with pytest.raises(DestinationAway):
            send(f"https://other.example.org:{listener.port}/", numbers=["127.0.0.1"])
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(DestinationAway):
            send(f"https://push.example.org:{listener.port}/", numbers=["127.0.0.1"])
    assert asked == ["push.example.org", "other.example.org", "push.example.org"]


def _certified(folder: Path, name: str) -> ssl.SSLContext:
    """Return a server's side with a certificate of its own making for a name, kept in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
