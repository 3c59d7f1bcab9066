"""Extract one upload in a process of its own, with limits the kernel enforces.

``python -m webapp.importers.child UPLOAD_PATH ORIGINAL_NAME OUT_DIR [LIMITS_JSON [FAILPOINT FOLDER]]`` prints lines of
``{"done": n, "total": n}`` and leaves ``rows`` and ``summary.json`` in OUT_DIR. A refused file is
``{"error": {"code", "params"}}`` as the last line and exit code 3, with ``shape.json`` where it was not recognised;
a crash is exit code 4 or a signal.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Final

import msgspec

from webapp.domain import failpoints
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.importers.extract import extract
from webapp.importers.limits import Limits
from webapp.importers.records import Summary
from webapp.importers.rows_file import RowsWriter
from webapp.importers.shape_report import shape_report

ROWS_NAME: Final = "rows"
SUMMARY_NAME: Final = "summary.json"
SHAPE_NAME: Final = "shape.json"
_UNRECOGNISED: Final = (ErrorCode.NOT_AN_EXPORT, ErrorCode.UNKNOWN_FORMAT, ErrorCode.TXT_LISTS_UNNAMED)
EXIT_USAGE, EXIT_REFUSED, EXIT_DIED = 2, 3, 4
_PR_SET_PDEATHSIG: Final = 1
# Where both want a processor, a process at 10 gets a tenth of its time and one at 0 the rest: reading a file gives way
# to who waits for a page. The job that waits for this process does not, because it holds locks that pages wait for.
_NICENESS: Final = 10
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PROGRESS_STEP: Final = 1024 * 1024
# Objects between two looks for garbage: rows come and go in great numbers, and none of them refers to itself.
_GARBAGE_OBJECTS: Final = 200_000


def restrict(limits: Limits) -> None:
    """Bound memory, processor time and file size of this process, and die with the parent."""
    for kind, value, margin in (
        (resource.RLIMIT_AS, limits.max_memory, 0),
        # The kernel says why only below the hard limit: there it kills without a reason.
        (resource.RLIMIT_CPU, limits.max_cpu_seconds, 1),
        (resource.RLIMIT_FSIZE, limits.max_output, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bound, last = (min(n, hard) if hard != resource.RLIM_INFINITY else n for n in (value, value + margin))
        resource.setrlimit(kind, (bound, last))
    if sys.platform == "linux":
        _leave_network()
        # Last, because a change of rights lets the kernel forget it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _leave_network() -> None:
    """Cut this process off from every network where the kernel allows it; elsewhere go on with one it never uses."""
    library = ctypes.CDLL(None)
    if library.unshare(_CLONE_NEWNET) != 0:
        library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _give_way() -> None:
    """Wait behind others for a processor."""
    niceness = max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
    os.setpriority(os.PRIO_PROCESS, 0, niceness)
    if sys.platform == "linux":
        # In a session of its own: the kernel may share processors among sessions, whatever their processes ask for.
        with contextlib.suppress(OSError):
            os.setsid()
            Path("/proc/self/autogroup").write_text(str(niceness))


def main(arguments: list[str]) -> int:
    """Run one extraction and return the exit code."""
    if len(arguments) not in (3, 4, 6):
        sys.stderr.write("usage: child UPLOAD_PATH ORIGINAL_NAME OUT_DIR [LIMITS_JSON [FAILPOINT FOLDER]]\n")
        return EXIT_USAGE
    upload, name, out = Path(arguments[0]), arguments[1], Path(arguments[2])
    limits = msgspec.json.decode(arguments[3], type=Limits) if len(arguments) > 3 else Limits()
    if len(arguments) == 6:
        failpoints.arm(arguments[4], Path(arguments[5]))
    gc.set_threshold(_GARBAGE_OBJECTS)
    parent = os.getppid()
    _give_way()
    restrict(limits)
    if os.getppid() != parent:
        return EXIT_DIED
    try:
        _run(upload, name, out, limits)
    except FileRefused as refused:
        if refused.code in _UNRECOGNISED:
            _write_shape(upload, name, out, limits)
        _print({"error": {"code": refused.code, "params": refused.params}})
        return EXIT_REFUSED
    except OSError as error:
        # The file may be good: it is read again once there is room.
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        _print({"error": {"code": ErrorCode.OUT_OF_SPACE if is_full else ErrorCode.PARSER_DIED, "params": {}}})
        return EXIT_DIED
    except Exception as error:
        # Frames only: a message could quote the file.
        sys.stderr.write(f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}")
        _print({"error": {"code": ErrorCode.PARSER_DIED, "params": {"kind": type(error).__name__}}})
        return EXIT_DIED
    return 0


def _run(upload: Path, name: str, out: Path, limits: Limits) -> None:
    reported = 0

    def on_progress(done: int, total: int) -> None:
        nonlocal reported
        if done - reported >= _PROGRESS_STEP or done == total:
            reported = done
            _print({"done": done, "total": total})

    rows = RowsWriter(out / ROWS_NAME)
    try:
        with upload.open("rb") as stream:
            summary = extract(stream, name, rows, limits, on_progress)
        rows.end_lists()
    except BaseException:
        rows.discard()
        raise
    failpoints.reach(failpoints.Failpoint.CHILD_BEFORE_RENAME)
    rows.finish()
    write_summary(out, summary)


def write_summary(out: Path, summary: Summary) -> None:
    """Write what is said of a file beside its rows; it is there whole or as it was."""
    part = out / (SUMMARY_NAME + ".part")
    with part.open("wb") as file:
        file.write(msgspec.json.encode(summary))
        file.flush()
        os.fsync(file.fileno())
    part.replace(out / SUMMARY_NAME)


def _write_shape(upload: Path, name: str, out: Path, limits: Limits) -> None:
    """Leave the shape of a file that was not recognised; where even that fails, the refusal says enough."""
    with contextlib.suppress(FileRefused, MemoryError), upload.open("rb") as stream:
        report = shape_report(stream, name, limits)
        (out / SHAPE_NAME).write_bytes(msgspec.json.encode(report))


def _print(line: object) -> None:
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
