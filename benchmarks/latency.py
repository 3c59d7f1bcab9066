"""Ask for pages one after the other and print when each was asked and how long it took, until SIGTERM.

Run as ``python -m benchmarks.latency PORT COOKIE PATH...``.
"""

from __future__ import annotations

import http.client
import json
import signal
import sys
import threading
import time

_PAUSE = 0.04


def main(port: int, cookie: str, paths: list[str]) -> int:
    """Ask on one kept-alive connection, as an open browser does."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not stop.is_set():
        for path in paths:
            at, start = time.time(), time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            took = (time.perf_counter() - start) * 1000
            print(json.dumps({"path": path, "at": at, "ms": took, "status": answer.status}), flush=True)
            stop.wait(_PAUSE)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
