"""The tree of failures: a class gives the HTTP status, a code names the sentence."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Names of the sentences in ``web/messages.py``; a test keeps the two equal."""

    # requests
    BAD_REQUEST = "bad_request"
    NOT_FOUND = "not_found"
    OTHER_TEAM = "other_team"
    FORBIDDEN = "forbidden"
    LOGIN_NEEDED = "login_needed"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_BODY = "unsupported_body"
    TOO_MANY_REQUESTS = "too_many_requests"
    CSRF_FAILED = "csrf_failed"
    INTERNAL = "internal"
    BUSY = "busy"
    DATABASE_AWAY = "database_away"
    TOOK_TOO_LONG = "took_too_long"
    FIELD_INVALID = "field_invalid"
    FIELD_UNKNOWN = "field_unknown"
    FIELD_REPEATED = "field_repeated"
    PERIOD_REVERSED = "period_reversed"
    CURSOR_INVALID = "cursor_invalid"
    LIST_UNKNOWN = "list_unknown"
    FIGURE_UNKNOWN = "figure_unknown"
    ROWS_UNKNOWN = "rows_unknown"
    EXPORTS_SAME = "exports_same"
    EXPORTS_REVERSED = "exports_reversed"
    CHANGES_UNKNOWN = "changes_unknown"
    CHANGES_TOO_LONG = "changes_too_long"
    RENAME_NOT_OFFERED = "rename_not_offered"
    RENAME_TAKEN = "rename_taken"
    RENAMES_DIFFER = "renames_differ"
    OUT_OF_SPACE = "out_of_space"
    DISK_FULL = "disk_full"
    SECRET_UNREADABLE = "secret_unreadable"  # nosec B105
    # jobs and imports
    JOB_CRASHED = "job_crashed"
    JOB_FAILED = "job_failed"
    JOB_REFUSED = "job_refused"
    WAITS_FOR_SPACE = "waits_for_space"
    WAITS_FOR_DATABASE = "waits_for_database"
    JOB_ENDED = "job_ended"
    JOB_NOT_RETRIABLE = "job_not_retriable"
    IMPORT_ENDED = "import_ended"
    IMPORT_NOT_READY = "import_not_ready"
    IMPORT_HELD = "import_held"
    IMPORT_ADDED_NOTHING = "import_added_nothing"
    IMPORT_WITHOUT_OWNER = "import_without_owner"
    IMPORT_OWNER_OPEN = "import_owner_open"
    IMPORT_OWNER_UNKNOWN = "import_owner_unknown"
    IMPORT_OTHER_OWNER = "import_other_owner"
    IMPORT_STALE = "import_stale"
    UPLOAD_MISSING = "upload_missing"
    UPLOAD_GONE = "upload_gone"
    SAMPLE_EXISTS = "sample_exists"
    # people
    EMAIL_INVALID = "email_invalid"
    EMAIL_TAKEN = "email_taken"
    PASSWORD_TOO_SHORT = "password_too_short"  # nosec B105
    PASSWORD_TOO_LONG = "password_too_long"  # nosec B105
    PASSWORD_COMMON = "password_common"  # nosec B105
    PASSWORD_PERSONAL = "password_personal"  # nosec B105
    LINK_INVALID = "link_invalid"
    SIGN_UP_PASSWORD_WRONG = "sign_up_password_wrong"  # nosec B105
    ADDRESS_SAME = "address_same"
    ADDRESS_UNVERIFIED = "address_unverified"
    MAIL_REFUSED = "mail_refused"
    MAIL_TOO_LATE = "mail_too_late"
    LOGIN_FAILED = "login_failed"
    PASSWORD_WRONG = "password_wrong"  # nosec B105
    CODE_WRONG = "code_wrong"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    SECOND_FACTOR_NEEDED = "second_factor_needed"
    SECOND_FACTOR_IS_OFF = "second_factor_is_off"
    SECOND_FACTOR_NOT_PREPARED = "second_factor_not_prepared"
    REGISTRATION_CLOSED = "registration_closed"
    TEAM_NAME_INVALID = "team_name_invalid"
    TEAM_NAME_DIFFERS = "team_name_differs"
    TEAMS_TOO_MANY = "teams_too_many"
    TEAM_FACTOR_FIRST = "team_factor_first"
    MEMBER_ALREADY = "member_already"
    MEMBER_SELF = "member_self"
    LAST_ADMIN = "last_admin"
    EMAIL_DIFFERS = "email_differs"
    TEAM_WITHOUT_ADMIN = "team_without_admin"
    INSTALLATION_WITHOUT_ADMIN = "installation_without_admin"
    EXPORT_IN_WORK = "export_in_work"
    INVITATIONS_TOO_MANY = "invitations_too_many"
    INVITATION_INVALID = "invitation_invalid"
    INVITATION_OTHER_PERSON = "invitation_other_person"
    ACCOUNT_BUSY = "account_busy"
    SETUP_TOKEN_WRONG = "setup_token_wrong"  # nosec B105
    USER_UNKNOWN = "user_unknown"
    KEY_INVALID = "key_invalid"
    KEY_READ_ONLY = "key_read_only"
    KEY_IN_ADDRESS = "key_in_address"
    KEY_NAME_INVALID = "key_name_invalid"
    KEY_LIFETIME_INVALID = "key_lifetime_invalid"
    KEYS_TOO_MANY = "keys_too_many"
    SESSION_READ_ONLY = "session_read_only"
    HANDLE_INVALID = "handle_invalid"
    DISPLAY_NAME_INVALID = "display_name_invalid"
    ACCOUNT_EXISTS = "account_exists"
    ACCOUNT_NAME_DIFFERS = "account_name_differs"
    ACCOUNTS_TOO_MANY = "accounts_too_many"
    # people on the lists
    PERSON_UNKNOWN = "person_unknown"
    NAMES_HIDDEN = "names_hidden"
    MASKED = "masked"
    TAG_INVALID = "tag_invalid"
    TAGS_OF_PERSON_FULL = "tags_of_person_full"
    TAGS_OF_ACCOUNT_FULL = "tags_of_account_full"
    NOTE_TOO_LONG = "note_too_long"
    PERSON_NAME_DIFFERS = "person_name_differs"
    ERASURE_WAITS = "erasure_waits"
    # notes on days
    ANNOTATION_INVALID = "annotation_invalid"
    ANNOTATION_DAY_INVALID = "annotation_day_invalid"
    ANNOTATION_TWICE = "annotation_twice"
    ANNOTATION_UNKNOWN = "annotation_unknown"
    ANNOTATIONS_FULL = "annotations_full"
    # goals
    CARD_NOT_DRAWN = "card_not_drawn"
    SHARE_LABEL_TOO_LONG = "share_label_too_long"
    SHARE_LIFETIME_INVALID = "share_lifetime_invalid"
    SHARE_VIEWS_INVALID = "share_views_invalid"
    SHARE_PASSWORD_WRONG = "share_password_wrong"  # nosec B105
    SHARE_REVOKED = "share_revoked"
    SHARE_CHANGED = "share_changed"
    SHARES_TOO_MANY = "shares_too_many"
    GOAL_MONTH_INVALID = "goal_month_invalid"
    GOAL_TARGET_INVALID = "goal_target_invalid"
    GOAL_UNKNOWN = "goal_unknown"
    GOALS_FULL = "goals_full"
    # planned posts
    PLAN_UNKNOWN = "plan_unknown"
    PLANS_FULL = "plans_full"
    PLAN_TEXT_TOO_LONG = "plan_text_too_long"
    PLAN_TAG_INVALID = "plan_tag_invalid"
    PLAN_TAGS_TOO_MANY = "plan_tags_too_many"
    PLAN_TIME_INVALID = "plan_time_invalid"
    PLAN_TIME_MISSING = "plan_time_missing"
    PLAN_SOUND_UNKNOWN = "plan_sound_unknown"
    PLAN_PUBLISHED = "plan_published"
    PLAN_CHANGED = "plan_changed"
    PLAN_POST_TAKEN = "plan_post_taken"
    PLANNER_FEEDS_FULL = "planner_feeds_full"
    # experiments
    EXPERIMENT_UNKNOWN = "experiment_unknown"
    EXPERIMENT_RUNS = "experiment_runs"
    EXPERIMENT_OVER = "experiment_over"
    EXPERIMENT_ARMS_SAME = "experiment_arms_same"
    EXPERIMENT_TOO_LONG = "experiment_too_long"
    EXPERIMENT_DAY_INVALID = "experiment_day_invalid"
    EXPERIMENT_TIME_INVALID = "experiment_time_invalid"
    EXPERIMENTS_FULL = "experiments_full"
    REPORT_TITLE_TOO_LONG = "report_title_too_long"
    REPORTS_FULL = "reports_full"
    REPORT_NOT_MADE = "report_not_made"
    DATA_EXPORT_IN_WORK = "data_export_in_work"
    DATA_EXPORTS_FULL = "data_exports_full"
    # notes on posts, and covers
    POST_NOTE_EMPTY = "post_note_empty"
    POST_NOTE_UNKNOWN = "post_note_unknown"
    POST_NOTES_FULL = "post_notes_full"
    COVER_MISSING = "cover_missing"
    COVER_TOO_LARGE = "cover_too_large"
    COVER_NOT_AN_IMAGE = "cover_not_an_image"
    COVER_BROKEN = "cover_broken"
    COVER_TOO_MANY_PIXELS = "cover_too_many_pixels"
    COVER_TOO_SMALL = "cover_too_small"
    COVER_DIED = "cover_died"
    COVER_UNMATCHED = "cover_unmatched"
    COVER_AMBIGUOUS = "cover_ambiguous"
    COVER_TWICE = "cover_twice"
    COVER_LATER = "cover_later"
    COVERS_TOO_MANY = "covers_too_many"
    # digests
    DIGEST_EXISTS = "digest_exists"
    DIGEST_GOES_THERE = "digest_goes_there"
    DIGESTS_FULL = "digests_full"
    QUIET_HOURS_EMPTY = "quiet_hours_empty"
    QUIET_TIME_INVALID = "quiet_time_invalid"
    # push messages
    PUSH_BROWSER_REFUSED = "push_browser_refused"
    PUSH_DEVICES_FULL = "push_devices_full"
    PUSH_REFUSED = "push_refused"
    PUSH_TOO_LATE = "push_too_late"
    # files (raised by importers)
    FILE_EMPTY = "file_empty"
    NOT_AN_EXPORT = "not_an_export"
    WEB_PAGE_NOT_EXPORT = "web_page_not_export"
    UNKNOWN_FORMAT = "unknown_format"
    JSON_BROKEN = "json_broken"
    JSON_TOO_DEEP = "json_too_deep"
    JSON_NUMBER_TOO_LONG = "json_number_too_long"
    JSON_STRING_TOO_LONG = "json_string_too_long"
    JSON_DUPLICATE_KEY = "json_duplicate_key"
    JSON_TOO_MANY_KEYS = "json_too_many_keys"
    JSON_ITEM_TOO_LARGE = "json_item_too_large"
    NOT_UTF8 = "not_utf8"
    TOO_MANY_ROWS = "too_many_rows"
    ZIP_BROKEN = "zip_broken"
    ZIP_ENCRYPTED = "zip_encrypted"
    ZIP_METHOD = "zip_method"
    ZIP_TOO_MANY_FILES = "zip_too_many_files"
    ZIP_TOO_LARGE = "zip_too_large"
    ZIP_RATIO = "zip_ratio"
    ZIP_OVERLAP = "zip_overlap"
    ZIP_BAD_NAME = "zip_bad_name"
    ZIP_DUPLICATE_NAME = "zip_duplicate_name"
    ZIP_SEVERAL_EXPORTS = "zip_several_exports"
    TXT_LISTS_UNNAMED = "txt_lists_unnamed"
    STUDIO_WORKBOOK = "studio_workbook"
    STUDIO_COLUMNS = "studio_columns"
    STUDIO_BROKEN = "studio_broken"
    PARSER_DIED = "parser_died"
    PARSER_TIMEOUT = "parser_timeout"


class AppError(Exception):
    """A failure that a person can read; ``params`` fill the sentence of its code."""

    status = 400

    def __init__(self, code: ErrorCode, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        """Return the code and parameters, for logs only."""
        return f"{self.code.value} {self.params}" if self.params else self.code.value


class BadRequest(AppError):
    """The request itself is malformed."""

    status = 400


class LoginNeeded(AppError):
    """Nobody is signed in, or the key is not valid."""

    status = 401


class Forbidden(AppError):
    """The person is known and may not do this."""

    status = 403


class NotFound(AppError):
    """There is no such thing, or it belongs to another team."""

    status = 404


class Conflict(AppError):
    """The thing is in a state that does not allow this."""

    status = 409


class TooLarge(AppError):
    """The body is larger than the setting allows."""

    status = 413


class UnsupportedBody(AppError):
    """The body is not of the type that is read here; ``params['expected']`` names it."""

    status = 415


class Invalid(AppError):
    """A value was understood and refused; ``params['field']`` names it where there is one."""

    status = 422


class FileRefused(Invalid):
    """A file is not an export we can read, or is damaged or hostile."""


class ReaderDied(FileRefused):
    """The process that read the file was ended by a signal: by the file, or by something that passes."""


class TooManyRequests(AppError):
    """A rate limit was reached; ``params['seconds']`` says when to come back."""

    status = 429


class Unavailable(AppError):
    """A part the answer needs is away for a moment."""

    status = 503


class OutOfSpace(AppError):
    """The disk has no room left above the reserve."""

    status = 507
