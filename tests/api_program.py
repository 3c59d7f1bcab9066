"""A program that uses the API of a running app."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from config import ROOT
from tests.browser.stack import ADMIN
from tests.processes import Stack


def api_key(instance: Path, settings: dict[str, str]) -> str:
    environment = {"PATH": os.environ["PATH"], "INSTANCE_PATH": str(instance), **settings}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "create_api_key", ADMIN, "--name", "test", "--write"]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return said.stdout.strip()


class Api:
    """A program that talks to the running app with a key."""

    def __init__(self, stack: Stack, key: str) -> None:
        self.base = f"http://127.0.0.1:{stack.port}"
        self.headers = {"Authorization": f"Bearer {key}"}

    def call(self, path: str, body: bytes | None = None, kind: str = "application/json") -> dict[str, object]:
        headers = {**self.headers, "Content-Type": kind} if body is not None else self.headers
        request = urllib.request.Request(self.base + path, body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def upload(self, content: bytes, name: str = "user_data_tiktok.json") -> str:
        edge = "a-line-that-is-in-no-export"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        return str(self.call("/api/imports/", body, f"multipart/form-data; boundary={edge}")["id"])
