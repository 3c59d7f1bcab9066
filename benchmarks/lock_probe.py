"""Try for a database's write lock every millisecond; on SIGTERM print how long it was longest away."""

from __future__ import annotations

import json
import signal
import sqlite3
import sys
import threading
import time

_PAUSE = 0.001


def main(database: str) -> int:
    """Probe until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    connection = sqlite3.connect(database, timeout=0, isolation_level=None)
    longest, free_at = 0.0, time.perf_counter()
    while not stop.is_set():
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            longest = max(longest, time.perf_counter() - free_at)
        else:
            # Given back at once: this probe must not be what others wait for.
            connection.execute("ROLLBACK")
            free_at = time.perf_counter()
        time.sleep(_PAUSE)
    print(json.dumps({"seconds": longest}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
