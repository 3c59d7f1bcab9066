"""Where a browser may be sent: to pages of this installation only."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LONGEST = 1000
# One slash, then neither a second one nor a backslash; no control character, space or backslash anywhere.
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f-\x9f\\]*")

# What proxies and browsers fold away in a path: doubled slashes, dots, and the same in escaped form.
_TRICKS = re.compile(r"//|/\.|%(2f|5c|2e|[01][0-9a-f]|7f)", re.IGNORECASE)


def safe_target(text: str | None, default: str = "/") -> str:
    r"""Return the address when it is a path of this installation, else the default.

    Browsers read "//host", "/\\host" and "/<tab>/host" as other hosts; all of that is refused, not repaired.
    """
    if not text or len(text) > _LONGEST or not _LOCAL_PATH.fullmatch(text):
        return default
    try:
        parts = urlsplit(text)
    except ValueError:
        return default
    if parts.scheme or parts.netloc or _TRICKS.search(parts.path):
        return default
    return text
