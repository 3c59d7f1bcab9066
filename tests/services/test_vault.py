"""Secrets at rest: what opens a sealed secret, and what does not (SECURITY 93)."""

from __future__ import annotations

import base64
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import make_settings
from webapp.domain.errors import Unavailable
from webapp.services import vault

PLACE = "user:17:totp_secret"
TEXT = "JBSWY3DPEHPK3PXPÀ"
OLD, NEW = (
    f"{name}:{base64.b64encode(bytes(range(start, start + 32))).decode()}" for name, start in (("a", 0), ("b", 7))
)


def with_keys(folder: Path, *keys: str) -> AbstractContextManager[object]:
    """Return the context of an application that has these keys."""
    bare = Flask("bare")
    bare.config["APP"] = make_settings(folder, "sqlite:////nowhere", ENCRYPTION_KEYS=",".join(keys))
    return bare.app_context()


def test_what_was_sealed_opens_in_its_place_and_says_nothing(tmp_path: Path) -> None:
    with with_keys(tmp_path, OLD):
        sealed = vault.seal(TEXT, PLACE)
        assert sealed.startswith("a:")
        assert TEXT not in sealed
        assert base64.b64encode(TEXT.encode()).decode() not in sealed
        assert vault.unseal(sealed, PLACE) == TEXT
        assert vault.seal(TEXT, PLACE) != sealed


@pytest.mark.parametrize("place", ["user:18:totp_secret", "user:17:totp_pending_secret", "mail:17:totp_secret", ""])
def test_a_secret_that_was_moved_to_another_place_does_not_open(tmp_path: Path, place: str) -> None:
    with with_keys(tmp_path, OLD):
        sealed = vault.seal(TEXT, PLACE)
        with pytest.raises(Unavailable, match="secret_unreadable"):
            vault.unseal(sealed, place)


def test_no_changed_character_opens(tmp_path: Path) -> None:
    with with_keys(tmp_path, OLD, NEW):
        sealed = vault.seal(TEXT, PLACE)
        # The last digit of base64 may hold bits that mean nothing.
        for at in range(len(sealed.rstrip("=")) - 1):
            changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
            with pytest.raises(Unavailable):
                vault.unseal(changed, PLACE)
        for broken in ("", "a", "a:", ":", sealed[:20], "b" + sealed[1:], sealed.replace("a:", "a:é"), f"{sealed}A"):
            with pytest.raises(Unavailable):
                vault.unseal(broken, PLACE)


def test_the_first_key_seals_and_the_others_still_open(tmp_path: Path) -> None:
    with with_keys(tmp_path, OLD):
        sealed = vault.seal(TEXT, PLACE)
        assert vault.current_key_id() == "a"
    with with_keys(tmp_path, NEW, OLD):
        assert vault.unseal(sealed, PLACE) == TEXT
        assert vault.current_key_id() == "b"
        assert vault.seal(TEXT, PLACE).startswith("b:")
    with with_keys(tmp_path, NEW), pytest.raises(Unavailable):
        vault.unseal(sealed, PLACE)
