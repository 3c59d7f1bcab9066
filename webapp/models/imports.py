"""Import runs: one row per file from its arrival to its end."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.sections import ExportedAtSource, Platform
from webapp.models.base import Base, new_public_id


class ImportState(StrEnum):
    """Where an import run stands."""

    RECEIVED = "received"
    RECOGNISED = "recognised"  # read, but the person must still say whose it is
    HELD = "held"
    READY = "ready"
    COMMITTING = "committing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"

    @property
    def is_ended(self) -> bool:
        """Return whether nothing more will happen to the run by itself or by a person."""
        return self in (ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED, ImportState.UNDONE)

    @property
    def is_working(self) -> bool:
        """Return whether a job is at it, so that a page should ask again."""
        return self in (ImportState.RECEIVED, ImportState.COMMITTING, ImportState.UNDOING)


class OwnerAnswer(StrEnum):
    """Whose a file is whose owner no account of the team has as its name."""

    NEW_ACCOUNT = "new_account"
    RENAMED = "renamed"  # of the account in ``wanted_handle``; the file carries its new name


class ListAnswer(StrEnum):
    """What a person said of a list that was held."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"


class ImportOrigin(StrEnum):
    """How a file came in."""

    WEB = "web"
    API = "api"
    COMMAND = "command"
    SAMPLE = "sample"


class ImportRun(Base):
    """One file on its way: recognised, previewed, committed."""

    __tablename__ = "import_run"
    __table_args__ = (Index(None, "team_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    state: Mapped[ImportState]
    origin: Mapped[ImportOrigin]
    file_name: Mapped[str] = mapped_column(String(255))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    # Named by whoever sent the file; without it the file's owner decides.
    wanted_handle: Mapped[str | None] = mapped_column(String(64))
    # With no person to ask, commit as soon as nothing is held.
    commits_itself: Mapped[bool] = mapped_column(default=False)
    losses_confirmed: Mapped[bool] = mapped_column(default=False)
    owner_answer: Mapped[OwnerAnswer | None]
    # Section -> ListAnswer, of the lists that were held.
    answers: Mapped[dict[str, Any] | None]
    platform: Mapped[Platform | None]
    owner: Mapped[str | None] = mapped_column(String(64))
    exported_at: Mapped[int | None] = mapped_column(BigInteger)
    exported_at_source: Mapped[ExportedAtSource | None]
    content_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    # What the parser said (importers.records.Summary), the comparison with the ledger, and what was written.
    summary: Mapped[dict[str, Any] | None]
    preview: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_params: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
