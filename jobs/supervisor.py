"""Start every process of the app, keep them alive, stop them together. Run as `python -m jobs.supervisor`."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import config
from config import ROOT, Settings
from jobs import embedded_queue
from jobs.doors import hold_newcomers, refuse_newcomers
from jobs.embedded_queue import QueueStartError
from jobs.lifeline import tied_to_this_process
from webapp import logs, metrics
from webapp.domain.setting_values import SettingsError, local_url
from webapp.queue import QueueName

_TICK: Final = 0.1
_READY_PATIENCE: Final = 60.0
_DEATHS_THAT_STOP_EVERYTHING: Final = 5
_DEATH_WINDOW: Final = 60.0
_FIRST_PAUSE: Final = 0.5
_GUNICORN_GRACE: Final = 25
_GIVE_BACK_PATIENCE: Final = 20
# Time for the web server to let in who has knocked, and then to take the listener out of its loop.
_LAST_ACCEPT: Final = 0.3
_BACKLOG: Final = 512


class StartError(Exception):
    """Why the app cannot run, in a sentence; `exit_code` is 2 where another setting would help."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@dataclass(slots=True)
class Child:
    """One process to keep alive: how it is started, asked to stop, and what became of it."""

    name: str
    command: list[str]
    stop_turn: int
    stop_patience: float
    orphan_signal: signal.Signals = signal.SIGKILL
    environment: dict[str, str] | None = None
    inherited: tuple[int, ...] = ()
    is_vital: bool = True
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    restart_at: float = 0.0

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            pass_fds=self.inherited,
            start_new_session=True,
            preexec_fn=tied_to_this_process(self.orphan_signal),
        )

    def running(self) -> bool:
        """Tell whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def bury(self, now: float) -> str:
        """Note that the process died and when it may be started again; return a sentence about it."""
        self.kill()  # what is left of its session
        code = self.process.returncode if self.process else 0
        self.process = None
        self.deaths = [at for at in self.deaths if now - at < _DEATH_WINDOW] + [now]
        pause = _FIRST_PAUSE * 2 ** (len(self.deaths) - 1)
        self.restart_at = now + pause
        cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"{self.name} ended ({cause}), starting it again in {pause:g} s."

    def kill(self) -> None:
        """End the process and all of its session at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    """Owns the processes of one instance, in the order they are started in; they stop turn by turn."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self.settings = settings
        self.listener = listener
        self.children = _children(settings, listener.fileno())
        self.stop_requests = 0

    def run(self) -> int:
        """Run until a signal or a child that cannot live; return the exit code."""
        # A shell starts background work with SIGINT ignored; who sends one to this process means it all the same.
        stops = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup wants to be left alone
            stops.append(signal.SIGHUP)
        for sig in stops:
            signal.signal(sig, self._note_stop)
        try:
            self._migrate()
            metrics.forget(self.settings)
            if not self.settings.redis_url:
                embedded_queue.prepare(self.settings)
            for child in self.children:
                child.start()
            self._announce()
            while not self.stop_requests:
                self._tend()
                time.sleep(_TICK)
        except (StartError, QueueStartError) as error:
            _say(str(error))
            return getattr(error, "exit_code", 1)
        finally:
            self._stop_all()
        return 0

    def _note_stop(self, *_: object) -> None:
        self.stop_requests += 1

    def _migrate(self) -> None:
        """Bring the database to the current schema before anything reads it."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "migrate_database"]
        migration = Child("migration", command, stop_turn=0, stop_patience=0)
        migration.start()
        while migration.running() and not self.stop_requests:
            time.sleep(_TICK)
        if self.stop_requests:
            migration.kill()
        elif migration.process is not None and migration.process.returncode:
            raise StartError("The database could not be brought up to date; the reason stands above.", 1)

    def _announce(self) -> None:
        """Tend the children until the web server answers, then print where."""
        deadline = time.monotonic() + _READY_PATIENCE
        while not self.stop_requests and not _answers(self.settings):
            if time.monotonic() > deadline:
                raise StartError(f"The web server did not answer within {_READY_PATIENCE:.0f} s.", 1)
            self._tend()
            time.sleep(_TICK)
        if self.stop_requests:
            return
        _say(f"TikTok Analytics is running at {self.settings.base_url}")
        local = local_url(self.settings.host, self.settings.port)
        if local != self.settings.base_url:
            _say(f"It listens on {local}")
        with contextlib.suppress(FileNotFoundError):
            token = self.settings.setup_token_path.read_text(encoding="utf-8").strip()
            _say(f"The first person to sign up needs this set-up token: {token}")
        _say("Press Ctrl-C to stop.")

    def _tend(self) -> None:
        """Note who died, start again whose pause is over; raise StartError when one keeps dying."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.restart_at:
                    child.start()
            elif not child.running():
                sentence = child.bury(now)
                if child.is_vital and len(child.deaths) >= _DEATHS_THAT_STOP_EVERYTHING:
                    raise StartError(f"{child.name} died {len(child.deaths)} times within a minute; giving up.", 1)
                _say(sentence)

    def _stop_all(self) -> None:
        """Stop the web server first and the queue last; another signal stops the waiting."""
        for turn in sorted({child.stop_turn for child in self.children}):
            stopping = [child for child in self.children if child.stop_turn == turn]
            holds_listener = any(child.inherited for child in stopping)
            if holds_listener:
                hold_newcomers(self.listener)
                time.sleep(_LAST_ACCEPT)
            for child in stopping:
                if child.process is not None and child.running():
                    child.process.terminate()
            if holds_listener:
                # Closed while the web server still listens, it would end at once.
                time.sleep(_LAST_ACCEPT)
                refuse_newcomers(self.listener)
            deadline = time.monotonic() + max(child.stop_patience for child in stopping)
            while any(child.running() for child in stopping):
                if time.monotonic() > deadline or self.stop_requests > 1:
                    break
                time.sleep(_TICK)
            for child in stopping:
                child.kill()


def _children(settings: Settings, listener: int) -> list[Child]:
    """Return the processes in the order they are started in."""
    python = [sys.executable, "-m"]
    web = [
        *(*python, "gunicorn", "--bind", f"fd://{listener}", "--no-control-socket"),
        *("--worker-class", "gthread", "--workers", str(settings.web_workers)),
        *("--threads", str(settings.web_threads), "--graceful-timeout", str(_GUNICORN_GRACE)),
        *("--log-level", settings.log_level.value, "--logger-class", "jobs.web_server_log.WebServerLog"),
        *("--forwarded-allow-ips", "", "wsgi:app"),
    ]
    children = [
        *(Child(f"worker {queue}", [*python, "jobs.worker", queue], 2, _GIVE_BACK_PATIENCE) for queue in QueueName),
        Child("scheduler", [*python, "jobs.scheduler"], 1, 4),
        # SIGQUIT has gunicorn take its workers along at once.
        Child("web", web, 0, _GUNICORN_GRACE + 1, orphan_signal=signal.SIGQUIT, inherited=(listener,)),
    ]
    if settings.metrics_address is not None:
        children.append(Child("metrics", [*python, "jobs.metrics_server"], 1, 2, is_vital=False))
    if not settings.redis_url:
        # No secret of the app is in the environment of a server that does not need it.
        queue = Child("queue", embedded_queue.command(settings), 3, 5, signal.SIGTERM, environment={})
        children.insert(0, queue)
    return children


@contextlib.contextmanager
def _sole_owner(settings: Settings) -> Iterator[None]:
    """Hold the instance for this process; raise StartError when another one holds it."""
    with (settings.instance_path / "supervisor.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "another process"
            raise StartError(
                f"The app is already running on {settings.instance_path} ({owner})."
                " Stop it first, or set INSTANCE_PATH and PORT to run a second one.",
                2,
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}")
        lock.flush()
        yield


def _listener(settings: Settings) -> socket.socket:
    """Return the web server's listening socket; it outlives the web server, so a restart refuses nobody."""
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except socket.gaierror:
        raise StartError(f"HOST is {host}, which is no address of this machine.", 2) from None
    except OSError as error:
        reasons = {
            errno.EADDRINUSE: f"Port {port} is in use by another program; stop it or set another PORT.",
            errno.EACCES: f"Port {port} may not be opened by this user; choose one above 1023 with PORT.",
            errno.EADDRNOTAVAIL: f"HOST is {host}, which is no address of this machine.",
        }
        sentence = reasons.get(error.errno or 0, f"{host}:{port} cannot be opened: {error.strerror}.")
        raise StartError(sentence, 2) from None


def _answers(settings: Settings) -> bool:
    """Tell whether the web server says that it is healthy."""
    local = urlsplit(local_url(settings.host, settings.port))
    connection = http.client.HTTPConnection(local.hostname or "", local.port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": urlsplit(settings.base_url).netloc})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say(sentence: str) -> None:
    logs.say(sentence, __name__)


def main() -> int:
    """Run the app in the foreground; return the exit code."""
    os.umask(0o077)  # the database, the queue and uploads are nobody else's
    try:
        settings = config.load()
        logs.configure(settings)
        with _sole_owner(settings), _listener(settings) as listener:
            return Supervisor(settings, listener).run()
    except SettingsError as error:
        _say(str(error))
        return 2
    except StartError as error:
        _say(str(error))
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
