from __future__ import annotations

import ast
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import ROOT, SETTINGS, AppEnv, Assets, Registration, Settings
from webapp.domain.setting_values import SettingsError, local_url

GOOD_SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef"
GOOD_KEY = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY="
PRODUCTION = {"APP_ENV": "production", "SECRET_KEY": GOOD_SECRET, "ENCRYPTION_KEYS": f"k1:{GOOD_KEY}"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def read(root: Path, **env: str) -> Settings:
    return Settings.from_environ(env, root)


def test_an_empty_environment_gives_a_development_server_on_loopback(root: Path) -> None:
    settings = read(root)
    assert settings.app_env is AppEnv.DEVELOPMENT
    assert settings.base_url == "http://127.0.0.1:5000"
    assert settings.instance_path == root / "instance"
    assert settings.database_url == f"sqlite:///{root / 'instance' / 'app.sqlite3'}"
    assert settings.registration is Registration.OPEN
    assert settings.assets is Assets.CDN
    assert settings.rate_limits
    assert not settings.https


def test_an_empty_variable_counts_as_unset(root: Path) -> None:
    assert read(root, PORT="", REDIS_URL=" ", SECRET_KEY="").port == 5000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_ENV", "staging"),
        ("APP_ENV", "Production"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80a"),
        ("PORT", "٥٠٠٠"),
        ("HOST", "a b"),
        ("HOST", "http://localhost"),
        ("BASE_URL", "stats.example.org"),
        ("BASE_URL", "ftp://stats.example.org"),
        ("BASE_URL", "https://stats.example.org/app"),
        ("BASE_URL", "https://stats.example.org:port"),
        ("BASE_URL", "https://user@stats.example.org"),
        ("DATABASE_URL", "mysql://u:p@h/n"),
        ("DATABASE_URL", "sqlite:relative"),
        ("REDIS_URL", "http://localhost:6379"),
        ("ASSETS", "remote"),
        ("REGISTRATION", "closed"),
        ("RATE_LIMITS", "0"),
        ("TRUSTED_PROXIES", "-1"),
        ("MAX_UPLOAD_MB", "1.5"),
        ("MEDIA_BASE_URL", "/media"),
        ("MEDIA_BASE_URL", "ftp://cdn.example.org"),
        ("MEDIA_BASE_URL", "https://user@cdn.example.org"),
        ("MEDIA_BASE_URL", "https://cdn.example.org/?a=1"),
        ("MEDIA_BASE_URL", "https://cdn.example.org/a b"),
        ("MEDIA_BASE_URL", "https://cdn.example.org; script-src *"),
        ("WEB_WORKERS", "0"),
        ("LOG_LEVEL", "verbose"),
        ("LOG_FORMAT", "xml"),
        ("METRICS_ADDRESS", "9464"),
        ("METRICS_ADDRESS", ":9464"),
        ("METRICS_ADDRESS", "127.0.0.1:0"),
        ("METRICS_TOKEN", "short"),
        ("METRICS_TOKEN", f"{'a b' * 16}"),
        ("SENTRY_DSN", "sentry.example.org"),
        ("SENTRY_DSN", "https://sentry.example.org/1"),
        ("SENTRY_DSN", "https://key@sentry.example.org/project"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("SECRET_KEY", "django-insecure-0123456789abcdefghijklmnop"),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("SECRET_KEY_FALLBACKS", f"{GOOD_SECRET},"),
        ("SECRET_KEY_FALLBACKS", f"{GOOD_SECRET},{'a' * 64}"),
        ("ENCRYPTION_KEYS", "k1"),
        ("ENCRYPTION_KEYS", "k1:c2hvcnQ="),
        ("ENCRYPTION_KEYS", f"k1:{'A' * 43}="),
        ("ENCRYPTION_KEYS", f"K 1:{GOOD_KEY}"),
        ("ENCRYPTION_KEYS", f":{GOOD_KEY}"),
        ("ENCRYPTION_KEYS", GOOD_KEY),
        ("ENCRYPTION_KEYS", f"k1:{GOOD_KEY},"),
        ("ENCRYPTION_KEYS", f"k1:{GOOD_KEY},k2:{GOOD_KEY}"),
        ("ENCRYPTION_KEYS", f"k1:{GOOD_KEY},k1:{GOOD_KEY[::-1].replace('=', '') + '='}"),
    ],
)
def test_a_bad_value_is_refused_and_named(root: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: expected .+, found .+") as refused:
        read(root, **{name: value})
    assert refused.value.name == name


@pytest.mark.parametrize(
    "name",
    [
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "ENCRYPTION_KEYS",
        "METRICS_TOKEN",
        "SENTRY_DSN",
    ],
)
def test_a_refusal_never_repeats_what_may_be_a_password(root: Path, name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(root, **{name: "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_the_settings_print_without_their_secrets(root: Path) -> None:
    settings = read(
        root,
        SECRET_KEY=GOOD_SECRET,
        REDIS_URL="redis://:hunter2@127.0.0.1/0",
        SENTRY_DSN="https://hunter2@sentry.example.org/1",
        METRICS_TOKEN="hunter2" * 8,
        SECRET_KEY_FALLBACKS=GOOD_SECRET,
        ENCRYPTION_KEYS=f"k1:{GOOD_KEY}",
    )
    assert GOOD_SECRET not in repr(settings)
    assert GOOD_KEY not in repr(settings)
    assert "0123456789" not in repr(settings.encryption_keys)
    assert "hunter2" not in repr(settings)


def test_production_needs_a_secret_key(root: Path) -> None:
    with pytest.raises(SettingsError, match=r"^SECRET_KEY:"):
        read(root, **{**PRODUCTION, "SECRET_KEY": ""})
    assert read(root, **PRODUCTION).secret_key == GOOD_SECRET


def test_production_needs_a_key_for_stored_secrets(root: Path) -> None:
    with pytest.raises(SettingsError, match=r"^ENCRYPTION_KEYS:"):
        read(root, **{**PRODUCTION, "ENCRYPTION_KEYS": ""})
    assert [key.id for key in read(root, **PRODUCTION).encryption_keys] == ["k1"]


def test_the_key_for_stored_secrets_is_made_once_and_others_may_stand_behind_it(root: Path) -> None:
    first = read(root).encryption_keys
    kept = root / "instance" / "encryption_keys"
    assert read(root).encryption_keys == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.write_text(f"k2:{GOOD_KEY},{kept.read_text()}")
    assert [key.id for key in read(root).encryption_keys] == ["k2", "k1"]
    kept.write_text("")
    with pytest.raises(SettingsError, match=r"^ENCRYPTION_KEYS:"):
        read(root)


def test_earlier_keys_are_read_in_their_order(root: Path) -> None:
    assert read(root).secret_key_fallbacks == ()
    assert read(root, SECRET_KEY_FALLBACKS=f"{GOOD_SECRET}, {GOOD_SECRET[::-1]}").secret_key_fallbacks == (
        GOOD_SECRET,
        GOOD_SECRET[::-1],
    )


def test_production_refuses_to_lift_the_rate_limits(root: Path) -> None:
    with pytest.raises(SettingsError, match="RATE_LIMITS"):
        read(root, **PRODUCTION, RATE_LIMITS="off")
    assert not read(root, RATE_LIMITS="off").rate_limits


def test_logs_are_for_machines_in_production_and_for_people_elsewhere(root: Path) -> None:
    assert read(root).log_format == "text"
    assert read(root, **PRODUCTION).log_format == "json"
    assert read(root, **PRODUCTION, LOG_FORMAT="text").log_format == "text"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "metrics.example.org", "[::]"])
def test_production_shows_its_figures_to_others_only_for_a_token(root: Path, host: str) -> None:
    production = {**PRODUCTION, "METRICS_ADDRESS": f"{host}:9464"}
    with pytest.raises(SettingsError, match="METRICS_TOKEN"):
        read(root, **production)
    assert read(root, **production, METRICS_TOKEN="t" * 32).metrics_address == (host.strip("[]"), 9464)
    assert read(root, METRICS_ADDRESS=f"{host}:9464").metrics_address == (host.strip("[]"), 9464)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_production_shows_its_figures_to_the_machine_itself(root: Path, host: str) -> None:
    settings = read(root, **PRODUCTION, METRICS_ADDRESS=f"{host}:9464")
    assert settings.metrics_address == (host.strip("[]"), 9464)


def test_the_secret_key_is_made_once_and_is_nobody_elses(root: Path) -> None:
    first = read(root).secret_key
    kept = root / "instance" / "secret_key"
    assert len(first) >= 32
    assert read(root).secret_key == first == kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sorted(path.name for path in kept.parent.iterdir()) == ["encryption_keys", "secret_key"]


def test_processes_that_start_together_agree_on_the_secret_key(root: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: read(root).secret_key, range(32)))
    assert len(keys) == 1


def test_the_instance_folder_is_private(root: Path) -> None:
    assert stat.S_IMODE(read(root).instance_path.stat().st_mode) & 0o077 == 0


def test_a_file_in_place_of_the_instance_folder_is_refused(root: Path) -> None:
    (root / "instance").write_text("")
    with pytest.raises(SettingsError, match="INSTANCE_PATH"):
        read(root)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_reaches_the_same_driver(root: Path, scheme: str) -> None:
    assert read(root, DATABASE_URL=f"{scheme}://u:p@h/n").database_url == "postgresql+psycopg://u:p@h/n"


@pytest.mark.parametrize(
    ("host", "registration"),
    [
        ("127.0.0.1", "open"),
        ("127.8.8.8", "open"),
        ("::1", "open"),
        ("localhost", "open"),
        ("0.0.0.0", "invite"),
        ("::", "invite"),
        ("192.168.1.4", "invite"),
    ],
)
def test_anybody_may_sign_up_only_where_nobody_else_can_reach(root: Path, host: str, registration: str) -> None:
    assert read(root, HOST=host).registration == registration
    assert read(root, HOST=host, REGISTRATION="open").registration == "open"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_the_local_address_is_one_a_browser_understands(host: str, url: str) -> None:
    assert local_url(host, 80) == url


def test_the_base_url_decides_about_https(root: Path) -> None:
    settings = read(root, BASE_URL="https://Stats.Example.org/")
    assert settings.base_url == "https://stats.example.org"
    assert settings.https


def test_covers_come_from_the_app_itself_unless_another_address_is_named(root: Path) -> None:
    assert read(root).media_base_url is None
    named = read(root, MEDIA_BASE_URL="https://CDN.Example.org:8443/media/")
    assert named.media_base_url == "https://cdn.example.org:8443/media"


def test_the_queue_is_the_embedded_one_unless_redis_is_named(root: Path) -> None:
    embedded = read(root)
    assert embedded.queue_url == f"unix://{embedded.queue_socket}"
    assert embedded.limiter_url == f"redis+unix://{embedded.queue_socket}"
    named = read(root, REDIS_URL="redis://127.0.0.1:6379/2")
    assert named.queue_url == named.limiter_url == "redis://127.0.0.1:6379/2"
    assert read(root, REDIS_URL="unix:///run/redis.sock").limiter_url == "redis+unix:///run/redis.sock"


def test_the_queue_socket_fits_into_a_socket_address_however_long_the_path(root: Path) -> None:
    deep = read(root, INSTANCE_PATH="x" * 100)
    other = read(root, INSTANCE_PATH="y" * 100)
    assert len(os.fsencode(deep.queue_socket)) <= 100
    assert deep.queue_socket != other.queue_socket
    assert deep.queue_directory == deep.instance_path / "queue"


def test_a_session_cannot_end_before_it_may_idle(root: Path) -> None:
    with pytest.raises(SettingsError, match="SESSION_ABSOLUTE_HOURS"):
        read(root, SESSION_IDLE_HOURS="8", SESSION_ABSOLUTE_HOURS="4")


def test_streams_leave_half_of_the_threads_to_pages(root: Path) -> None:
    assert read(root).notification_streams == 0
    assert read(root, WEB_THREADS="64", NOTIFICATION_STREAMS="32").notification_streams == 32
    with pytest.raises(SettingsError, match="NOTIFICATION_STREAMS"):
        read(root, WEB_THREADS="16", NOTIFICATION_STREAMS="9")


def test_every_setting_is_documented_as_it_is() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    rows = [f"| `{setting.name}` | {setting.default} | {setting.meaning} |" for setting in SETTINGS]
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows


def test_only_the_settings_read_the_environment() -> None:
    sources = [ROOT / "wsgi.py", *(ROOT / "webapp").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")]
    readers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources
        if path.exists()
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    assert readers == []
