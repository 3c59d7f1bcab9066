"""The grammar of JSON, case by case: taken, refused, or as decided; nothing crashes, wherever a block ends."""

from __future__ import annotations

import io
import json
import re

import pytest

from tests.hostile.json_table import ACCEPTED, DECIDED, REFUSED
from webapp.domain.errors import FileRefused
from webapp.importers.json_stream import JsonWalker, KeyPath, Rows, Shape
from webapp.importers.json_tokens import TokenReader
from webapp.importers.limits import Limits

BLOCKS = (1, 3, 1_048_576)


class Whole:
    """Keeps the whole document."""

    found: object = None

    def shape(self, path: KeyPath, shape: Shape) -> None:
        pass

    def descend(self, path: KeyPath) -> bool:
        return False

    def keep(self, path: KeyPath, shape: Shape) -> bool:
        return not path

    def value(self, path: KeyPath, value: object) -> None:
        self.found = value

    def rows(self, path: KeyPath) -> Rows:
        raise AssertionError("nothing but the whole is asked for")


class Passing(Whole):
    """Passes over the whole document."""

    def keep(self, path: KeyPath, shape: Shape) -> bool:
        return False

    def rows(self, path: KeyPath) -> Rows:
        return Nobody()


class Nobody(Rows):
    """Takes the elements of a list that nobody wants."""

    wanted = False

    def flat(self, rows: object) -> None:
        pass

    def mixed(self, elements: list[object]) -> None:
        pass


def walk(data: bytes, visitor: Whole, block: int) -> object:
    """Read a document; raise FileRefused where it is none."""
    limits = Limits(block=block)
    JsonWalker(TokenReader(io.BytesIO(data), "x.json", limits), visitor, limits).walk()
    return visitor.found


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", ACCEPTED)
def test_what_the_grammar_allows_is_taken_as_the_standard_library_does(name: str, block: int) -> None:
    data = ACCEPTED[name]
    assert walk(data, Whole(), block) == json.loads(data)
    walk(data, Passing(), block)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", REFUSED)
def test_what_the_grammar_forbids_is_refused_with_its_place(name: str, block: int) -> None:
    for visitor in (Whole(), Passing()):
        with pytest.raises(FileRefused) as refused:
            walk(REFUSED[name], visitor, block)
        assert 0 <= int(str(refused.value.params["at"])) <= len(REFUSED[name])


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", DECIDED)
def test_what_the_grammar_leaves_open_is_as_decided(name: str, block: int) -> None:
    data, is_taken = DECIDED[name]
    if not is_taken:
        with pytest.raises(FileRefused):
            walk(data, Whole(), block)
        return
    expected = json.loads(data.removeprefix(b"\xef\xbb\xbf"))
    assert walk(data, Whole(), block) == _without_lone_surrogates(expected)


def _without_lone_surrogates(value: object) -> object:
    spelt = json.dumps(value, ensure_ascii=False)
    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", spelt))
