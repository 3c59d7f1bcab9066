"""The tabs above the pages of a team, and the words for what its members may do."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from wtforms import SelectChoice

from webapp.domain.scope import Permission, Role, TeamScope
from webapp.domain.text import N_
from webapp.web.audience_tabs import Tab

_PAGES: tuple[tuple[str, str, Permission], ...] = (
    ("team.index", N_("Members"), Permission.MEMBER_READ),
    ("team.roles", N_("Who may do what"), Permission.MEMBER_READ),
    ("teams.show_settings", N_("Settings of the team"), Permission.TEAM_WRITE),
)

ROLE_NAMES: dict[Role, str] = {Role.VIEWER: N_("Viewer"), Role.EDITOR: N_("Editor"), Role.ADMIN: N_("Admin")}
ROLE_LEADS: dict[Role, str] = {
    Role.VIEWER: N_("looks at everything and changes nothing"),
    Role.EDITOR: N_("also imports exports, and writes notes and marks"),
    Role.ADMIN: N_("also decides about members, accounts and the team"),
}

# What each permission means, in the order of the page that says who may do what.
PERMISSION_TEXTS: dict[Permission, str] = {
    Permission.ACCOUNT_READ: N_("See the figures, lists and posts of the accounts, and download them"),
    Permission.MEMBER_READ: N_("See who is in the team, and leave it"),
    Permission.IMPORT_WRITE: N_("Import exports, correct them, cancel them and undo them"),
    Permission.PERSON_WRITE: N_("Mark people, write notes about them, and say who changed their name"),
    Permission.ANNOTATION_WRITE: N_("Write notes on days"),
    Permission.POST_WRITE: N_("Write notes on posts and set their covers"),
    Permission.REPORT_READ: N_("Read reports and get digests by mail"),
    Permission.REPORT_WRITE: N_("Make reports and images"),
    Permission.SHARE_WRITE: N_("Make public links"),
    Permission.DIGEST_WRITE: N_("Send digests to people without an account"),
    Permission.GOAL_WRITE: N_("Set goals"),
    Permission.PLAN_WRITE: N_("Plan posts and start experiments"),
    Permission.NOTICE_RULE_WRITE: N_("Tune and mute what the team is told of an account"),
    Permission.ACCOUNT_WRITE: N_("Add accounts, change, delete them, and give them to another team"),
    Permission.PERSON_ERASE: N_("Erase a person from everything that is kept"),
    Permission.KEY_WRITE: N_("Make API keys"),
    Permission.MEMBER_WRITE: N_("Invite people, change what they may do, and remove them"),
    Permission.TEAM_WRITE: N_("Change the settings of the team, and delete it"),
    Permission.AUDIT_READ: N_("Read who did what, and the alerts"),
}


def team_tabs(team: TeamScope, current: str) -> list[Tab]:
    """Return the tabs that the member may open, with that of an endpoint marked."""
    return [
        Tab(_(label), url_for(endpoint), endpoint == current)
        for endpoint, label, permission in _PAGES
        if team.allows(permission)
    ]


def role_choices() -> list[SelectChoice]:
    """Return the roles for a form, each with what it means."""
    return [
        SelectChoice(role.value, _("%(role)s: %(lead)s", role=_(ROLE_NAMES[role]), lead=_(ROLE_LEADS[role])))
        for role in Role
    ]
