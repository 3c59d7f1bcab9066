"""The sample account is the same on every machine and has something to show."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import pairwise

from tests.importers.making import Kept, read
from webapp.domain.sections import Section
from webapp.importers.extract import extract
from webapp.importers.limits import Limits
from webapp.importers.shape_report import shape_report
from webapp.importers.synthetic import demo_series, large_history, write_export

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert demo_series(NOW) == demo_series(NOW)
    assert demo_series(NOW) != demo_series(NOW, seed=8)


def test_the_series_has_gains_losses_a_rename_and_a_deleted_account() -> None:
    seen = [read(data, name) for name, data in demo_series(NOW)]
    names = [dict(kept.rows[Section.FOLLOWERS]) for _, kept in seen]
    times = [summary.exported_at or 0 for summary, _ in seen]
    assert [b - a for a, b in pairwise(times)] == [30 * 86_400] * 2
    assert {summary.owner for summary, _ in seen} == {"sample.creator"}
    for earlier, later in pairwise(names):
        assert len(later.keys() - earlier.keys()) > 10
        assert len(earlier.keys() - later.keys()) == (6 if earlier is names[0] else 5)
    lost = {at for name, at in names[0].items() if name not in names[1]}
    gained = {at for name, at in names[1].items() if name not in names[0]}
    assert len(lost & gained) == 1
    assert seen[2][0].sections[Section.FOLLOWERS].skipped == {"deleted_account": 1}
    assert 400 <= len(names[2]) <= 440
    assert 80 <= len(names[2].keys() & dict(seen[2][1].rows[Section.FOLLOWING]).keys()) <= 100


def test_no_row_of_the_series_lies_after_its_export() -> None:
    for name, data in demo_series(NOW):
        summary, kept = read(data, name)
        times = [at for rows in kept.rows.values() for _, at in rows]
        times += [post.published_at for post in kept.published[Section.POSTS]]
        assert max(times) <= (summary.exported_at or 0)
        assert any("#" in (post.title or "") for post in kept.published[Section.POSTS])


def test_large_exports_have_as_many_distinct_rows_as_asked() -> None:
    file = io.BytesIO()
    write_export(file, large_history(20_000, 500, 100, int(NOW.timestamp())), int(NOW.timestamp()))
    kept = Kept()
    summary = extract(file, "a.zip", kept, Limits())
    assert [summary.sections[s].kept for s in (Section.FOLLOWERS, Section.FOLLOWING, Section.POSTS)] == [
        20_000,
        500,
        100,
    ]
    assert not any(section.skipped for section in summary.sections.values())


def test_a_shape_report_has_keys_and_counts_but_no_value() -> None:
    name, data = demo_series(NOW)[0]
    _, kept = read(data, name)
    report = repr(shape_report(io.BytesIO(data), name, Limits()))
    assert "Profile And Settings.Follower.FansList[].UserName" in report
    assert not any(user in report for user, _ in kept.rows[Section.FOLLOWERS])
    assert "sample.creator" not in report
    assert str(kept.published[Section.POSTS][0].title) not in report


def test_a_shape_report_masks_keys_that_are_data() -> None:
    chats = ", ".join(f'"Chat with user_{n}": []' for n in range(300))
    data = b'{"Direct Message": {"ChatHistory": {%b}}}' % chats.encode()
    report = repr(shape_report(io.BytesIO(data), "user_data.json", Limits()))
    assert "user_1" not in report
    assert "ChatHistory.***" in report
