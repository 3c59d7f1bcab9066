"""SQLAlchemy 2 typed mappings."""

from __future__ import annotations

from webapp.models.accounts import Account, AccountRevision, Export, FormerHandle
from webapp.models.annotations import Annotation
from webapp.models.audit import AuditAction, AuditEvent
from webapp.models.base import NEVER, Base, database_now, new_public_id
from webapp.models.growth import GrowthModel
from webapp.models.identity import ApiKey, LoginSession, Membership, Team, User
from webapp.models.imports import ImportOrigin, ImportRun, ImportState, ListAnswer, OwnerAnswer
from webapp.models.jobs import Job, JobState, ScheduleSlot
from webapp.models.ledger import DIRECTIONS, SINCE_OLDEST, Follower, FollowerSnapshot, Following
from webapp.models.list_index import ListIndex, ListIndexPiece
from webapp.models.people import Erasure, PersonNote, PersonTag, Rename, RenameState
from webapp.models.posts import Post, PostDetail, PostReading

__all__ = [
    "DIRECTIONS",
    "NEVER",
    "SINCE_OLDEST",
    "Account",
    "AccountRevision",
    "Annotation",
    "ApiKey",
    "AuditAction",
    "AuditEvent",
    "Base",
    "Erasure",
    "Export",
    "Follower",
    "FollowerSnapshot",
    "Following",
    "FormerHandle",
    "GrowthModel",
    "ImportOrigin",
    "ImportRun",
    "ImportState",
    "Job",
    "JobState",
    "ListAnswer",
    "ListIndex",
    "ListIndexPiece",
    "LoginSession",
    "Membership",
    "OwnerAnswer",
    "PersonNote",
    "PersonTag",
    "Post",
    "PostDetail",
    "PostReading",
    "Rename",
    "RenameState",
    "ScheduleSlot",
    "Team",
    "User",
    "database_now",
    "new_public_id",
]
