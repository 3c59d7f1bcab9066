"""Hostile files in the running app: the worker goes on, page and API say why."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api_program import Api, api_key
from tests.browser.stack import ADMIN, running_stack
from tests.factories import PASSWORD, export_json, many
from tests.hostile.archives import ARCHIVES
from tests.hostile.corpus import Input
from tests.hostile.json_files import JSON_FILES
from tests.processes import Stack, descendants, until

CHOSEN = (
    "Z01 quoted overlap of 50 MB",
    "Z03 10 GB of zeros",
    "Z04 100,001 empty members",
    "Z07 says 10 bytes, holds 10 MB",
    "Z13 symbolic link",
    "Z17 encrypted",
    "Z24 byte behind",
    "Z31 names made to be slow",
    "J09 80,000 closed lists",
    "J12 5 million digits",
    "J23 text of 50 MB",
    "J29 utf-16",
    "J43 web page",
    "T03 line of 50 MB",
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The app as `make run` starts it."""
    with running_stack(tmp_path_factory.mktemp("hostile")) as started:
        yield started


class Reader:
    """Somebody who reads pages, signed in."""

    def __init__(self, base: str) -> None:
        self._base = base
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/login"))
        assert token
        form = {"csrf_token": token[1], "email": ADMIN, "password": PASSWORD}
        self.get("/login", urllib.parse.urlencode(form).encode())

    def get(self, path: str, body: bytes | None = None) -> str:
        with self._opener.open(self._base + path, body, timeout=20) as answer:
            return str(answer.read().decode())


def workers(stack: Stack) -> set[int]:
    return {pid for pid, command in descendants(stack.process.pid).items() if "jobs.worker" in command}


def test_a_dozen_hostile_files_are_refused_by_the_same_worker(stack: Stack, tmp_path: Path) -> None:
    api = Api(stack, api_key(stack.instance, {}))
    reader = Reader(api.base)
    before = workers(stack)
    assert before
    for item in _chosen():
        upload = tmp_path / "upload"
        item.write(upload)
        number = api.upload(upload.read_bytes(), item.file_name)
        until(lambda n=number: api.call(f"/api/imports/{n}/")["state"] == "failed")  # type: ignore[misc]
        error = api.call(f"/api/imports/{number}/")["error"]
        assert isinstance(error, dict)
        assert error["code"] in item.codes
        page = reader.get(f"/imports/{number}")
        assert "This file was not imported" in page
        assert str(error["text"]).replace("'", "&#39;") in page
        assert before <= workers(stack), "a worker died"
    number = api.upload(export_json(many(7)), "user_data_tiktok.json")
    until(lambda: api.call(f"/api/imports/{number}/")["state"] == "ready")
    assert "Traceback" not in stack.output


def _chosen() -> list[Input]:
    by_name = {item.name: item for item in (*ARCHIVES, *JSON_FILES)}
    return [by_name[name] for name in CHOSEN]
