"""Web Push: the vector of RFC 8291, what an independent reader makes of our messages, and who signs them."""

from __future__ import annotations

import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.push_service import PushService, Subscriber, unb64
from webapp.integrations.web_push import (
    LONGEST_TEXT,
    BadSubscription,
    Browser,
    ServerKeys,
    authorization,
    encode,
    encrypt,
    make_keys,
    plain_browser,
)

# RFC 8291, appendix A.
TEXT = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
ENDPOINT = "https://push.example.org/send/abc"


def test_the_message_of_the_standard_comes_out_byte_by_byte() -> None:
    key = ec.derive_private_key(int.from_bytes(unb64(SENDER), "big"), ec.SECP256R1())
    assert encode(encrypt(TEXT, Browser(ENDPOINT, POINT, AUTH), key=key, salt=unb64(SALT))) == BODY
    receiver = Subscriber(ENDPOINT, RECEIVER, AUTH)
    assert receiver.p256dh == POINT
    assert receiver.read(unb64(BODY)) == TEXT


@pytest.mark.parametrize("text", [b"", b"a", "é😀".encode(), b"x" * LONGEST_TEXT])
def test_a_browser_reads_what_was_written_for_it_and_nobody_else_does(text: bytes) -> None:
    receiver, other = Subscriber(ENDPOINT), Subscriber(ENDPOINT)
    browser = Browser(ENDPOINT, receiver.p256dh, receiver.auth)
    body = encrypt(text, browser)
    assert len(body) <= 4096
    assert receiver.read(body) == text
    assert body != encrypt(text, browser)
    with pytest.raises(Exception):  # noqa: B017, PT011  (whatever the library of the reader says)
        other.read(body)


def test_a_token_is_for_one_service_and_a_day_at_most() -> None:
    keys, service = make_keys(), PushService(port=1)
    header = authorization(keys, service.origin, "mailto:a@example.org", int(time.time()))
    service._check_sender(header)
    with pytest.raises(AssertionError):
        PushService(port=2)._check_sender(header)
    claims = json.loads(unb64(header.split(".")[1]))
    assert claims["sub"] == "mailto:a@example.org"
    assert keys.private not in header
    assert keys.private not in repr(keys)
    assert repr(keys) == f"ServerKeys({keys.public!r})"
    assert isinstance(keys, ServerKeys)


def test_keys_are_stored_in_one_way_however_browsers_write_them() -> None:
    receiver = Subscriber(ENDPOINT)
    plain = Browser(ENDPOINT, receiver.p256dh, receiver.auth)
    assert plain_browser(Browser(ENDPOINT, receiver.p256dh + "=", receiver.auth + "==")) == plain


@pytest.mark.parametrize("p256dh", ["", "A", POINT[:-4], "BA" + POINT[2:-3] + "AAA", POINT.replace("_", "/"), "é" * 87])
def test_a_point_that_is_not_on_the_curve_is_refused(p256dh: str) -> None:
    with pytest.raises(BadSubscription):
        plain_browser(Browser(ENDPOINT, p256dh, AUTH))


@pytest.mark.parametrize("auth", ["", "AAAA", AUTH[:-2], AUTH + "AA", "*" * 22])
def test_a_secret_has_sixteen_bytes(auth: str) -> None:
    with pytest.raises(BadSubscription):
        plain_browser(Browser(ENDPOINT, POINT, auth))
