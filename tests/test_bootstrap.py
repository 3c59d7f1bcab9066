from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from config import ROOT

CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Sound"\nmsgstr "Son"\n'


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "deploy" / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "requirements.txt").write_text("flask==1\n")
    (tmp_path / "requirements-dev.txt").write_text("pytest==1\n")
    return tmp_path


@pytest.fixture
def steps(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the bootstrap did, with pip and venv replaced by notes; a step named in `failing` fails."""
    done: list[str] = []

    def make(environment: Path) -> None:
        done.append("make")
        for old in environment.glob("*.sha256"):
            old.unlink()
        (environment / "bin").mkdir(parents=True, exist_ok=True)
        (environment / "bin" / "python").unlink(missing_ok=True)
        (environment / "bin" / "python").symlink_to(sys.executable)

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        done.append(Path(command[command.index("--requirement") + 1]).name)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(bootstrap, "_make_environment", make)
    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    return done


def test_the_second_start_does_nothing(bootstrap: ModuleType, root: Path, steps: list[str]) -> None:
    bootstrap.prepare(root, dev=False)
    assert steps == ["make", "requirements.txt"]
    bootstrap.prepare(root, dev=False)
    assert steps == ["make", "requirements.txt"]


def test_what_tests_need_comes_on_top(bootstrap: ModuleType, root: Path, steps: list[str]) -> None:
    bootstrap.prepare(root, dev=False)
    bootstrap.prepare(root, dev=True)
    bootstrap.prepare(root, dev=True)
    bootstrap.prepare(root, dev=False)
    assert steps == ["make", "requirements.txt", "requirements-dev.txt"]


def test_changed_requirements_are_installed_into_a_fresh_environment(
    bootstrap: ModuleType, root: Path, steps: list[str]
) -> None:
    bootstrap.prepare(root, dev=True)
    (root / "requirements.txt").write_text("flask==2\n")
    steps.clear()
    bootstrap.prepare(root, dev=True)
    assert steps == ["make", "requirements.txt", "requirements-dev.txt"]


def test_another_python_or_another_place_needs_another_environment(
    bootstrap: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = root / "requirements.txt"
    here = bootstrap.stamp(root / ".venv", requirements)
    assert bootstrap.stamp(root / "moved" / ".venv", requirements) != here
    monkeypatch.setattr(bootstrap.platform, "python_version", lambda: "3.99.0")
    assert bootstrap.stamp(root / ".venv", requirements) != here


def test_an_environment_without_its_python_is_made_again(bootstrap: ModuleType, root: Path, steps: list[str]) -> None:
    bootstrap.prepare(root, dev=False)
    (root / ".venv" / "bin" / "python").unlink()
    bootstrap.prepare(root, dev=False)
    assert steps.count("make") == 2


def test_a_failed_installation_is_told_and_tried_again(
    bootstrap: ModuleType, root: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        failed = subprocess.CompletedProcess[str]([], 1)
        patched.setattr(bootstrap.subprocess, "run", lambda *_, **__: failed)
        with pytest.raises(bootstrap.BootstrapError, match=r"requirements\.txt were not installed"):
            bootstrap.prepare(root, dev=False)
    steps.clear()
    bootstrap.prepare(root, dev=False)
    assert steps == ["make", "requirements.txt"]


def test_a_damaged_pip_is_never_run(
    bootstrap: ModuleType, root: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "PIP_SHA256", "0" * 64)
    with pytest.raises(bootstrap.BootstrapError, match="missing or damaged"):
        bootstrap.prepare(root, dev=False)
    assert steps == ["make"]


def test_catalogues_are_compiled_when_they_change_and_only_then(
    bootstrap: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_python", lambda _: sys.executable)
    (root / ".venv").mkdir()
    catalogue = root / "webapp" / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
    assert not bootstrap.compile_translations(root)
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(CATALOGUE)
    assert bootstrap.compile_translations(root)
    assert catalogue.with_suffix(".mo").exists()
    assert not bootstrap.compile_translations(root)
    catalogue.write_text(CATALOGUE.replace("Son", "Le son"))
    assert bootstrap.compile_translations(root)
    catalogue.with_suffix(".mo").unlink()
    assert bootstrap.compile_translations(root)


def test_a_broken_catalogue_is_told(bootstrap: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_python", lambda _: sys.executable)
    (root / ".venv").mkdir()
    catalogue = root / "webapp" / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(b'msgid "Sound"\nmsgstr "\xff"\n')
    with pytest.raises(bootstrap.BootstrapError, match="catalogue cannot be compiled"):
        bootstrap.compile_translations(root)


def test_this_checkout_starts_a_second_time_at_once_and_without_network(bootstrap: ModuleType) -> None:
    if not bootstrap.installed(ROOT / ".venv", ROOT / "requirements-dev.txt"):
        pytest.skip("this checkout's .venv was not made by `make test`")
    nowhere = "http://127.0.0.1:9"
    environment = {
        "PATH": os.environ["PATH"],
        "PIP_INDEX_URL": nowhere,
        "PIP_RETRIES": "0",
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
    }
    command = [sys.executable, str(ROOT / "deploy" / "bootstrap.py"), "--dev"]
    subprocess.run(command, check=True, env=environment)
    started = time.monotonic()
    finished = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    assert finished.stdout == finished.stderr == ""
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_pins_every_package_by_hash_and_names_no_index(name: str) -> None:
    lock = (ROOT / name).read_text()
    entries = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert [entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+ .*\\\n", entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in lock
    assert "--index" not in lock
