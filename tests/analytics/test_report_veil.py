"""What a reader must not see is nowhere in a report: names, captions, exact numbers, whose it is, ids and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import many
from tests.reported import BRANDS, CIPHER, MAY, read, reported, sure, typical
from tests.reports import LONG_NAME, sample_report
from webapp.analytics.reports.payload import NotAReport, decode, encode, forget
from webapp.analytics.reports.scales import Usual
from webapp.analytics.reports.veil import Audience, veiled
from webapp.domain.metrics import METRICS, MetricKey, Unit
from webapp.domain.redaction import NameDisplay, NumberDisplay, Redaction, is_stand_in
from webapp.domain.reports import (
    NewsCode,
    Report,
    ReportSection,
    Scale,
    Untold,
)
from webapp.domain.scope import Scope
from webapp.domain.sections import Section

HIDDEN = Redaction(NameDisplay.HIDDEN, NumberDisplay.INDEXED, cipher=CIPHER)


@pytest.fixture(scope="module")
def scope(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Scope]:
    with reported(tmp_path_factory.mktemp("reports"), empty_sqlite) as found:
        yield found


def test_pseudonyms_stand_for_the_same_people_and_no_name_is_left(scope: Scope) -> None:
    plain = read(scope, MAY)
    seen = replace(scope, redaction=Redaction(NameDisplay.PSEUDONYMS, cipher=CIPHER))
    report = read(seen, MAY.with_(notes="Thanks to @person00003!"), is_public=True)
    assert plain.changes is not None
    assert report.changes is not None
    names = [person.name for person in plain.changes.came + plain.changes.left]
    assert len(report.changes.came + report.changes.left) == len(names)
    shown = [person.name for person in report.changes.came + report.changes.left]
    assert all(name.startswith("person.") and not is_stand_in(name) for name in shown)
    assert len(set(shown)) == len(set(names))
    text = encode(report)
    assert not [name for name, _ in [*many(260), *many(80, "spring"), *BRANDS] if name in text]


def test_outside_the_team_there_are_no_ids_files_covers_and_day_notes(scope: Scope) -> None:
    report = read(scope, MAY, is_public=True)
    assert report.posts is not None
    assert report.sources is not None
    assert report.notes is not None
    assert report.posts.top
    assert all(post.post is None and post.cover is None for post in report.posts.top)
    assert all(source.file is None and source.sha256 is None for source in report.sources.exports)
    assert report.notes.days == ()
    bare = read(scope, MAY.with_(sections=(ReportSection.NEWS,)), is_public=True)
    assert bare.news is not None
    codes = {item.code for item in bare.news}
    assert NewsCode.MORE_FOLLOWERS in codes
    assert not codes & {NewsCode.BEST_POST, NewsCode.GOAL_MET, NewsCode.RISING_TAG}


def test_readers_who_must_not_learn_whose_numbers_they_are_do_not(scope: Scope) -> None:
    report = read(scope, MAY.with_(shows_account=False, notes="This is demo.maker, of Alice's team"))
    assert "demo.maker" in encode(read(scope, MAY))
    for name in ("demo.maker", "Alice's team"):
        assert name not in encode(report)
    assert report.posts is not None
    assert report.posts.top[0].title.startswith("the best one, with @person00003 and •••")
    assert report.sources is not None
    assert report.sources.exports[0].file is None


def test_captions_and_hashtags_go_together(scope: Scope) -> None:
    seen = replace(scope, redaction=Redaction(hides_captions=True))
    report = read(seen, MAY)
    text = encode(report)
    assert "bread" not in text
    assert "best one" not in text
    assert report.hashtags is not None
    assert report.hashtags.untold is Untold.HIDDEN
    assert report.posts is not None
    assert {post.title for post in report.posts.top} == {"•••"}


def numbers(report: Report) -> set[float]:
    """Return every number that a kept report holds, but for the head and the times of exports."""
    body = encode(replace(report, head=replace(report.head, hue=0, as_of=None, made_at=0, revision=0), sources=None))
    body = re.sub(r'"\d{4}-\d\d-\d\d"|"(?:title|text|author)":"[^"]*"', "", body)
    return {float(found) for found in re.findall(r"(?<=[:\[,])-?\d+(?:\.\d+)?(?=[,\]}])", body)}


def test_an_index_leaves_no_count_of_anything(scope: Scope) -> None:
    plain, shown = read(scope, MAY), read(replace(scope, redaction=HIDDEN), MAY, is_public=True)
    counts = {abs(value) for value in numbers(plain) if abs(value) >= 10 and float(value).is_integer()} - {100.0}
    assert {264.0, 221.0, 235.0, 55.0, 54_321.0, 43.0, 263.0} <= counts
    # Nothing is 100 here, and all else an index of it: who had 221 and has 264 is at 119.
    assert counts & {abs(value) for value in numbers(shown)} <= {20.0, 31.0, 12.0, 14.0, 13.0, 43.0}
    # Who follows one person has a ratio that is the number of followers.
    assert sure(shown.figure(MetricKey.FOLLOWER_RATIO)).value == 119
    followers, growth = shown.figure(MetricKey.FOLLOWERS), shown.growth
    assert followers is not None
    assert growth is not None
    assert (followers.value, followers.before, followers.change, followers.n) == (119, 100, 0.19, None)
    assert followers.scale is Scale.INDEX
    assert all(curve.scale is Scale.INDEX for curve in growth.curves)
    assert growth.curves[0].points[-1].exact == 119
    # In points of the curve: 41 of 221 came, 12 left.
    assert [(flow.gained, flow.lost) for flow in growth.flows][-1] == (18.6, 5.4)
    assert {figure.metric: figure.value for figure in shown.figures or () if figure.n is not None} == {}
    assert shown.changes is not None
    assert shown.changes.came == shown.changes.left == ()
    assert (shown.changes.gained, shown.changes.untold) == (None, Untold.HIDDEN)
    assert shown.posts is not None
    assert shown.posts.public is None
    assert shown.posts.top[0].likes == round(100 * 54_321 / typical(scope))
    assert shown.timing is not None
    assert shown.timing.posts is None
    assert 99 <= sum(shown.timing.cells) <= 101
    assert shown.goals is not None
    assert [goal.target for goal in shown.goals.goals] == [100, 100]
    assert shown.news is not None
    assert NewsCode.LEFT not in {item.code for item in shown.news}


def test_an_index_of_a_report_with_everything_leaves_no_count_and_no_name() -> None:
    rich = sample_report(head={"hue": 0})
    usual = Usual({Section.FOLLOWERS: 987_654.0, Section.FOLLOWING: 415.0}, 4_005.0, 70_001.0)
    names = ("ada.lovelace_1815_analytical", "Ada 🌸 Lovelace", LONG_NAME)
    shown = veiled(rich, Audience(HIDDEN, names, is_public=True), usual)
    counts = {abs(value) for value in numbers(rich) if abs(value) > 200}
    assert {1_000_000.0, 54_321.0, 812_000.0, 1_204.0, 310.0, 15_020.0, 412.0} <= counts
    # 13.2 times what is typical is 1,356; nothing else is beyond 200.
    assert {abs(value) for value in numbers(shown)} & counts <= {value for value in counts if value % 100 == 0}
    text = encode(shown)
    assert not [name for name in ("grace.hopper", "blaise_pascal", "ab12cd34", "user_data", "post0") if name in text]
    assert decode(text) == shown
    assert (sure(shown.growth).curves[0].points[-1].exact, sure(shown.posts).top[0].likes) == (101, 1_356)
    assert sure(shown.posts).top[0].views == 1_160
    assert {post.comments for post in sure(shown.posts).top} == {None}


def test_rounded_numbers_have_two_leading_digits(scope: Scope) -> None:
    seen = replace(scope, redaction=Redaction(numbers=NumberDisplay.ROUNDED))
    report = read(seen, MAY)
    for figure in report.figures or ():
        if METRICS[figure.metric].unit is not Unit.SHARE and figure.value:
            assert len(f"{figure.value:.2f}".replace(".", "").strip("0")) <= 2
            assert figure.scale is Scale.ROUNDED
    assert report.posts is not None
    assert report.posts.top[0].likes == 54_000
    assert report.growth is not None
    assert report.growth.curves[0].points[-1].exact == 260


def test_people_are_forgotten_wherever_they_are_named(scope: Scope) -> None:
    text = encode(read(scope, MAY.with_(notes="Thanks, @Person00003. And @person000031?")))
    person = sure(decode(text).changes).came[0].name
    assert person in text
    assert "@person00003 and" in text
    told = forget(text, [person.upper(), "person00003"])
    assert person not in told
    assert "erson00003 " not in told
    assert "@Person00003" not in told
    assert "And @person000031?" in told
    assert forget(text, ["nobody.of.them"]) is text
    before, after = decode(text).changes, decode(told).changes
    assert before is not None
    assert after is not None
    assert before.gained == after.gained
    for body in ("", "{}", '{"head": 1}', text[:-1]):
        with pytest.raises(NotAReport):
            decode(body)


def test_a_stand_in_is_shown_in_short_whether_the_lists_had_it_or_the_name(scope: Scope) -> None:
    plain = read(scope, MAY)
    redaction = Redaction(NameDisplay.PSEUDONYMS, cipher=CIPHER)
    late = veiled(plain, Audience(redaction), Usual())
    early = read(replace(scope, redaction=redaction), MAY)
    assert late.changes is not None
    assert early.changes is not None
    assert late.changes.came == early.changes.came != ()
