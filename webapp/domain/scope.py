"""Say who asks and what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.redaction import NOTHING_HIDDEN, Redaction


class Role(StrEnum):
    """What a member may do in a team; each role includes the ones before it."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Return whether this role may do everything that ``other`` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class Permission(StrEnum):
    """What a route asks for, as ``resource:action``."""

    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    IMPORT_WRITE = "import:write"
    PERSON_WRITE = "person:write"
    PERSON_ERASE = "person:erase"
    ANNOTATION_WRITE = "annotation:write"
    POST_WRITE = "post:write"
    REPORT_READ = "report:read"
    REPORT_WRITE = "report:write"
    SHARE_WRITE = "share:write"
    DIGEST_WRITE = "digest:write"
    GOAL_WRITE = "goal:write"
    PLAN_WRITE = "plan:write"
    NOTICE_RULE_WRITE = "notice_rule:write"
    KEY_WRITE = "key:write"
    MEMBER_READ = "member:read"
    MEMBER_WRITE = "member:write"
    TEAM_WRITE = "team:write"
    AUDIT_READ = "audit:read"


PERMISSION_ROLES: dict[Permission, Role] = {
    Permission.ACCOUNT_READ: Role.VIEWER,
    Permission.ACCOUNT_WRITE: Role.ADMIN,
    Permission.IMPORT_WRITE: Role.EDITOR,
    Permission.PERSON_WRITE: Role.EDITOR,
    Permission.PERSON_ERASE: Role.ADMIN,
    Permission.ANNOTATION_WRITE: Role.EDITOR,
    Permission.POST_WRITE: Role.EDITOR,
    Permission.REPORT_READ: Role.VIEWER,
    Permission.REPORT_WRITE: Role.EDITOR,
    Permission.SHARE_WRITE: Role.EDITOR,
    Permission.DIGEST_WRITE: Role.EDITOR,
    Permission.GOAL_WRITE: Role.EDITOR,
    Permission.PLAN_WRITE: Role.EDITOR,
    Permission.NOTICE_RULE_WRITE: Role.EDITOR,
    Permission.KEY_WRITE: Role.ADMIN,
    Permission.MEMBER_READ: Role.VIEWER,
    Permission.MEMBER_WRITE: Role.ADMIN,
    Permission.TEAM_WRITE: Role.ADMIN,
    Permission.AUDIT_READ: Role.ADMIN,
}


# What is done to people by name: nobody does it who does not see whom.
NAMED_PERMISSIONS = frozenset({Permission.PERSON_WRITE, Permission.PERSON_ERASE})


@dataclass(frozen=True, slots=True)
class TeamScope:
    """A member of a team; made only by ``services/access.py``."""

    user_id: int
    team_id: int
    role: Role
    redaction: Redaction = NOTHING_HIDDEN
    sees_all_accounts: bool = True
    # The accounts, by id, in which the member has another role than in the team; ``None`` is none at all.
    account_roles: tuple[tuple[int, Role | None], ...] = ()

    def allows(self, permission: Permission) -> bool:
        """Return whether the member's role carries the permission, and what they see allows to use it."""
        return _allows(self.role, self.redaction, permission)

    @property
    def is_narrowed(self) -> bool:
        """Return whether the member has less in some account than in the team."""
        return not self.sees_all_accounts or bool(self.account_roles)

    def role_in(self, account_id: int) -> Role | None:
        """Return the role in one account of the team: never more than in the team, ``None`` for none at all."""
        for narrowed, role in self.account_roles:
            if narrowed == account_id:
                return self.role if role is not None and role.includes(self.role) else role
        return self.role if self.sees_all_accounts else None


@dataclass(frozen=True, slots=True)
class Scope:
    """A member of a team who looks at one account of it; made only by ``services/access.py``.

    ``revision`` is the account's data version at the moment of asking: every read of one answer sees
    exactly that version, so an import that commits meanwhile cannot mix two states in one page. ``redaction`` is what
    is kept from the member; what reads names, captions or numbers for people applies it.
    """

    user_id: int
    team_id: int
    role: Role
    account_id: int
    revision: int
    timezone: str
    redaction: Redaction = NOTHING_HIDDEN

    def allows(self, permission: Permission) -> bool:
        """Return whether the member's role carries the permission, and what they see allows to use it."""
        return _allows(self.role, self.redaction, permission)


def _allows(role: Role, redaction: Redaction, permission: Permission) -> bool:
    is_seen = permission not in NAMED_PERMISSIONS or not redaction.hides_names
    return is_seen and role.includes(PERMISSION_ROLES[permission])
