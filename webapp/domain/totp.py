"""Time-based one-time passwords (RFC 6238): SHA-1, six digits, thirty seconds, as authenticator apps know them."""

from __future__ import annotations

import hmac
import re

import pyotp

ISSUER = "TikTok Analytics"
STEP_SECONDS = 30
# How many steps around now are accepted: clocks differ a little, and people type slowly.
WINDOW = 1
# How far a clock may be off for us to say so: half an hour either way.
_FAR = 60
# 160 random bits are 32 letters of base 32.
_SECRET_LETTERS = 32
_CODE = re.compile(r"[0-9]{6}")
_GAPS = re.compile(r"[\s-]+")
# A code has six digits; nobody needs more room to write it than this.
_LONGEST = 40


def new_secret() -> str:
    """Return 160 random bits in base 32."""
    return pyotp.random_base32(_SECRET_LETTERS)


def read_code(text: str | None) -> str | None:
    """Return the six digits that were typed, with or without gaps, or ``None`` for anything else."""
    if text is None or len(text) > _LONGEST:
        return None
    digits = _GAPS.sub("", text)
    return digits if _CODE.fullmatch(digits) else None


def step_of(second: float) -> int:
    """Return the number of the time step that holds a Unix second."""
    return int(second) // STEP_SECONDS


def code_of(secret: str, step: int) -> str:
    """Return the code of a time step."""
    return str(pyotp.HOTP(secret).at(step))


def find_step(secret: str, code: str, second: float, *, window: int = WINDOW) -> int | None:
    """Return the time step near now whose code this is, the nearest one, or ``None``."""
    now, typed = step_of(second), code.encode()
    found = None
    for distance in range(-window, window + 1):
        # Every step is compared, so that the time it takes tells nothing.
        matches = hmac.compare_digest(code_of(secret, now + distance).encode(), typed)
        if matches and (found is None or abs(distance) < abs(found - now)):
            found = now + distance
    return found


def clock_difference(secret: str, code: str, second: float) -> int | None:
    """Return by about how many seconds the clock that made the code is ahead; ``None`` when no near one made it.

    Only for a secret that opens nothing yet: for one in use, the answer would make guessing sixty times as easy.
    """
    step = find_step(secret, code, second, window=_FAR)
    return None if step is None else (step - step_of(second)) * STEP_SECONDS


def otpauth_uri(secret: str, email: str) -> str:
    """Return the address that a QR code hands to an authenticator app."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER))


def in_groups(secret: str) -> str:
    """Return the secret in groups of four, for typing."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
