"""Read the totals of an account over and over, as somebody who looks while an import is disturbed."""

from __future__ import annotations

import http.client
import threading
import urllib.error
from typing import Any

from tests.faults.exports import Totals
from tests.faults.stack import FaultStack

_PAUSE_SECONDS = 0.05
_PATHS = {
    "followers": "/api/followers/?account={}&page_size=1",
    "following": "/api/following/?account={}&page_size=1",
    "mutuals": "/api/followers/?account={}&page_size=1&mutual=1",
}


class Watcher(threading.Thread):
    """Some twenty looks a second; ``wrong`` tells of every total that is neither the old nor the new one."""

    def __init__(self, stack: FaultStack, handle: str, before: Totals | None, after: Totals) -> None:
        super().__init__(daemon=True)
        self.wrong: list[str] = []
        self.looks = 0
        self._stack, self._handle = stack, handle
        self._before, self._after = before, after
        self._is_over = threading.Event()
        self._account: str | None = None
        self._arrived: set[str] = set()

    def run(self) -> None:
        """Look at one total after the other until told to stop."""
        turn = 0
        while not self._is_over.wait(_PAUSE_SECONDS):
            name = sorted(_PATHS)[turn % len(_PATHS)]
            turn += 1
            try:
                self._look(name)
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                # The web server may be dead, or the account not there yet; a wrong answer is another thing.
                if isinstance(error, urllib.error.HTTPError) and error.code not in (404, 503):
                    self.wrong.append(f"{name}: the app answered {error.code}")

    def end(self) -> list[str]:
        """Stop looking and return what was wrong."""
        self._is_over.set()
        self.join(60)
        return self.wrong

    def _look(self, name: str) -> None:
        if self._account is None:
            accounts: Any = self._stack.api.call("/api/accounts/?page_size=1000")["results"]
            self._account = next((each["id"] for each in accounts if each["handle"] == self._handle), None)
            if self._account is None:
                return
        seen = self._stack.api.call(_PATHS[name].format(self._account))["count"]
        self.looks += 1
        old = None if self._before is None else getattr(self._before, name)
        new = getattr(self._after, name)
        if seen not in (old, new):
            self.wrong.append(f"{name}: {seen}, neither {old} before the import nor {new} after it")
        if seen == new:
            self._arrived.add(name)
        elif name in self._arrived:
            self.wrong.append(f"{name}: {seen} again, after {new} had been seen")


def totals(stack: FaultStack, handle: str) -> Totals:
    """Return the totals of an account as the API tells them, and as many posts as its tables hold."""
    accounts: Any = stack.api.call("/api/accounts/?page_size=1000")["results"]
    account = next(each["id"] for each in accounts if each["handle"] == handle)
    counts = {name: stack.api.call(path.format(account))["count"] for name, path in _PATHS.items()}
    return Totals(**counts, posts=-1)  # type: ignore[arg-type]
