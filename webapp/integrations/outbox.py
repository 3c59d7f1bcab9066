"""Keep mails as files where no mail server is set."""

from __future__ import annotations

import email
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

# When it was written and the mail's public id: files sort by time, and nothing in a name leads out of the folder.
_NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{20}\.eml")
_KEPT = 200


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail in the outbox."""

    name: str
    at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        """Return its subject."""
        return str(self.message["Subject"])

    @property
    def address(self) -> str:
        """Return whom it is for."""
        return str(self.message["To"])

    @property
    def text(self) -> str:
        """Return its plain text."""
        part = self.message.get_body(("plain",))
        return "\n".join(str(part.get_content()).splitlines()) if part is not None else ""


def keep(folder: Path, public_id: str, message: EmailMessage) -> None:
    """Write a mail as a file that only this installation reads; the oldest of too many go."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{public_id}.eml"
    draft = path.with_suffix(".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(message.as_bytes(policy=SMTP))
    draft.replace(path)
    for name in _names(folder)[_KEPT:]:
        (folder / name).unlink(missing_ok=True)


def list_kept(folder: Path) -> list[KeptMail]:
    """Return the mails of the outbox, the newest first."""
    return [found for name in _names(folder) if (found := find_kept(folder, name)) is not None]


def find_kept(folder: Path, name: str) -> KeptMail | None:
    """Return one mail of the outbox, or ``None`` when there is none of this name."""
    if not _NAME.fullmatch(name):
        return None
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        return None
    at = datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    return KeptMail(name, at, email.message_from_bytes(content, policy=default))


def _names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted((path.name for path in folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)
