"""QR codes as a path: the runs it draws are the modules of the code."""

from __future__ import annotations

import re

import segno

from webapp.domain import totp
from webapp.renderers.qr import qr_path

_RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")
BORDER = 4


def test_the_path_draws_every_dark_module_and_no_other() -> None:
    """SECURITY 8: what a phone reads is the address of the authenticator."""
    uri = totp.otpauth_uri("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "someone@example.org")
    drawn = qr_path(uri)
    code = segno.make(uri, error="m", micro=False)
    dark = {(x, y) for y, row in enumerate(code.matrix) for x, module in enumerate(row) if module}
    found = set()
    for x, y, width, back in _RUN.findall(drawn.path):
        assert width == back
        found |= {(int(x) + step - BORDER, int(y) - BORDER) for step in range(int(width))}
    assert found == dark
    assert _RUN.sub("", drawn.path) == ""
    assert drawn.side == len(code.matrix) + 2 * BORDER


def test_a_long_address_still_fits() -> None:
    assert qr_path(totp.otpauth_uri("A" * 32, "a" * 64 + "@" + "b" * 250 + ".org")).side > 0
