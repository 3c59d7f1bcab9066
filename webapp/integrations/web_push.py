"""Web Push: messages that only one browser can read (RFC 8291), signed so that a push service knows us (RFC 8292)."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from webapp.domain.destinations import DestinationRules, parse_destination
from webapp.integrations.guarded_http import Answer, post

# A body has 4096 bytes, of which 86 are the header, 16 the tag and one the mark of the end (RFC 8291, 4).
LONGEST_TEXT: Final = 3993
_CURVE: Final = ec.SECP256R1()
_NUMBER_BYTES: Final = 32
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16
_SALT_BYTES: Final = 16
_RECORD_BYTES: Final = 4096
_LAST_RECORD: Final = b"\x02"
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
# A token lives half a day: no push service takes one of more than a whole one.
_TOKEN_SECONDS: Final = 12 * 3600


class BadSubscription(ValueError):
    """The keys of a browser are none that something can be encrypted for."""


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """The pair by which push services know this installation: a point and a secret number, both base64url."""

    public: str
    private: str

    def __repr__(self) -> str:
        """Show the public one alone."""
        return f"ServerKeys({self.public!r})"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser takes messages, and the keys they are encrypted with, both base64url."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and how it is to be carried.

    ``seconds`` is how long the service keeps it for a browser that is away, ``urgency`` one of RFC 8030, and a later
    message of the same ``topic`` takes the place of one that waits.
    """

    text: bytes
    seconds: int
    urgency: str
    topic: str


def encode(content: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url with or without padding; raise ``BadSubscription`` for anything else."""
    plain = text.rstrip("=")
    if not _BASE64URL.fullmatch(plain):
        raise BadSubscription("not base64url")
    try:
        return base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except binascii.Error as error:
        raise BadSubscription("not base64url") from error


def make_keys() -> ServerKeys:
    """Return a new pair."""
    key = ec.generate_private_key(_CURVE)
    number = key.private_numbers().private_value.to_bytes(_NUMBER_BYTES, "big")
    return ServerKeys(encode(_point(key)), encode(number))


def plain_browser(browser: Browser) -> Browser:
    """Return a browser with its keys without padding.

    Raises ``BadSubscription`` unless they are a point of P-256 and sixteen bytes.
    """
    point, secret = decode(browser.p256dh), decode(browser.auth)
    _read_point(point)
    if len(secret) != _AUTH_BYTES:
        raise BadSubscription("the secret has not sixteen bytes")
    return Browser(browser.endpoint, encode(point), encode(secret))


def encrypt(
    text: bytes, browser: Browser, *, key: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """Return the body of a message (``aes128gcm`` of RFC 8188) that only the browser can read.

    ``key`` and ``salt`` are new for every message; they are given to reproduce one that is known.
    """
    key = key or ec.generate_private_key(_CURVE)
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    theirs, ours = decode(browser.p256dh), _point(key)
    shared = key.exchange(ec.ECDH(), _read_point(theirs))
    secret = _derive(shared, decode(browser.auth), b"WebPush: info\0" + theirs + ours, _NUMBER_BYTES)
    content_key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(content_key).encrypt(nonce, text + _LAST_RECORD, None)
    return salt + _RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours + sealed


def authorization(keys: ServerKeys, origin: str, contact: str, now: int) -> str:
    """Return the header that tells a push service who sends; ``contact`` is a ``mailto:`` or ``https:`` address."""
    header = encode(json.dumps({"typ": "JWT", "alg": "ES256"}).encode())
    claims = encode(json.dumps({"aud": origin, "exp": now + _TOKEN_SECONDS, "sub": contact}).encode())
    key = ec.derive_private_key(int.from_bytes(decode(keys.private), "big"), _CURVE)
    signed = key.sign(f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    # Two numbers side by side, not the DER of the library (RFC 7518, 3.4).
    signature = b"".join(part.to_bytes(_NUMBER_BYTES, "big") for part in decode_dss_signature(signed))
    return f"vapid t={header}.{claims}.{encode(signature)}, k={keys.public}"


def send(letter: Letter, browser: Browser, keys: ServerKeys, contact: str, rules: DestinationRules, now: int) -> Answer:
    """Hand a message to the browser's push service and return what it answers.

    Raises as ``guarded_http.post`` does.
    """
    origin = parse_destination(browser.endpoint, rules).origin
    headers = {
        "TTL": str(letter.seconds),
        "Urgency": letter.urgency,
        "Topic": letter.topic,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Authorization": authorization(keys, origin, contact, now),
    }
    return post(browser.endpoint, encrypt(letter.text, browser), headers, rules)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _read_point(content: bytes) -> ec.EllipticCurvePublicKey:
    """Return the key; one that is not on the curve would give the secret away bit by bit."""
    if len(content) != _POINT_BYTES:
        raise BadSubscription("not an uncompressed point")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, content)
    except ValueError as error:
        raise BadSubscription("not a point of P-256") from error


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
