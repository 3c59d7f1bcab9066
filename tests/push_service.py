"""A push service on this machine that checks who sends, and a browser of it that reads what was sent."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()
_DAY = 24 * 3600


def b64(content: bytes) -> str:
    """Return base64url as browsers write it."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Subscriber:
    """A browser that takes messages at an address; reads them as RFC 8291 and RFC 8188 say, step by step."""

    def __init__(self, endpoint: str, private: str = "", auth: str = "") -> None:
        number = int.from_bytes(unb64(private), "big")
        self._key = ec.derive_private_key(number, _CURVE) if private else ec.generate_private_key(_CURVE)
        self.endpoint = endpoint
        self.auth = auth or b64(secrets.token_bytes(16))
        self._point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.p256dh = b64(self._point)

    def form(self, **more: str) -> dict[str, Any]:
        """Return what its page sends to add it."""
        return {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth, **more}

    def read(self, body: bytes) -> bytes:
        """Return what a message says."""
        salt, length = body[:16], body[20]
        assert int.from_bytes(body[16:20], "big") == 4096
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
        pseudo = _hmac(unb64(self.auth), shared)
        secret = _hmac(pseudo, b"WebPush: info\0" + self._point + theirs + b"\x01")
        pseudo = _hmac(salt, secret)
        key = _hmac(pseudo, b"Content-Encoding: aes128gcm\0\x01")[:16]
        nonce = _hmac(pseudo, b"Content-Encoding: nonce\0\x01")[:12]
        text = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert text.endswith(b"\x02")
        return text[:-1]


@dataclass
class Received:
    """A message that a push service was handed."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class PushService:
    """What a push service was handed, and how it answers: the next of ``answers``, 201 after the last."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def origin(self) -> str:
        """Return the address it is at."""
        return f"http://127.0.0.1:{self.port}"

    def subscribe(self, name: str = "one") -> Subscriber:
        """Return a new browser of this service."""
        return Subscriber(f"{self.origin}/send/{name}")

    def messages(self, subscriber: Subscriber) -> list[dict[str, Any]]:
        """Return what a browser was told, in the order in which it came."""
        path = subscriber.endpoint.removeprefix(self.origin)
        return [json.loads(subscriber.read(each.body)) for each in self.received if each.path == path]

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Keep a message and return the answer; what is wrong with it is a fault of the test."""
        self.received.append(Received(path, headers, body))
        try:
            assert 0 < int(headers["TTL"]) <= _DAY
            assert headers["Content-Encoding"] == "aes128gcm"
            assert headers["Urgency"] in ("very-low", "low", "normal", "high")
            assert 0 < len(headers["Topic"]) <= 32
            assert len(body) <= 4096
            self._check_sender(headers["Authorization"])
        except Exception as error:
            self.faults.append(f"{type(error).__name__}: {error}")
            return 400, {}
        return self.answers.pop(0) if self.answers else (201, {})

    def _check_sender(self, text: str) -> None:
        """Check the token of RFC 8292: signed with the key that is shown, for this service, for a day at most."""
        scheme, _, rest = text.partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        header, claims, signature = parts["t"].split(".")
        assert json.loads(unb64(header)) == {"typ": "JWT", "alg": "ES256"}
        said = json.loads(unb64(claims))
        assert said["aud"] == self.origin
        assert time.time() < said["exp"] <= time.time() + _DAY
        assert said["sub"].startswith(("mailto:", "https:"))
        raw = unb64(signature)
        assert len(raw) == 64
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, unb64(parts["k"]))
        key.verify(der, f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


@contextmanager
def running_service() -> Iterator[PushService]:
    """Serve on a free port until the end; then nothing that came may have been wrong."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = service.take(self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
    assert service.faults == []


def _hmac(key: bytes, content: bytes) -> bytes:
    made = hmac.HMAC(key, hashes.SHA256())
    made.update(content)
    return made.finalize()
