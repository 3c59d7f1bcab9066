"""Nothing but what is named here can open a connection: the signed links of exports are never fetched."""

from __future__ import annotations

from tests.house.test_layers import ROOT, imports_of, python_files

# Each can reach another machine by an address that it is given.
CLIENTS = (
    "aiohttp",
    "asyncio",
    "ftplib",
    "http.client",
    "httpx",
    "imaplib",
    "poplib",
    "requests",
    "smtplib",
    "socket",
    "ssl",
    "urllib.request",
    "urllib3",
    "websocket",
    "xmlrpc",
)
# They watch over the processes of this machine or send its mails, and know no file of an export.
ALLOWED = {
    *("jobs/doors.py", "jobs/embedded_queue.py", "jobs/metrics_server.py", "jobs/supervisor.py"),
    # Sends to addresses that browsers gave, and to public ones alone (SECURITY 83).
    "webapp/integrations/guarded_http.py",
    # Talks to the one server that MAIL_URL names.
    "webapp/integrations/mail_server.py",
}


def test_no_module_that_reads_exports_or_images_can_open_a_connection() -> None:
    reaching = {
        f"{path.relative_to(ROOT).as_posix()}:{line} {name}"
        for path in python_files()
        if path.relative_to(ROOT).as_posix() not in ALLOWED
        for line, name in imports_of(path)
        if name.startswith(tuple(f"{client}." for client in CLIENTS)) or name in CLIENTS
    }
    assert reaching == set()


def test_the_exceptions_are_needed() -> None:
    reaching = {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        for _, name in imports_of(path)
        if name.startswith(tuple(f"{client}." for client in CLIENTS)) or name in CLIENTS
    }
    assert reaching == ALLOWED
