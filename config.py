"""Typed settings: the only module that reads the environment."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Final

from webapp.domain import failpoints, setting_values
from webapp.domain.setting_values import (
    SHORTEST_SECRET,
    EncryptionKey,
    MailServer,
    Setting,
    SettingReader,
    SettingsError,
    Unfit,
    is_loopback,
    local_url,
)

ROOT: Final = Path(__file__).resolve().parent

# sockaddr_un holds 104 bytes on macOS and 108 on Linux, with the closing zero.
_LONGEST_SOCKET_PATH: Final = 100
# Fields that are never shown.
_SECRETS: Final = frozenset(
    {
        *("secret_key", "secret_key_fallbacks", "encryption_keys"),
        *("database_url", "redis_url", "mail_server", "metrics_token", "sentry_dsn"),
    }
)
_FEWEST_DISTINCT_CHARACTERS: Final = 10
_KNOWN_SECRETS: Final = (
    "changeme",
    "change-me",
    "change_me",
    "secret-key",
    "secret_key",
    "your-secret",
    "insecure",
)


class AppEnv(StrEnum):
    """Where the app runs; production refuses every convenience that is unsafe there."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TEST = "test"


class Assets(StrEnum):
    """Where browsers load third-party files from."""

    CDN = "cdn"
    LOCAL = "local"


class Registration(StrEnum):
    """Who may sign up."""

    OPEN = "open"
    INVITE = "invite"


class Switch(StrEnum):
    """A setting that is on or off."""

    ON = "on"
    OFF = "off"


class LogLevel(StrEnum):
    """The least grave message that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a log line is written."""

    TEXT = "text"
    JSON = "json"


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("APP_ENV", "development", "`development`, `production` or `test`."),
    Setting("HOST", "127.0.0.1", "Address the web server listens on."),
    Setting("PORT", "5000", "Port the web server listens on."),
    Setting("BASE_URL", "http://HOST:PORT", "Address people reach the app at; `https` turns on secure cookies."),
    Setting("INSTANCE_PATH", "./instance", "Folder of the database, the queue, uploads and the secret key."),
    Setting(
        "DATABASE_URL",
        "SQLite in INSTANCE_PATH",
        "`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.",
    ),
    Setting("REDIS_URL", "embedded Valkey", "`redis://`, `rediss://` or `unix://`; unset starts a private Valkey."),
    Setting(
        "SECRET_KEY",
        "made and kept in INSTANCE_PATH",
        "Signs cookies and tokens; at least 32 characters, required in production.",
    ),
    Setting(
        "SECRET_KEY_FALLBACKS",
        "none",
        "Earlier values of SECRET_KEY, divided by commas: what they signed is still taken.",
    ),
    Setting(
        "ENCRYPTION_KEYS",
        "made and kept in INSTANCE_PATH",
        "Keys that seal stored secrets, as `ID:BASE64,ID:BASE64`: the first one seals; required in production.",
    ),
    Setting(
        "MAIL_URL",
        "none",
        "`smtp://USER:PASSWORD@HOST:PORT` (STARTTLS) or `smtps://...`; unset writes mails into INSTANCE_PATH/outbox.",
    ),
    Setting("MAIL_FROM", "no-reply@ the host of BASE_URL", "Address that mails come from."),
    Setting("ASSETS", "cdn", "`cdn` loads browser libraries from a CDN with a local fallback, `local` never does."),
    Setting(
        "REGISTRATION",
        "open on loopback, else invite",
        "`open` lets anybody sign up, `invite` only the invited.",
    ),
    Setting("RATE_LIMITS", "on", "`off` lifts all rate limits; refused in production."),
    Setting("TRUSTED_PROXIES", "0", "Reverse proxies in front of the app whose `X-Forwarded-*` headers count."),
    Setting("MAX_UPLOAD_MB", "2048", "Largest upload, in MiB."),
    Setting(
        "MEDIA_BASE_URL",
        "the app itself",
        "Address in front of the names of covers, such as `https://cdn.example.org/media`: a CDN in front of `/media`.",
    ),
    Setting(
        "DISK_RESERVE_MB",
        "512",
        "Free disk space, in MiB, below which uploads are refused; below an eighth of it imports wait.",
    ),
    Setting("WEB_WORKERS", "1", "Web server processes."),
    Setting("WEB_THREADS", "16", "Threads of each web server process."),
    Setting(
        "NOTIFICATION_STREAMS",
        "0",
        "Open pages that each web server process tells of notifications at once, for up to half of WEB_THREADS;"
        " all others ask once a minute.",
    ),
    Setting("LOG_LEVEL", "warning", "`debug`, `info`, `warning` or `error`."),
    Setting("LOG_FORMAT", "json in production, else text", "`text` for people, `json` for one object a line."),
    Setting("METRICS_ADDRESS", "off", "`HOST:PORT` at which figures are served to Prometheus."),
    Setting(
        "METRICS_TOKEN",
        "none",
        "Bearer token the figures are given out for; required in production where METRICS_ADDRESS is not loopback.",
    ),
    Setting("SENTRY_DSN", "none", "Address of a Sentry project that is told of faults; nothing is sent without it."),
    Setting("LEASE_SECONDS", "30", "How long a job stays with a worker that gives no sign of life."),
    Setting("RECONCILE_SECONDS", "10", "How often overdue jobs are looked for and handed out again."),
    Setting("PARSER_MEMORY_MB", "1024", "Memory limit, in MiB, of the process that reads an uploaded file."),
    Setting("PARSER_CPU_SECONDS", "1800", "CPU time limit of the process that reads an uploaded file."),
    Setting(
        "SESSION_IDLE_HOURS", "1", "Hours without a request after which a session ends that is not to be remembered."
    ),
    Setting(
        "SESSION_ABSOLUTE_HOURS",
        "24",
        "Hours after which a session ends in any case; one to be remembered ends after 30 days.",
    ),
    Setting(
        "LOOPBACK_DESTINATIONS",
        "off",
        "For tests: `on` also sends push messages to services on this machine; refused in production.",
    ),
    Setting("FAILPOINT", "none", "For fault tests: `POINT:HIT=ACTION`; refused in production."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the environment decides, checked; build it with `from_environ`."""

    app_env: AppEnv
    host: str
    port: int
    base_url: str
    instance_path: Path
    database_url: str
    redis_url: str | None
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    encryption_keys: tuple[EncryptionKey, ...]
    mail_server: MailServer | None
    mail_from: str
    assets: Assets
    registration: Registration
    rate_limits: bool
    trusted_proxies: int
    max_upload_mb: int
    media_base_url: str | None
    disk_reserve_mb: int
    web_workers: int
    web_threads: int
    notification_streams: int
    log_level: LogLevel
    log_format: LogFormat
    metrics_address: tuple[str, int] | None
    metrics_token: str | None
    sentry_dsn: str | None
    lease_seconds: int
    reconcile_seconds: int
    parser_memory_mb: int
    parser_cpu_seconds: int
    session_idle_hours: int
    session_absolute_hours: int
    loopback_destinations: bool
    failpoint: str

    @classmethod
    def from_environ(cls, env: Mapping[str, str], root: Path = ROOT) -> Settings:
        """Check the variables in `env`, make the instance folder; raise SettingsError on a bad one."""
        read = SettingReader(env, SETTINGS)
        app_env = read.choice("APP_ENV", AppEnv)
        host, port = read.text("HOST", setting_values.host_name), read.number("PORT", 1, 65_535)
        base_url = read.optional("BASE_URL", setting_values.base_url) or local_url(host, port)
        instance_path = (root / read.text("INSTANCE_PATH", str)).resolve()
        rate_limits = read.choice("RATE_LIMITS", Switch) is Switch.ON
        if app_env is AppEnv.PRODUCTION and not rate_limits:
            raise SettingsError("RATE_LIMITS", "`on` in production", "'off'")
        loopback_destinations = read.choice("LOOPBACK_DESTINATIONS", Switch) is Switch.ON
        if app_env is AppEnv.PRODUCTION and loopback_destinations:
            raise SettingsError("LOOPBACK_DESTINATIONS", "`off` in production", "'on'")
        failpoint = read.optional("FAILPOINT", _failpoint) or ""
        if app_env is AppEnv.PRODUCTION and failpoint:
            raise SettingsError("FAILPOINT", "nothing in production", repr(failpoint))
        _make_private_folder(instance_path)
        settings = cls(
            app_env=app_env,
            host=host,
            port=port,
            base_url=base_url,
            instance_path=instance_path,
            database_url=read.optional("DATABASE_URL", setting_values.database_url)
            or f"sqlite:///{instance_path / 'app.sqlite3'}",
            redis_url=read.optional("REDIS_URL", setting_values.redis_url),
            secret_key=_secret_key(read, app_env, instance_path),
            secret_key_fallbacks=_secret_key_fallbacks(read),
            encryption_keys=_encryption_keys(read, app_env, instance_path),
            mail_server=read.optional("MAIL_URL", setting_values.mail_url),
            mail_from=read.optional("MAIL_FROM", setting_values.mail_address) or setting_values.sender_of(base_url),
            assets=read.choice("ASSETS", Assets),
            registration=read.choice(
                "REGISTRATION", Registration, Registration.OPEN if is_loopback(host) else Registration.INVITE
            ),
            rate_limits=rate_limits,
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, 10),
            max_upload_mb=read.number("MAX_UPLOAD_MB", 1, 1_048_576),
            media_base_url=read.optional("MEDIA_BASE_URL", setting_values.media_base_url),
            disk_reserve_mb=read.number("DISK_RESERVE_MB", 0, 1_048_576),
            web_workers=read.number("WEB_WORKERS", 1, 64),
            web_threads=read.number("WEB_THREADS", 1, 512),
            notification_streams=read.number("NOTIFICATION_STREAMS", 0, 256),
            log_level=read.choice("LOG_LEVEL", LogLevel),
            log_format=read.choice(
                "LOG_FORMAT", LogFormat, LogFormat.JSON if app_env is AppEnv.PRODUCTION else LogFormat.TEXT
            ),
            metrics_address=read.optional("METRICS_ADDRESS", setting_values.host_and_port),
            metrics_token=read.optional("METRICS_TOKEN", setting_values.token),
            sentry_dsn=read.optional("SENTRY_DSN", setting_values.sentry_dsn),
            lease_seconds=read.number("LEASE_SECONDS", 3, 3_600),
            reconcile_seconds=read.number("RECONCILE_SECONDS", 1, 60),
            parser_memory_mb=read.number("PARSER_MEMORY_MB", 256, 1_048_576),
            parser_cpu_seconds=read.number("PARSER_CPU_SECONDS", 1, 86_400),
            session_idle_hours=read.number("SESSION_IDLE_HOURS", 1, 8_760),
            session_absolute_hours=read.number("SESSION_ABSOLUTE_HOURS", 1, 8_760),
            loopback_destinations=loopback_destinations,
            failpoint=failpoint,
        )
        if settings.session_absolute_hours < settings.session_idle_hours:
            raise SettingsError(
                "SESSION_ABSOLUTE_HOURS",
                f"at least SESSION_IDLE_HOURS, which is {settings.session_idle_hours}",
                str(settings.session_absolute_hours),
            )
        if settings.notification_streams > settings.web_threads // 2:
            raise SettingsError(
                "NOTIFICATION_STREAMS",
                f"at most half of WEB_THREADS, which is {settings.web_threads}: every stream keeps a thread",
                str(settings.notification_streams),
            )
        _check_metrics_are_guarded(settings)
        return settings

    def __repr__(self) -> str:
        """Show the settings without the ones that carry a secret."""
        shown = (
            f"{field.name}=***" if field.name in _SECRETS else f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
        )
        return f"Settings({', '.join(shown)})"

    @property
    def https(self) -> bool:
        """Whether people reach the app over TLS."""
        return self.base_url.startswith("https:")

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The key that signs, then the earlier ones whose signatures are still taken."""
        return (self.secret_key, *self.secret_key_fallbacks)

    @property
    def queue_directory(self) -> Path:
        """Folder of the embedded Valkey's data."""
        return self.instance_path / "queue"

    @property
    def queue_socket(self) -> Path:
        """Unix socket of the embedded Valkey; in a private folder under /tmp when the path is too long."""
        path = self.queue_directory / "valkey.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        # Its owner and mode are checked before a server listens there.
        return Path("/tmp") / f"tiktok-analytics-{os.getuid()}" / f"{digest}.sock"

    @property
    def queue_url(self) -> str:
        """Address of the queue server as redis-py and RQ want it."""
        return self.redis_url or f"unix://{self.queue_socket}"

    @property
    def limiter_url(self) -> str:
        """Address of the queue server as Flask-Limiter wants it."""
        return f"redis+{self.queue_url}" if self.queue_url.startswith("unix:") else self.queue_url

    @property
    def outbox_directory(self) -> Path:
        """Folder that mails are written into where no mail server is set."""
        return self.instance_path / "outbox"

    @property
    def metrics_directory(self) -> Path:
        """Folder in which the processes keep what they counted."""
        return self.instance_path / "metrics"

    @property
    def setup_token_path(self) -> Path:
        """File of the one-time token the first person to sign up must show; absent when none is needed."""
        return self.instance_path / "setup_token"


def load() -> Settings:
    """Return the settings of this process; raise SettingsError when one is bad."""
    return Settings.from_environ(os.environ)


def name_metrics_directory(folder: Path) -> None:
    """Tell prometheus_client, which looks nowhere else, where this process keeps its figures."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _check_metrics_are_guarded(settings: Settings) -> None:
    if settings.app_env is not AppEnv.PRODUCTION or settings.metrics_address is None or settings.metrics_token:
        return
    host, port = settings.metrics_address
    if not is_loopback(host):
        raise SettingsError("METRICS_ADDRESS", "a loopback address, or METRICS_TOKEN beside it", f"{host}:{port}")


def _failpoint(found: str) -> str:
    try:
        failpoints.parse(found)
    except ValueError:
        raise Unfit("`POINT:HIT=ACTION` with a point of webapp/domain/failpoints.py") from None
    return found


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            "INSTANCE_PATH", "a folder that can be made and written", f"{folder} ({error.strerror})"
        ) from None


def _secret_key(read: SettingReader, app_env: AppEnv, instance_path: Path) -> str:
    _, given = read.raw("SECRET_KEY")
    if given is None and app_env is AppEnv.PRODUCTION:
        raise SettingsError("SECRET_KEY", "a random value in production (`openssl rand -hex 32` makes one)", "nothing")
    key = given or _kept_secret(instance_path / "secret_key", lambda: secrets.token_hex(32))
    _check_secret_key("SECRET_KEY", key)
    return key


def _secret_key_fallbacks(read: SettingReader) -> tuple[str, ...]:
    _, given = read.raw("SECRET_KEY_FALLBACKS")
    keys = tuple(key.strip() for key in given.split(",")) if given else ()
    for key in keys:
        _check_secret_key("SECRET_KEY_FALLBACKS", key)
    return keys


def _check_secret_key(name: str, key: str) -> None:
    if len(key) < SHORTEST_SECRET:
        raise SettingsError(name, f"at least {SHORTEST_SECRET} characters", f"{len(key)} characters")
    if len(set(key)) < _FEWEST_DISTINCT_CHARACTERS or any(known in key.lower() for known in _KNOWN_SECRETS):
        raise SettingsError(name, "a random value (`openssl rand -hex 32` makes one)", "one that can be guessed")


def _encryption_keys(read: SettingReader, app_env: AppEnv, instance_path: Path) -> tuple[EncryptionKey, ...]:
    name = "ENCRYPTION_KEYS"
    given = read.optional(name, setting_values.encryption_keys)
    if given is not None:
        return given
    if app_env is AppEnv.PRODUCTION:
        raise SettingsError(name, "at least one key in production (see docs/settings.md)", "nothing")
    kept = _kept_secret(instance_path / "encryption_keys", _new_encryption_key)
    try:
        return setting_values.encryption_keys(kept)
    except Unfit as unfit:
        raise SettingsError(name, f"in INSTANCE_PATH/encryption_keys {unfit.expected}", "another value") from None


def _new_encryption_key() -> str:
    return f"k1:{base64.b64encode(secrets.token_bytes(setting_values.ENCRYPTION_KEY_BYTES)).decode()}"


def _kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret kept in `path`, making it first where it is missing; whoever comes first wins."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise SettingsError(
                "INSTANCE_PATH", "a folder that can be written", f"{path.parent} ({error.strerror})"
            ) from None
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        # A hard link never replaces: processes that start together all read the same secret.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
