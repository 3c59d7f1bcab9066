"""Read files in processes that are forked from this one, which has loaded the parser already.

Each request comes over the socket of standard input: the parser's arguments, and two pipes, one for what the parser
says, one for its process id and how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

from webapp.importers import child

LONGEST = 65_536


def serve(requests: socket.socket) -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        asked, pipes, _, _ = socket.recv_fds(requests, LONGEST, 2)
        if not asked:
            return
        if os.fork() == 0:
            requests.close()
            _watch(json.loads(asked), *pipes)
        for pipe in pipes:
            os.close(pipe)


def _watch(arguments: list[str], says: int, ends: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    reader = os.fork()
    if reader == 0:
        os.close(ends)
        os.dup2(says, sys.stdout.fileno())
        os.close(says)
        code = 1
        try:
            code = child.main(arguments)
            sys.stdout.flush()
        finally:
            os._exit(code)
    os.close(says)
    os.write(ends, b"%d\n" % reader)
    _, status = os.waitpid(reader, 0)
    os.write(ends, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


if __name__ == "__main__":
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as served:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, sys.stdin.fileno())
        serve(served)
