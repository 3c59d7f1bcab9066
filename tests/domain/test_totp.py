"""Codes of authenticator apps: the vectors of the RFC, what may be typed, and clocks that differ."""

from __future__ import annotations

import base64
import hmac
import struct
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from webapp.domain import totp

# RFC 6238, appendix B: the secrets of its three hash functions, and the eight digits at six times.
SEED = b"12345678901234567890"
SECRET = base64.b32encode(SEED).decode()
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1_111_111_109, "07081804", "68084774", "25091201"),
    (1_111_111_111, "14050471", "67062674", "99943326"),
    (1_234_567_890, "89005924", "91819424", "93441116"),
    (2_000_000_000, "69279037", "90698825", "38618901"),
    (20_000_000_000, "65353130", "77737706", "47863826"),
]
HASHES = (
    ("sha1", SEED),
    ("sha256", (SEED * 2)[:32]),
    ("sha512", (SEED * 4)[:64]),
)


def of_the_rfc(seed: bytes, function: str, second: int) -> str:
    """Return the eight digits as the RFC makes them, written anew from its text."""
    digest = hmac.new(seed, struct.pack(">Q", second // 30), function).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**8:08}"


@pytest.mark.parametrize(("second", "sha1", "sha256", "sha512"), VECTORS)
def test_the_vectors_of_the_rfc(second: int, sha1: str, sha256: str, sha512: str) -> None:
    """SECURITY 8: eighteen of eighteen; ours are the last six digits of those for SHA-1."""
    made = [of_the_rfc(seed, function, second) for function, seed in HASHES]
    assert made == [sha1, sha256, sha512]
    assert totp.code_of(SECRET, totp.step_of(second)) == sha1[2:]
    assert totp.find_step(SECRET, sha1[2:], second) == second // 30


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("123456", "123456"),
        ("12 34 56", "123456"),
        ("123-456", "123456"),
        ("123456\n", "123456"),
        (" 000000 ", "000000"),
        ("１２３４５６", None),
        ("١٢٣٤٥٦", None),
        ("1_23456", None),
        ("-00001", None),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("123456\0", None),
        ("1e5", None),
        ("", None),
        (None, None),
        ("1" * 10_000, None),
        (" " * 10_000 + "123456", None),
    ],
)
def test_only_six_ascii_digits_are_a_code(typed: str | None, read: str | None) -> None:
    """SECURITY 10, W03: gaps are taken out, everything else is no code."""
    assert totp.read_code(typed) == read


@pytest.mark.parametrize(("skew", "is_taken"), [(0, True), (20, True), (-20, True), (61, False), (-61, False)])
def test_a_clock_may_differ_by_a_step(skew: int, is_taken: bool) -> None:
    """SECURITY 8: within a step either way, and no further."""
    now = 1_800_000_015
    code = totp.code_of(SECRET, totp.step_of(now + skew))
    assert (totp.find_step(SECRET, code, now) is not None) is is_taken


@pytest.mark.parametrize("minutes", [-29, -5, -2, 2, 5, 29])
def test_how_far_a_clock_is_off_is_found(minutes: int) -> None:
    now = 1_800_000_000
    code = totp.code_of(SECRET, totp.step_of(now + 60 * minutes))
    assert totp.clock_difference(SECRET, code, now) == 60 * minutes
    assert totp.clock_difference(SECRET, totp.code_of(SECRET, totp.step_of(now + 7_200)), now) is None


def test_a_secret_has_160_random_bits() -> None:
    """SECURITY 8."""
    made = {totp.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(base64.b32decode(secret)) for secret in made} == {20}


def test_an_authenticator_understands_the_address() -> None:
    """SECURITY 8: the address names issuer and person, and carries the secret alone."""
    parts = urlsplit(totp.otpauth_uri(SECRET, "alice+1@example.org"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/TikTok Analytics:alice+1@example.org"
    query = {key: values[0] for key, values in parse_qs(parts.query, strict_parsing=True).items()}
    assert query.pop("secret") == SECRET
    assert query == {"issuer": "TikTok Analytics"}


def test_the_key_is_shown_in_groups() -> None:
    assert totp.in_groups("ABCDEFGHIJ") == "ABCD EFGH IJ"
