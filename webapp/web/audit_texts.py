"""The words of the record of actions."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.models import AuditAction

ACTION_TEXTS: dict[AuditAction, str] = {
    AuditAction.USER_REGISTERED: N_("Signed up"),
    AuditAction.USER_LOGGED_IN: N_("Signed in to the app"),
    AuditAction.USER_LOGIN_FAILED: N_("Sign-in failed"),
    AuditAction.USER_LOGGED_OUT: N_("Signed out"),
    AuditAction.USER_PREFERENCES_CHANGED: N_("Preferences changed"),
    AuditAction.USER_SUDO_ENTERED: N_("Password confirmed"),
    AuditAction.USER_SUDO_FAILED: N_("Password not confirmed"),
    AuditAction.USER_SECOND_FACTOR_FAILED: N_("Wrong second factor"),
    AuditAction.USER_SECOND_FACTOR_PREPARED: N_("Set-up of a second factor begun"),
    AuditAction.USER_SECOND_FACTOR_ENABLED: N_("Second factor switched on"),
    AuditAction.USER_SECOND_FACTOR_DISABLED: N_("Second factor switched off"),
    AuditAction.USER_EMAIL_CODE_ALLOWED: N_("Codes by e-mail allowed or forbidden"),
    AuditAction.USER_EMAIL_CODE_SENT: N_("Sign-in code sent by e-mail"),
    AuditAction.RECOVERY_CODES_MADE: N_("Recovery codes made"),
    AuditAction.RECOVERY_CODE_USED: N_("Recovery code used"),
    AuditAction.TOKEN_REUSED: N_("Used code or link tried again"),
    AuditAction.DEVICE_FORGOTTEN: N_("Device forgotten"),
    AuditAction.USER_SIGN_UP_REPEATED: N_("Signing up with a known address"),
    AuditAction.USER_VERIFICATION_ASKED: N_("Link to confirm the address asked for"),
    AuditAction.USER_EMAIL_VERIFIED: N_("E-mail address confirmed"),
    AuditAction.USER_EMAIL_CHANGE_ASKED: N_("Change of e-mail address asked for"),
    AuditAction.USER_EMAIL_CHANGED: N_("E-mail address changed"),
    AuditAction.USER_EMAIL_REVERTED: N_("Change of e-mail address taken back"),
    AuditAction.USER_PASSWORD_RESET_ASKED: N_("New password asked for"),
    AuditAction.USER_PASSWORD_CHANGED: N_("Password changed"),
    AuditAction.USER_DELETED: N_("Person deleted"),
    AuditAction.USER_EXPORTED: N_("Own data exported"),
    AuditAction.USER_EXPORT_DELETED: N_("Export of own data deleted"),
    AuditAction.ACCESS_DENIED: N_("Access refused"),
    AuditAction.TEAM_CREATED: N_("Team created"),
    AuditAction.TEAM_CHANGED: N_("Team changed"),
    AuditAction.TEAM_OPENED: N_("Went over to the team"),
    AuditAction.TEAM_DELETION_ASKED: N_("Deletion of the team asked for"),
    AuditAction.TEAM_DELETION_STOPPED: N_("Deletion of the team taken back"),
    AuditAction.TEAM_DELETED: N_("Team deleted"),
    AuditAction.MEMBER_INVITED: N_("Person invited"),
    AuditAction.INVITATION_REVOKED: N_("Invitation withdrawn"),
    AuditAction.MEMBER_JOINED: N_("Joined the team"),
    AuditAction.MEMBER_CHANGED: N_("Member changed"),
    AuditAction.MEMBER_REMOVED: N_("Member removed"),
    AuditAction.MEMBER_LEFT: N_("Left the team"),
    AuditAction.AUDIT_EXPORTED: N_("Record of actions exported"),
    AuditAction.AUDIT_PURGED: N_("Old actions deleted"),
    AuditAction.ALERT_SEEN: N_("Alert read"),
    AuditAction.DATA_DOWNLOADED: N_("Data downloaded"),
    AuditAction.SECRETS_ROTATED: N_("Secrets sealed with another key"),
    AuditAction.API_KEY_CREATED: N_("API key made"),
    AuditAction.API_KEY_REVOKED: N_("API key revoked"),
    AuditAction.API_KEY_MOVED: N_("API key used from a new network"),
    AuditAction.ACCOUNT_CREATED: N_("Account added"),
    AuditAction.ACCOUNT_CHANGED: N_("Account changed"),
    AuditAction.ACCOUNT_DELETED: N_("Account deleted"),
    AuditAction.ACCOUNT_TRANSFERRED: N_("Account given to another team"),
    AuditAction.IMPORT_RECEIVED: N_("Export uploaded"),
    AuditAction.IMPORT_CHANGED: N_("Import corrected"),
    AuditAction.IMPORT_COMMITTED: N_("Import written"),
    AuditAction.IMPORT_CANCELLED: N_("Import cancelled"),
    AuditAction.IMPORT_FAILED: N_("Import failed"),
    AuditAction.IMPORT_UNDO_STARTED: N_("Undo of an import started"),
    AuditAction.IMPORT_UNDONE: N_("Import undone"),
    AuditAction.EXPORT_CHANGED: N_("Time of an export corrected"),
    AuditAction.RENAME_DECIDED: N_("Rename decided"),
    AuditAction.PERSON_MARKED: N_("People marked"),
    AuditAction.PERSON_NOTED: N_("Note on a person written"),
    AuditAction.PERSON_ERASED: N_("Person erased from the lists"),
    AuditAction.ANNOTATION_WRITTEN: N_("Note on a day written"),
    AuditAction.ANNOTATION_DELETED: N_("Note on a day deleted"),
    AuditAction.POST_NOTED: N_("Note on a post written"),
    AuditAction.POST_NOTE_DELETED: N_("Note on a post deleted"),
    AuditAction.POST_COVER_SET: N_("Cover of a post set"),
    AuditAction.POST_COVER_REMOVED: N_("Cover of a post removed"),
    AuditAction.STUDIO_VIDEO_DECIDED: N_("Video of TikTok Studio joined to a post"),
    AuditAction.REPORT_MADE: N_("Report made"),
    AuditAction.REPORT_DELETED: N_("Report deleted"),
    AuditAction.EXPORT_FILE_ASKED: N_("Download asked for"),
    AuditAction.EXPORT_FILE_DELETED: N_("Download deleted"),
    AuditAction.CARD_MADE: N_("Image made"),
    AuditAction.SHARE_CREATED: N_("Public link made"),
    AuditAction.SHARE_CHANGED: N_("Public link changed"),
    AuditAction.SHARE_PAUSED: N_("Public link paused"),
    AuditAction.SHARE_RESUMED: N_("Public link opened again"),
    AuditAction.SHARE_REVOKED: N_("Public link revoked"),
    AuditAction.SHARE_OPENED: N_("Public link opened by a visitor"),
    AuditAction.SHARE_REFUSED: N_("Visitor of a public link refused"),
    AuditAction.DIGEST_CREATED: N_("Digest set up"),
    AuditAction.DIGEST_CHANGED: N_("Digest changed"),
    AuditAction.DIGEST_DELETED: N_("Digest ended"),
    AuditAction.DIGEST_CONFIRMED: N_("Digest confirmed by its recipient"),
    AuditAction.DIGEST_UNSUBSCRIBED: N_("Digest unsubscribed by its recipient"),
    AuditAction.DIGEST_SENT: N_("Digest sent"),
    AuditAction.GOAL_SET: N_("Goal set"),
    AuditAction.GOAL_DELETED: N_("Goal deleted"),
    AuditAction.PLAN_WRITTEN: N_("Planned post written"),
    AuditAction.PLAN_DELETED: N_("Planned post deleted"),
    AuditAction.PLAN_MATCHED: N_("Planned post compared with a published one"),
    AuditAction.PLANNER_FEED_CREATED: N_("Calendar address of the planner made"),
    AuditAction.PLANNER_FEED_REVOKED: N_("Calendar address of the planner withdrawn"),
    AuditAction.EXPERIMENT_STARTED: N_("Experiment started"),
    AuditAction.EXPERIMENT_STOPPED: N_("Experiment given up"),
    AuditAction.EXPERIMENT_ENDED: N_("Experiment ended"),
    AuditAction.ANOMALY_EXPECTED: N_("Anomaly marked as expected"),
    AuditAction.ANOMALY_UNMARKED: N_("Mark taken off an anomaly"),
    AuditAction.NOTICE_RULE_CHANGED: N_("Rule of notifications changed"),
    AuditAction.NOTIFICATION_CHOICES_CHANGED: N_("Choices of notifications changed"),
    AuditAction.PUSH_DEVICE_ADDED: N_("Device for push messages added"),
    AuditAction.PUSH_DEVICE_REMOVED: N_("Device for push messages removed"),
    AuditAction.PUSH_TESTED: N_("Test message sent to a device"),
    AuditAction.TEAM_LOGO_SET: N_("Logo of the team set"),
    AuditAction.TEAM_LOGO_REMOVED: N_("Logo of the team removed"),
    AuditAction.JOB_RETRIED: N_("Job tried again"),
    AuditAction.JOB_CANCELLED: N_("Job stopped"),
}


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """Actions that are looked for together; ``subjects`` are what stands before the colon."""

    key: str
    label: str
    subjects: frozenset[str]


ACTION_GROUPS: tuple[ActionGroup, ...] = (
    ActionGroup("sign_in", N_("Sign-in and security"), frozenset({"user", "recovery_codes", "recovery_code"})),
    ActionGroup("tokens", N_("Codes, devices and keys"), frozenset({"token", "device", "api_key", "secrets"})),
    ActionGroup("access", N_("Refused access and alerts"), frozenset({"access", "alert"})),
    ActionGroup("team", N_("Team and members"), frozenset({"team", "member", "invitation"})),
    ActionGroup("downloads", N_("Downloads and exports of data"), frozenset({"data", "audit", "export_file"})),
    ActionGroup("accounts", N_("Accounts and imports"), frozenset({"account", "import", "export", "rename"})),
    ActionGroup("people", N_("People and notes"), frozenset({"person", "annotation", "anomaly"})),
    ActionGroup("posts", N_("Posts"), frozenset({"post", "studio_video"})),
    ActionGroup(
        "reports", N_("Reports, links, digests and goals"), frozenset({"report", "card", "share", "digest", "goal"})
    ),
    ActionGroup("planner", N_("Planner and experiments"), frozenset({"plan", "planner_feed", "experiment"})),
    ActionGroup(
        "notifications",
        N_("Notifications and devices"),
        frozenset({"notice_rule", "notification_choices", "push_device"}),
    ),
    ActionGroup("jobs", N_("Jobs"), frozenset({"job"})),
)


def action_text(action: AuditAction) -> str:
    """Return what was done, in words."""
    return str(_(ACTION_TEXTS[action]))


def group_of(action: AuditAction) -> str:
    """Return the key of the group that an action belongs to."""
    subject = action.value.partition(":")[0]
    return next(group.key for group in ACTION_GROUPS if subject in group.subjects)


def actions_of(key: str) -> tuple[AuditAction, ...]:
    """Return the actions of a group."""
    return tuple(action for action in AuditAction if group_of(action) == key)
