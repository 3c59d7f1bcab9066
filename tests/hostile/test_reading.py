"""Every hostile file through the parser with the limits of production: its class, its cost, and no stack trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hostile.archives import ARCHIVES, flipped, whole_archive
from tests.hostile.children import Children
from tests.hostile.corpus import Input, Outcome
from tests.hostile.json_files import JSON_FILES, changed, cut_short
from tests.importers.making import read
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.importers.child import EXIT_REFUSED
from webapp.importers.limits import MIB, Limits

CORPUS = (*ARCHIVES, *JSON_FILES)
PEAK_KIB = 200 * 1024
WRITTEN = 64 * MIB
SECONDS = 10


def test_the_corpus_has_names_of_its_own() -> None:
    assert [name for name, count in Counter(map(str, CORPUS)).items() if count > 1] == []
    assert len({item.name[:3] for item in CORPUS}) >= 70
    assert all(bool(item.codes) == (item.outcome is Outcome.REFUSED) for item in CORPUS)
    assert all(bool(item.warnings) == (item.outcome is Outcome.WARNED) for item in CORPUS)


@pytest.mark.parametrize("item", CORPUS, ids=str)
def test_a_file_is_read_or_refused_as_its_class_says(item: Input, children: Children, tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    item.write(upload)
    ended = children.read(upload, item.file_name, Limits(max_cpu_seconds=SECONDS))
    assert ended.peak_kib < PEAK_KIB
    assert ended.written < WRITTEN
    assert ended.errors == ""
    assert "Traceback" not in ended.output
    if item.outcome is Outcome.REFUSED:
        assert ended.code == EXIT_REFUSED, ended.summary
        assert ended.error["code"] in item.codes
        return
    assert ended.code == 0, ended.error
    sections = ended.summary["sections"]
    assert {section: sections[section]["kept"] for section in item.kept} == item.kept
    assert sum((Counter(said["skipped"]) for said in sections.values()), Counter[str]()) == item.skipped
    assert tuple(remark["code"] for remark in ended.summary["warnings"]) == item.warnings
    for said in sections.values():
        assert said["read"] == said["kept"] + sum(said["skipped"].values())


@pytest.mark.parametrize(
    ("make", "count", "name", "codes"),
    [
        (flipped, 200, "export.zip", None),
        (cut_short, 100, "x.json", {ErrorCode.JSON_BROKEN, ErrorCode.NOT_UTF8}),
        (changed, 200, "x.json", None),
    ],
    ids=["Z26 200 bits of an archive", "J05 100 documents cut short", "J46 200 bits of a document"],
)
def test_damage_anywhere_is_refused_or_harmless(
    make: Callable[[int], Iterator[bytes]],
    count: int,
    name: str,
    codes: set[ErrorCode] | None,
    children: Children,
    tmp_path: Path,
) -> None:
    upload = tmp_path / "upload"
    seen: Counter[int] = Counter()
    for data in make(count):
        upload.write_bytes(data)
        ended = children.read(upload, name)
        seen[ended.code] += 1
        assert ended.errors == ""
        assert ended.code in (0, EXIT_REFUSED)
        assert ended.peak_kib < PEAK_KIB
        if codes is not None:
            assert ended.error["code"] in codes
    assert seen.total() == count
    assert seen[EXIT_REFUSED] > count / 4


def test_a_flipped_bit_changes_no_row_unseen() -> None:
    honest, _ = read(whole_archive(), "export.zip")
    for data in flipped(200):
        try:
            summary, _ = read(data, "export.zip")
        except FileRefused:
            continue
        assert summary.content_digest == honest.content_digest
