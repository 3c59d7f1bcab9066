"""The record of what people did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, BigId, new_public_id


class AuditAction(StrEnum):
    """What can be recorded, as ``subject:action``."""

    USER_REGISTERED = "user:registered"
    USER_LOGGED_IN = "user:logged_in"
    USER_LOGIN_FAILED = "user:login_failed"
    USER_LOGGED_OUT = "user:logged_out"
    USER_PREFERENCES_CHANGED = "user:preferences_changed"
    USER_SUDO_ENTERED = "user:sudo_entered"
    USER_SUDO_FAILED = "user:sudo_failed"
    USER_SECOND_FACTOR_FAILED = "user:second_factor_failed"
    USER_SECOND_FACTOR_PREPARED = "user:second_factor_prepared"
    USER_SECOND_FACTOR_ENABLED = "user:second_factor_enabled"
    USER_SECOND_FACTOR_DISABLED = "user:second_factor_disabled"
    USER_EMAIL_CODE_ALLOWED = "user:email_code_allowed"
    USER_EMAIL_CODE_SENT = "user:email_code_sent"
    RECOVERY_CODES_MADE = "recovery_codes:made"
    RECOVERY_CODE_USED = "recovery_code:used"
    TOKEN_REUSED = "token:reused"  # nosec B105
    DEVICE_FORGOTTEN = "device:forgotten"
    USER_SIGN_UP_REPEATED = "user:sign_up_repeated"
    USER_VERIFICATION_ASKED = "user:verification_asked"
    USER_EMAIL_VERIFIED = "user:email_verified"
    USER_EMAIL_CHANGE_ASKED = "user:email_change_asked"
    USER_EMAIL_CHANGED = "user:email_changed"
    USER_EMAIL_REVERTED = "user:email_reverted"
    USER_PASSWORD_RESET_ASKED = "user:password_reset_asked"  # nosec B105
    USER_PASSWORD_CHANGED = "user:password_changed"  # nosec B105
    USER_DELETED = "user:deleted"
    USER_EXPORTED = "user:exported"
    USER_EXPORT_DELETED = "user:export_deleted"
    ACCESS_DENIED = "access:denied"
    TEAM_CREATED = "team:created"
    TEAM_CHANGED = "team:changed"
    TEAM_OPENED = "team:opened"
    TEAM_DELETION_ASKED = "team:deletion_asked"
    TEAM_DELETION_STOPPED = "team:deletion_stopped"
    TEAM_DELETED = "team:deleted"
    MEMBER_INVITED = "member:invited"
    INVITATION_REVOKED = "invitation:revoked"
    MEMBER_JOINED = "member:joined"
    MEMBER_CHANGED = "member:changed"
    MEMBER_REMOVED = "member:removed"
    MEMBER_LEFT = "member:left"
    AUDIT_EXPORTED = "audit:exported"
    AUDIT_PURGED = "audit:purged"
    ALERT_SEEN = "alert:seen"
    DATA_DOWNLOADED = "data:downloaded"
    SECRETS_ROTATED = "secrets:rotated"
    API_KEY_CREATED = "api_key:created"
    API_KEY_REVOKED = "api_key:revoked"
    API_KEY_MOVED = "api_key:moved"
    ACCOUNT_CREATED = "account:created"
    ACCOUNT_CHANGED = "account:changed"
    ACCOUNT_DELETED = "account:deleted"
    ACCOUNT_TRANSFERRED = "account:transferred"
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
    REPORT_MADE = "report:made"
    REPORT_DELETED = "report:deleted"
    EXPORT_FILE_ASKED = "export_file:asked"
    EXPORT_FILE_DELETED = "export_file:deleted"
    CARD_MADE = "card:made"
    SHARE_CREATED = "share:created"
    SHARE_CHANGED = "share:changed"
    SHARE_PAUSED = "share:paused"
    SHARE_RESUMED = "share:resumed"
    SHARE_REVOKED = "share:revoked"
    SHARE_OPENED = "share:opened"
    SHARE_REFUSED = "share:refused"
    DIGEST_CREATED = "digest:created"
    DIGEST_CHANGED = "digest:changed"
    DIGEST_DELETED = "digest:deleted"
    DIGEST_CONFIRMED = "digest:confirmed"
    DIGEST_UNSUBSCRIBED = "digest:unsubscribed"
    DIGEST_SENT = "digest:sent"
    GOAL_SET = "goal:set"
    GOAL_DELETED = "goal:deleted"
    PLAN_WRITTEN = "plan:written"
    PLAN_DELETED = "plan:deleted"
    PLAN_MATCHED = "plan:matched"
    PLANNER_FEED_CREATED = "planner_feed:created"
    PLANNER_FEED_REVOKED = "planner_feed:revoked"
    EXPERIMENT_STARTED = "experiment:started"
    EXPERIMENT_STOPPED = "experiment:stopped"
    EXPERIMENT_ENDED = "experiment:ended"
    ANOMALY_EXPECTED = "anomaly:expected"
    ANOMALY_UNMARKED = "anomaly:unmarked"
    NOTICE_RULE_CHANGED = "notice_rule:changed"
    NOTIFICATION_CHOICES_CHANGED = "notification_choices:changed"
    PUSH_DEVICE_ADDED = "push_device:added"
    PUSH_DEVICE_REMOVED = "push_device:removed"
    PUSH_TESTED = "push_device:tested"
    TEAM_LOGO_SET = "team:logo_set"
    TEAM_LOGO_REMOVED = "team:logo_removed"
    JOB_RETRIED = "job:retried"
    JOB_CANCELLED = "job:cancelled"


class AuditEvent(Base):
    """One action: who, when, from where, what; each row carries the digest of the one before it (SECURITY 95)."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("uq_audit_event_chain", "chain", "sequence", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[AuditAction]
    # No foreign keys: the record outlives what it speaks of.
    team_id: Mapped[int | None] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(index=True)
    target: Mapped[str | None] = mapped_column(String(100))
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(300))
    request_id: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]]
    # The team's id, 0 for what belongs to no team; the row's place in that chain, from 1.
    chain: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(BigInteger)
    previous_digest: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class AuditChain(Base):
    """The end of a chain of events: what the next one is tied to, and where its kept part begins."""

    __tablename__ = "audit_chain"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    # Of the last event that was deleted because its time was over; 0 while nothing was.
    purged_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    purged_digest: Mapped[str] = mapped_column(String(64), default="")


class AuditSeal(Base):
    """The signed end of a chain on one day; a copy is kept outside the database."""

    __tablename__ = "audit_seal"
    __table_args__ = (Index("uq_audit_seal", "chain", "day", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int]
    day: Mapped[str] = mapped_column(String(10))
    sequence: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(64))


class Alert(Base):
    """Something suspicious that a rule found; each key fires once."""

    __tablename__ = "alert"
    __table_args__ = (Index("uq_alert", "rule", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    rule: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(index=True)
    team_id: Mapped[int | None] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(index=True)
    event_id: Mapped[int | None] = mapped_column(BigId)
    detail: Mapped[dict[str, Any]]
    seen_at: Mapped[datetime | None]
