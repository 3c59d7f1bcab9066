"""Logos as pages show them: in the page itself, so that nobody needs another address to see one."""

from __future__ import annotations

import base64


def logo_address(content: bytes | None) -> str:
    """Return a logo (WebP) as an address that holds it; an empty text for none."""
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}" if content is not None else ""
