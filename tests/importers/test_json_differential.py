"""Change documents at random: what the reader accepts, the standard library accepts too."""

from __future__ import annotations

import json
import random

import pytest

from tests.importers.making import document, encoded, many, read
from webapp.domain.errors import FileRefused
from webapp.importers.limits import Limits

PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"\\",
    b"0",
    b"-",
    b".",
    b"e",
    b"t",
    b"null",
    b" ",
    b"\n",
    b"\x00",
    b"\xc3",
]


@pytest.mark.parametrize("seed", range(8))
def test_no_damaged_document_is_accepted(seed: int) -> None:
    draw = random.Random(seed)
    rows = [{**row, "Title": 'a "}] b'} for row in many(12)]
    whole = encoded(
        document(rows, many(3), Comment={"a": [1, -2.5e3, True, None, [[], {}]], "b": {"c": "\\"}}),
        draw.choice([None, 2]),
    )
    for _ in range(150):
        data = bytearray(whole)
        place = draw.randrange(len(data))
        data[place : place + draw.choice([0, 0, 1, 3])] = draw.choice(PIECES)
        limits = Limits(block=draw.choice([64, 300, 1_048_576]))
        try:
            read(bytes(data), limits=limits)
        except FileRefused:
            continue
        json.loads(bytes(data))


def tree(draw: random.Random, depth: int) -> object:
    kind = draw.randrange(9 if depth else 6)
    if kind < 6:
        return draw.choice(
            [
                None,
                True,
                draw.randrange(-(2**63), 2**63),
                draw.uniform(-1e9, 1e9),
                0,
                "",
                "\\",
                '"}],{[',
                "é\u2028😂\n\t",
                "a" * 90,
            ]
        )
    if kind < 8:
        return [tree(draw, depth - 1) for _ in range(draw.randrange(5))]
    return {f"k{n}{draw.choice(['', ' ', 'é'])}": tree(draw, depth - 1) for n in range(draw.randrange(5))}


@pytest.mark.parametrize("seed", range(60))
def test_every_valid_document_is_accepted(seed: int) -> None:
    draw = random.Random(seed)
    extra = {"Comment": tree(draw, 6), "App Settings": [tree(draw, 5) for _ in range(30)]}
    text = json.dumps(document(many(9), **extra), ensure_ascii=draw.random() < 0.5, indent=draw.choice([None, 0, 3]))
    summary, _ = read(text.encode(), limits=Limits(block=draw.choice([3, 64, 700, 1_048_576])))
    assert summary.owner == "some.owner"
