"""SQLAlchemy 2 typed mappings."""

from __future__ import annotations

from webapp.models.accounts import Account, Export
from webapp.models.audit import AuditAction, AuditEvent
from webapp.models.base import NEVER, Base, database_now, new_public_id
from webapp.models.identity import ApiKey, LoginSession, Membership, Team, User
from webapp.models.imports import ImportOrigin, ImportRun, ImportState
from webapp.models.jobs import Job, JobState, ScheduleSlot
from webapp.models.ledger import DIRECTIONS, Follower, FollowerSnapshot, Following
from webapp.models.list_index import ListIndex, ListIndexPiece
from webapp.models.posts import Post, PostDetail, PostReading

__all__ = [
    "DIRECTIONS",
    "NEVER",
    "Account",
    "ApiKey",
    "AuditAction",
    "AuditEvent",
    "Base",
    "Export",
    "Follower",
    "FollowerSnapshot",
    "Following",
    "ImportOrigin",
    "ImportRun",
    "ImportState",
    "Job",
    "JobState",
    "ListIndex",
    "ListIndexPiece",
    "LoginSession",
    "Membership",
    "Post",
    "PostDetail",
    "PostReading",
    "ScheduleSlot",
    "Team",
    "User",
    "database_now",
    "new_public_id",
]
