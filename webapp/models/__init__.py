"""SQLAlchemy 2 typed mappings."""

from __future__ import annotations

from webapp.models.accounts import Account, AccountRevision, Export, FormerHandle
from webapp.models.annotations import Annotation
from webapp.models.audit import AuditAction, AuditEvent
from webapp.models.base import NEVER, Base, database_now, new_public_id
from webapp.models.content import ContentModel, Hashtag, PostCover, PostHashtag, PostIndex, PostNote, Sound
from webapp.models.growth import GrowthModel
from webapp.models.identity import ApiKey, LoginSession, Membership, Team, User
from webapp.models.imports import ImportOrigin, ImportRun, ImportState, ListAnswer, OwnerAnswer
from webapp.models.jobs import Job, JobState, ScheduleSlot
from webapp.models.ledger import DIRECTIONS, SINCE_OLDEST, Follower, FollowerSnapshot, Following
from webapp.models.list_index import ListIndex, ListIndexPiece
from webapp.models.people import Erasure, PersonNote, PersonTag, Rename, RenameState
from webapp.models.posts import Post, PostDetail, PostReading
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
    "NEVER",
    "SINCE_OLDEST",
    "Account",
    "AccountRevision",
    "Annotation",
    "ApiKey",
    "AudienceTrait",
    "AuditAction",
    "AuditEvent",
    "Base",
    "ContentModel",
    "Erasure",
    "Export",
    "Follower",
    "FollowerSnapshot",
    "Following",
    "FormerHandle",
    "GrowthModel",
    "Hashtag",
    "ImportOrigin",
    "ImportRun",
    "ImportState",
    "Job",
    "JobState",
    "ListAnswer",
    "ListIndex",
    "ListIndexPiece",
    "LoginSession",
    "MatchState",
    "Membership",
    "OwnerAnswer",
    "PersonNote",
    "PersonTag",
    "Post",
    "PostCover",
    "PostDetail",
    "PostHashtag",
    "PostIndex",
    "PostNote",
    "PostReading",
    "Rename",
    "RenameState",
    "ScheduleSlot",
    "Sound",
    "StudioChoice",
    "StudioDay",
    "StudioHour",
    "StudioShare",
    "StudioVideo",
    "Team",
    "User",
    "database_now",
    "new_public_id",
]
