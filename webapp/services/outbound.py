"""Whom this installation talks to outside itself: what its settings name, and what was really used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp import error_reports
from webapp.extensions import db
from webapp.models import OutboundUse

if TYPE_CHECKING:
    from config import Settings


class Purpose(StrEnum):
    """What something outside is talked to for."""

    MAIL = "mail"
    ERROR_REPORTS = "error_reports"
    # Named by browsers that were added on purpose, not by a setting.
    PUSH = "push"
    # Browsers ask for these; the installation itself does not.
    LIBRARIES = "libraries"
    COVERS = "covers"


@dataclass(frozen=True, slots=True)
class Destination:
    """A place outside; ``setting`` names what sends data there, and is ``None`` where nothing does any more."""

    purpose: Purpose
    address: str
    setting: str | None
    uses: int | None = None
    last_used_at: datetime | None = None

    @property
    def is_browsers(self) -> bool:
        """Return whether people's browsers talk to it, not the installation."""
        return self.purpose in (Purpose.LIBRARIES, Purpose.COVERS)


def note_use(session: Session, purpose: Purpose, address: str) -> None:
    """Record in the running transaction that data went to ``HOST:PORT``."""
    insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    now = datetime.now(UTC)
    session.execute(
        insert(OutboundUse)
        .values(purpose=purpose.value, destination=address[:200], uses=1, first_used_at=now, last_used_at=now)
        .on_conflict_do_update(
            index_elements=["purpose", "destination"], set_={"uses": OutboundUse.uses + 1, "last_used_at": now}
        )
    )


def list_destinations(config: Settings, libraries: str) -> list[Destination]:
    """Return everything the settings name and everything that was ever used; ``libraries`` is the CDN's address."""
    used = {
        (Purpose(row.purpose), row.destination): row
        for row in db.session.scalars(select(OutboundUse).order_by(OutboundUse.purpose, OutboundUse.destination))
    }
    found = []
    for purpose, address, setting in _configured(config, libraries):
        row = used.pop((purpose, address), None)
        last = row.last_used_at if row else None
        if purpose is Purpose.ERROR_REPORTS:
            last = error_reports.last_sent_at(config)
        found.append(Destination(purpose, address, setting, row.uses if row else None, last))
    found += [Destination(key[0], key[1], None, row.uses, row.last_used_at) for key, row in used.items()]
    return found


def _configured(config: Settings, libraries: str) -> Iterator[tuple[Purpose, str, str]]:
    if config.mail_server is not None:
        yield Purpose.MAIL, f"{config.mail_server.host}:{config.mail_server.port}", "MAIL_URL"
    if config.sentry_dsn is not None:
        parts = urlsplit(config.sentry_dsn)
        default = 443 if parts.scheme == "https" else 80
        yield Purpose.ERROR_REPORTS, f"{parts.hostname}:{parts.port or default}", "SENTRY_DSN"
    if config.assets == "cdn":
        yield Purpose.LIBRARIES, libraries, "ASSETS"
    if config.media_base_url is not None and not config.media_base_url.startswith(f"{config.base_url}/"):
        yield Purpose.COVERS, urlsplit(config.media_base_url).netloc, "MEDIA_BASE_URL"
