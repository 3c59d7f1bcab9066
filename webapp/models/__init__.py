"""SQLAlchemy 2 typed mappings."""

from __future__ import annotations

from webapp.models.accounts import Account, AccountRevision, Export, FormerHandle
from webapp.models.annotations import Annotation
from webapp.models.audit import Alert, AuditAction, AuditChain, AuditEvent, AuditSeal
from webapp.models.audit_guard import GUARDED
from webapp.models.base import NEVER, Base, database_now, new_public_id
from webapp.models.content import ContentModel, Hashtag, PostCover, PostHashtag, PostIndex, PostNote, Sound
from webapp.models.digests import DigestSlot, DigestSubscription
from webapp.models.forecasts import ExpectedAnomaly, ForecastModel
from webapp.models.growth import GrowthModel
from webapp.models.identity import (
    AccountRole,
    ApiKey,
    Invitation,
    KnownDevice,
    LoginSession,
    Membership,
    RecoveryCode,
    Team,
    User,
)
from webapp.models.imports import ImportOrigin, ImportRun, ImportState, ListAnswer, OwnerAnswer
from webapp.models.jobs import Job, JobState, ScheduleSlot
from webapp.models.ledger import DIRECTIONS, SINCE_OLDEST, Follower, FollowerSnapshot, Following
from webapp.models.list_index import ListIndex, ListIndexPiece
from webapp.models.mails import Mail, MailedToken, MailState, TokenKind
from webapp.models.notifications import (
    Notice,
    NoticeRule,
    NoticeState,
    Notification,
    NotificationChoice,
    NotificationHours,
    PushDevice,
    PushKey,
    PushMessage,
)
from webapp.models.outbound import OutboundUse
from webapp.models.people import Erasure, PersonNote, PersonTag, Rename, RenameState
from webapp.models.planner import Experiment, PlannedPost, PlannerFeed
from webapp.models.posts import Post, PostDetail, PostReading
from webapp.models.reports import DataExport, Goal, ReportRun
from webapp.models.shares import ShareLink, ShareMode, SharePayload
from webapp.models.studio import (
    AudienceTrait,
    MatchState,
    StudioChoice,
    StudioDay,
    StudioHour,
    StudioShare,
    StudioVideo,
)

__all__ = [
    "DIRECTIONS",
    "GUARDED",
    "NEVER",
    "SINCE_OLDEST",
    "Account",
    "AccountRevision",
    "AccountRole",
    "Alert",
    "Annotation",
    "ApiKey",
    "AudienceTrait",
    "AuditAction",
    "AuditChain",
    "AuditEvent",
    "AuditSeal",
    "Base",
    "ContentModel",
    "DataExport",
    "DigestSlot",
    "DigestSubscription",
    "Erasure",
    "ExpectedAnomaly",
    "Experiment",
    "Export",
    "Follower",
    "FollowerSnapshot",
    "Following",
    "ForecastModel",
    "FormerHandle",
    "Goal",
    "GrowthModel",
    "Hashtag",
    "ImportOrigin",
    "ImportRun",
    "ImportState",
    "Invitation",
    "Job",
    "JobState",
    "KnownDevice",
    "ListAnswer",
    "ListIndex",
    "ListIndexPiece",
    "LoginSession",
    "Mail",
    "MailState",
    "MailedToken",
    "MatchState",
    "Membership",
    "Notice",
    "NoticeRule",
    "NoticeState",
    "Notification",
    "NotificationChoice",
    "NotificationHours",
    "OutboundUse",
    "OwnerAnswer",
    "PersonNote",
    "PersonTag",
    "PlannedPost",
    "PlannerFeed",
    "Post",
    "PostCover",
    "PostDetail",
    "PostHashtag",
    "PostIndex",
    "PostNote",
    "PostReading",
    "PushDevice",
    "PushKey",
    "PushMessage",
    "RecoveryCode",
    "Rename",
    "RenameState",
    "ReportRun",
    "ScheduleSlot",
    "ShareLink",
    "ShareMode",
    "SharePayload",
    "Sound",
    "StudioChoice",
    "StudioDay",
    "StudioHour",
    "StudioShare",
    "StudioVideo",
    "Team",
    "TokenKind",
    "User",
    "database_now",
    "new_public_id",
]
