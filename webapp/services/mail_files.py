"""Files that go with mails: written before their mail, deleted once it is sent."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from webapp.services.kept_folder import KeptFolder

# Longer than any mail waits to be sent.
_LIFETIME: Final = timedelta(days=3)
MAIL_FILES: Final = KeptFolder("mail_files", re.compile(r"[0-9a-f-]{1,40}\.pdf"))


def keep(name: str, content: bytes) -> None:
    """Write a file that only this installation reads; one of the same name is replaced whole."""
    MAIL_FILES.put(MAIL_FILES.write_part(content), name)


def sweep() -> int:
    """Delete what no mail waits for any more, and what a process that died has left; return how many."""
    return MAIL_FILES.sweep(frozenset, _LIFETIME.total_seconds())
