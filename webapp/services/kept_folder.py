"""A folder of files that rows of the database name: written whole, read by name, swept when nothing names them."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from webapp.extensions import settings

# A file that nothing refers to is being written, or was left by a process that died.
_ORPHAN_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class KeptFolder:
    """A folder of the instance; ``names`` is the form that the names of its files have."""

    folder: str
    names: re.Pattern[str]

    @property
    def path(self) -> Path:
        """Return where the folder is, or will be."""
        return settings().instance_path / self.folder

    def new_part(self, stem: str = "") -> Path:
        """Return a new file that nobody reads, in a folder that is there; two who write get two."""
        folder = self.path
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{stem}{secrets.token_hex(16)}.part"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return path

    def write_part(self, content: bytes, stem: str = "") -> Path:
        """Write bytes where nobody reads them; return where."""
        part = self.new_part(stem)
        part.write_bytes(content)
        return part

    def write(self, content: bytes, ending: str) -> str:
        """Write a file under a name that nobody can guess, whole or not at all; return its name."""
        return self.finish(self.write_part(content), ending)

    def finish(self, part: Path, ending: str) -> str:
        """Let a file that was written be one that can be found; return its name."""
        name = part.with_suffix(f".{ending}").name
        self.put(part, name)
        return name

    def put(self, part: Path, name: str) -> None:
        """Let a file that was written be the one of a name, in place of any other."""
        target = self.path / self._checked(name)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)

    def find(self, name: str | None) -> Path | None:
        """Return where a file is; ``None`` where there is none."""
        if name is None or self.names.fullmatch(name) is None:
            return None
        path = self.path / name
        return path if path.is_file() else None

    def read(self, name: str | None) -> bytes | None:
        """Return what a file holds; ``None`` where there is none."""
        path = self.find(name)
        try:
            return path.read_bytes() if path is not None else None
        except FileNotFoundError:  # deleted a moment ago
            return None

    def discard(self, *names: str | None) -> None:
        """Delete files; harmless where there are none."""
        for name in names:
            path = self.find(name)
            if path is not None:
                path.unlink(missing_ok=True)

    def sweep(self, find_kept: Callable[[], Collection[str | None]], seconds: float | None = None) -> int:
        """Delete whatever is older than some seconds, an hour by default, and not kept; return how many.

        What is kept is asked after the old files were found, so that nothing goes that a row began to name meanwhile.
        """
        if not self.path.is_dir():
            return 0
        oldest = time.time() - (_ORPHAN_SECONDS if seconds is None else seconds)
        old = [path for path in self.path.iterdir() if path.stat().st_mtime < oldest]
        kept = find_kept()
        orphans = [path for path in old if path.name not in kept]
        for path in orphans:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return len(orphans)

    def _checked(self, name: str) -> str:
        if self.names.fullmatch(name) is None:
            raise ValueError(f"this is no name of a file in {self.folder}")
        return name
