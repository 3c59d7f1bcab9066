"""Make `.venv` from the locked requirements and compile the translations, only when they changed.

Needs nothing but the standard library, so that a fresh machine starts with python3 alone. pip comes
as the wheel beside this file: Debian's python3 has neither pip nor ensurepip. Its index, proxy and
certificates are those of pip's own configuration (PIP_INDEX_URL, pip.conf).
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
OLDEST_PYTHON = (3, 11)
RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"


class BootstrapError(Exception):
    """Why the environment cannot be made, in a sentence for the person who typed the command."""


def main() -> int:
    """Bring the environment up to date; return the exit code."""
    parser = argparse.ArgumentParser(description="Make .venv and compile the translations.")
    parser.add_argument("--dev", action="store_true", help="also what the tests and checks need")
    dev = parser.parse_args().dev
    try:
        if sys.version_info < OLDEST_PYTHON:
            found = platform.python_version()
            raise BootstrapError(f"Python 3.11 or newer is needed, this is {found}. Try `make PYTHON=python3.12`.")
        with _only_one_at_a_time(ROOT):
            prepare(ROOT, dev=dev)
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the next start begins again.", file=sys.stderr)
        return 130
    return 0


def prepare(root: Path, *, dev: bool) -> None:
    """Install what changed since the last time, then compile the catalogues; raise BootstrapError."""
    environment = root / ".venv"
    started = time.monotonic()
    if not installed(environment, root / RUNTIME):
        print("Making .venv (once; needs the package index) ...", flush=True)
        _make_environment(environment)
        _install(environment, root / RUNTIME)
    if dev and not installed(environment, root / DEVELOPMENT):
        print("Installing what tests and checks need ...", flush=True)
        _install(environment, root / DEVELOPMENT)
    if compile_translations(root) or time.monotonic() - started > 1:
        print(f"Ready after {time.monotonic() - started:.0f} s.", flush=True)


def stamp(environment: Path, requirements: Path) -> str:
    """Return what the environment must have been made from: this Python, this place, these versions."""
    parts = (
        sys.implementation.cache_tag or "",
        platform.python_version(),
        platform.machine(),
        sys.base_prefix,
        str(environment),
        requirements.read_text(encoding="utf-8"),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def installed(environment: Path, requirements: Path) -> bool:
    """Tell whether `requirements` were installed to the end by this Python and have not changed since."""
    try:
        found = _stamp_file(environment, requirements).read_text(encoding="utf-8")
    except OSError:
        return False
    return found == stamp(environment, requirements) and os.access(environment / "bin" / "python", os.X_OK)


def compile_translations(root: Path) -> bool:
    """Compile the catalogues that changed; return whether any did, raise BootstrapError on a bad one."""
    folder = root / "webapp" / "translations"
    catalogues = sorted(folder.glob("*/LC_MESSAGES/*.po"))
    if not catalogues:
        return False
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in catalogues)).hexdigest()
    kept = root / ".venv" / "translations.sha256"
    with contextlib.suppress(OSError):
        if kept.read_text(encoding="utf-8") == digest and all(path.with_suffix(".mo").exists() for path in catalogues):
            return False
    command = [
        _python(root / ".venv"),
        "-m",
        "babel.messages.frontend",
        "compile",
        "--directory",
        str(folder),
    ]
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise BootstrapError(f"A translation catalogue cannot be compiled:\n{finished.stderr.strip()}")
    kept.write_text(digest, encoding="utf-8")
    return True


@contextlib.contextmanager
def _only_one_at_a_time(root: Path) -> Iterator[None]:
    descriptor = os.open(root / "deploy", os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another command is preparing .venv, waiting for it ...", flush=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_environment(environment: Path) -> None:
    try:
        shutil.rmtree(environment, ignore_errors=True)
        venv.create(environment, symlinks=True, with_pip=False)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BootstrapError(f"The folder {environment} cannot be made: {error}.") from error


def _install(environment: Path, requirements: Path) -> None:
    pip = Path(__file__).resolve().parent / PIP
    if not pip.exists() or hashlib.sha256(pip.read_bytes()).hexdigest() != PIP_SHA256:
        raise BootstrapError(f"{pip} is missing or damaged; restore it from the repository.")
    command = [_python(environment), str(pip / "pip"), "install", "--requirement", str(requirements)]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile", "--no-user"]
    command += ["-qq", "--no-input", "--disable-pip-version-check"]
    finished = subprocess.run(command, check=False)
    if finished.returncode:
        raise BootstrapError(
            f"The libraries of {requirements.name} were not installed; pip says above why."
            " The first start needs the package index; behind a proxy or a mirror set PIP_PROXY or"
            " PIP_INDEX_URL. Ready-made wheels exist for Linux (x86-64 and aarch64, glibc 2.28 or newer)"
            " and for macOS on Apple silicon."
        )
    _stamp_file(environment, requirements).write_text(stamp(environment, requirements), encoding="utf-8")


def _stamp_file(environment: Path, requirements: Path) -> Path:
    return environment / f"{requirements.stem}.sha256"


def _python(environment: Path) -> str:
    return str(environment / "bin" / "python")


if __name__ == "__main__":
    sys.exit(main())
