"""The record of what people did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, BigId


class AuditAction(StrEnum):
    """What can be recorded, as ``subject:action``."""

    USER_REGISTERED = "user:registered"
    USER_LOGGED_IN = "user:logged_in"
    USER_LOGIN_FAILED = "user:login_failed"
    USER_LOGGED_OUT = "user:logged_out"
    USER_PREFERENCES_CHANGED = "user:preferences_changed"
    API_KEY_CREATED = "api_key:created"
    API_KEY_REVOKED = "api_key:revoked"
    ACCOUNT_CREATED = "account:created"
    ACCOUNT_CHANGED = "account:changed"
    ACCOUNT_DELETED = "account:deleted"
    IMPORT_RECEIVED = "import:received"
    IMPORT_CHANGED = "import:changed"
    IMPORT_COMMITTED = "import:committed"
    IMPORT_CANCELLED = "import:cancelled"
    IMPORT_FAILED = "import:failed"
    IMPORT_UNDO_STARTED = "import:undo_started"
    IMPORT_UNDONE = "import:undone"
    EXPORT_CHANGED = "export:changed"
    RENAME_DECIDED = "rename:decided"
    PERSON_MARKED = "person:marked"
    PERSON_NOTED = "person:noted"
    PERSON_ERASED = "person:erased"
    ANNOTATION_WRITTEN = "annotation:written"
    ANNOTATION_DELETED = "annotation:deleted"
    POST_NOTED = "post:noted"
    POST_NOTE_DELETED = "post:note_deleted"
    POST_COVER_SET = "post:cover_set"
    POST_COVER_REMOVED = "post:cover_removed"
    STUDIO_VIDEO_DECIDED = "studio_video:decided"
    JOB_RETRIED = "job:retried"
    JOB_CANCELLED = "job:cancelled"


class AuditEvent(Base):
    """One action: who, when, from where, what."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[AuditAction]
    # No foreign keys: the record outlives what it speaks of, except for the team that owns it.
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None]
    target: Mapped[str | None] = mapped_column(String(100))
    ip: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]]
