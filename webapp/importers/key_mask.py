"""Keep personal data out of reports about the shape of a file."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "***"
_LABEL = re.compile(r"[A-Za-z][A-Za-z +&():/_'-]{0,63}")


def mask_key(key: str) -> str:
    """Return a key that looks like a label as it is, and a mask for one that may be data."""
    return key if _LABEL.fullmatch(key) and len(key.split()) <= 8 else MASK
