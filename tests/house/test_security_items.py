"""Every security requirement of people and access has a test that says so: `SECURITY 9.` in its docstring."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
_NAMED = re.compile(r"\bSECURITY ((?:\d+(?:, )?)+)")

# What each one asks for, in a few words; the numbers are those of the list the app was designed by.
ITEMS = {
    1: "passwords are long enough, and nothing else is asked of them",
    2: "common passwords are refused, off line",
    3: "passwords are hashed with argon2id, anew where it was weaker",
    4: "nobody can tell whether an address is known",
    5: "rate limits by account, by network and for everybody",
    6: "limits hold while Redis is away",
    7: "nobody is locked out by others",
    8: "the secret of an authenticator is sealed and shown once",
    9: "each step of an authenticator is accepted once",
    10: "what is typed for a code is read strictly",
    11: "recovery codes are hashed and good for one use",
    12: "the half-authenticated stage opens nothing else",
    13: "a reset of the password is one use, one newest link, and no way round the second factor",
    14: "an address is proved before it is used",
    15: "a new address is confirmed, the old one can take it back",
    16: "two addresses that look alike are two people",
    17: "the first set-up makes one admin",
    18: "an invitation is bound to its address, its team and its role",
    19: "sessions live on the server, their cookie is closed",
    20: "a new session at every change of rights",
    21: "log-out, a new password and a new factor end sessions at once",
    22: "sessions end, remembered or not",
    23: "sessions are listed and ended one by one",
    24: "what is grave asks again who sits there",
    25: "the second factor is given up by its owner alone",
    26: "changes need the token of the session and come from our own pages",
    27: "a stale form keeps what was typed",
    28: "a cookie that makes no sense makes a visitor",
    29: "private pages are kept nowhere",
    30: "no login leads to another place",
    31: "every route and every actor are in one table",
    32: "nothing of another team is anywhere",
    35: "a removal acts at once, everywhere",
    36: "a team always keeps an admin",
    37: "forms take named fields only",
    38: "what a body refers to is checked too",
    39: "ids are random and their absence tells nothing",
    40: "jobs ask for rights when they run",
    93: "secrets at rest are sealed, keys can be changed",
    94: "every change writes its event in the same transaction",
    95: "the record of events shows what was done to it",
    96: "what is suspicious is told, once",
}


def named_items() -> dict[int, list[str]]:
    """Return the tests that name each item."""
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            for listed in _NAMED.findall(ast.get_docstring(node) or ""):
                for number in re.findall(r"\d+", listed):
                    found.setdefault(int(number), []).append(f"{path.name}::{node.name}")
    return found


def test_every_item_has_a_test_that_names_it() -> None:
    named = named_items()
    assert {number: words for number, words in ITEMS.items() if number not in named} == {}


def test_no_test_names_an_item_that_is_not_there() -> None:
    assert {number: tests for number, tests in named_items().items() if not 1 <= number <= 100} == {}
