"""What a person writes of a planned post is taken as it is meant, or refused with the field that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.planner import (
    MAX_PLAN_NOTES,
    MAX_PLAN_TAGS,
    MAX_PLAN_TITLE,
    MAX_SOUND_TEXT,
    PlanDraft,
    PlanState,
    clean_draft,
    is_skipped,
    parse_hashtags,
    parse_plan_time,
    same_clock,
)

PARIS = "Europe/Paris"
SOON = 1_780_000_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("#Travel, cuisine  été;#travel", ("Travel", "cuisine", "été")),
        ("##a#b", ("a", "b")),
        ("日本 🌍", ("日本", "🌍")),
    ],
)
def test_hashtags_are_taken_with_or_without_their_sign(text: str, found: tuple[str, ...]) -> None:
    assert parse_hashtags(text) == found


@pytest.mark.parametrize("text", ["a-b", "c.d", "=1+1", "<b>", "\0", "…", "x" * 200])
def test_what_no_hashtag_can_be_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_hashtags(f"fine {text}")
    assert (caught.value.code, caught.value.params["field"]) == (ErrorCode.PLAN_TAG_INVALID, "hashtags")


def test_too_many_hashtags_are_refused() -> None:
    many = " ".join(f"t{number}" for number in range(MAX_PLAN_TAGS + 1))
    for text in (many, "x" * 1_000_000):
        with pytest.raises(Invalid) as caught:
            parse_hashtags(text)
        assert caught.value.code is ErrorCode.PLAN_TAGS_TOO_MANY


def test_a_time_is_that_of_the_clock_on_the_wall() -> None:
    assert parse_plan_time("", PARIS) is None
    assert parse_plan_time("2026-06-05T18:30", PARIS) == int(datetime(2026, 6, 5, 16, 30, tzinfo=UTC).timestamp())
    assert parse_plan_time("2026-12-05T18:30", PARIS) == int(datetime(2026, 12, 5, 17, 30, tzinfo=UTC).timestamp())


def test_a_time_that_the_clock_skips_is_an_hour_later_and_one_that_comes_twice_the_first() -> None:
    skipped = datetime.fromisoformat("2026-03-29T02:30")
    assert is_skipped(skipped, PARIS)
    assert parse_plan_time("2026-03-29T02:30", PARIS) == parse_plan_time("2026-03-29T03:30", PARIS)
    assert not is_skipped(datetime.fromisoformat("2026-10-25T02:30"), PARIS)
    twice = parse_plan_time("2026-10-25T02:30", PARIS)
    assert twice == int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())


def test_a_move_by_days_keeps_the_time_of_day_over_a_change_of_the_clocks() -> None:
    before = parse_plan_time("2026-03-28T18:30", PARIS)
    assert before is not None
    assert same_clock(before, 1, PARIS) == parse_plan_time("2026-03-29T18:30", PARIS)
    assert same_clock(same_clock(before, 1, PARIS), -1, PARIS) == before


@pytest.mark.parametrize(
    "text", ["tomorrow", "2026-02-30T10:00", "1970-01-01T00:00", "9999-12-31T23:59", "2026-06-05", "２026-06-05T10:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_plan_time(text, PARIS)
    assert (caught.value.code, caught.value.params["field"]) == (ErrorCode.PLAN_TIME_INVALID, "planned_at")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (PlanDraft(title="x" * (MAX_PLAN_TITLE + 1), planned_at=SOON), "title"),
        (PlanDraft(notes="x" * (MAX_PLAN_NOTES + 1), planned_at=SOON), "notes"),
        (PlanDraft(sound_text="x" * (MAX_SOUND_TEXT + 1), planned_at=SOON), "sound_text"),
        (PlanDraft(title="without a time"), "planned_at"),
        (PlanDraft(planned_at=-1), "planned_at"),
        (PlanDraft(planned_at=2**63), "planned_at"),
        (PlanDraft(planned_at=SOON, hashtags=("a-b",)), "hashtags"),
    ],
)
def test_a_plan_that_cannot_be_one_names_its_field(draft: PlanDraft, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean_draft(draft)
    assert caught.value.params["field"] == field


def test_a_plan_is_stored_without_what_no_text_has_and_an_idea_needs_no_time() -> None:
    told = PlanDraft(title=" A\r\nB\0 #One ", notes="\ud800x", sound_text=" a \n b ", state=PlanState.IDEA)
    cleaned = clean_draft(told)
    assert (cleaned.title, cleaned.notes, cleaned.sound_text) == ("A\nB #One", "x", "a b")
    assert clean_draft(cleaned) == cleaned


def test_the_hashtags_of_the_title_count_once() -> None:
    draft = PlanDraft(title="Look #One #two", hashtags=("ONE", "three"))
    assert draft.tag_keys == ("one", "two", "three")
    assert draft.to_post().hashtags == draft.tag_keys
