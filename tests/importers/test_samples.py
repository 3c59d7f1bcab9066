"""Read every sample export and compare it with what its makers wrote down."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.importers.making import SAMPLES, read, refused_with
from webapp.domain.errors import ErrorCode
from webapp.domain.sections import ExportedAtSource, Section, SectionState
from webapp.importers.dates import written

EXPECTED: dict[str, Any] = {
    name.removeprefix("tiktok/"): facts
    for name, facts in json.loads((SAMPLES / "expected.json").read_text("utf-8")).items()
    if name.startswith("tiktok/")
}
READABLE = [name for name, facts in EXPECTED.items() if "layout" in facts]
PRIVACY = {"everyone": "Everyone", "only_you": "Only You", "friends": "Friends", None: None}


def sample(name: str) -> tuple[bytes, str]:
    path = SAMPLES / name
    return path.read_bytes(), Path(name).name


def iso(seconds: int) -> str:
    return written(seconds).replace(" ", "T") + "Z"


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize("name", READABLE)
def test_owner_and_layout_are_recognised(name: str) -> None:
    summary, _ = read(*sample(name))
    assert (summary.owner, summary.layout) == (EXPECTED[name]["owner"], EXPECTED[name]["layout"])


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("section", [Section.FOLLOWERS, Section.FOLLOWING])
def test_follow_lists_are_complete_or_unknown(name: str, section: Section) -> None:
    summary, kept = read(*sample(name))
    facts, found = EXPECTED[name][section.value], summary.sections[section]
    if facts is None:
        assert (found.state, found.read) == (SectionState.MISSING, 0)
        return
    wanted = [(user, seconds(date)) for user, date in facts["list"] if user != "N/A"]
    gone = [seconds(date) for user, date in facts["list"] if user == "N/A"]
    assert found.read == facts["entries"]
    assert kept.rows.get(section, []) == wanted
    assert found.deleted_account_dates == gone
    assert found.read == found.kept + sum(found.skipped.values())
    assert found.state is (SectionState.FILLED if facts["entries"] else SectionState.EMPTY)


@pytest.mark.parametrize("name", READABLE)
def test_posts_are_complete_or_unknown(name: str) -> None:
    summary, kept = read(*sample(name))
    facts, posts = EXPECTED[name]["posts"], kept.published.get(Section.POSTS, [])
    if facts is None:
        assert summary.sections[Section.POSTS].state is SectionState.MISSING
        return
    if isinstance(facts, int):
        assert len(posts) == facts
        return
    found = [
        {
            "date": iso(post.published_at),
            "likes": post.likes,
            "title": post.title or "",
            "sound": post.sound_raw,
            "who": PRIVACY.get(post.privacy),
            "kind": post.kind,
            "images": post.image_count,
        }
        for post in posts
    ]
    if summary.layout == "G2a":
        # Three-field posts link to the share page alone: nothing in the file tells photos from videos.
        for row in (*found, *facts):
            row.pop("kind"), row.pop("images")
    assert found == facts


@pytest.mark.parametrize("name", [name for name in READABLE if "deleted_posts" in EXPECTED[name]])
def test_deleted_posts_keep_both_dates(name: str) -> None:
    _, kept = read(*sample(name))
    found = [
        {"date": iso(post.published_at), "deleted": iso(post.deleted_at or 0)}
        for post in kept.published.get(Section.DELETED_POSTS, [])
    ]
    assert found == EXPECTED[name]["deleted_posts"]


@pytest.mark.parametrize("name", [name for name in READABLE if "profile_follower_count" in EXPECTED[name]])
def test_the_profile_counter_is_kept_beside_the_list(name: str) -> None:
    summary, _ = read(*sample(name))
    assert summary.profile is not None
    assert summary.profile.follower_count == EXPECTED[name]["profile_follower_count"]


def test_a_rezipped_export_has_the_same_digest_and_time() -> None:
    first, _ = read(*sample("demo.maker/3_2026-01_TikTok_Data_1768463100.zip"))
    again, _ = read(*sample("demo.maker/3b_same_as_3_rezipped_on_mac.zip"))
    assert first.content_digest == again.content_digest
    assert first.exported_at == again.exported_at == 1768463100
    assert again.exported_at_source is ExportedAtSource.FILE_NAME


def test_all_samples_that_differ_have_different_digests() -> None:
    digests = [read(*sample(name))[0].content_digest for name in READABLE]
    assert len(set(digests)) == len(digests)


def test_a_file_that_is_no_export_is_refused() -> None:
    assert refused_with(*sample("not_an_export.json")) is ErrorCode.NOT_AN_EXPORT


def test_old_share_links_give_an_identity_and_signed_links_do_not() -> None:
    _, old = read(*sample("demo.maker/1_2023-11_user_data.json"))
    _, new = read(*sample("demo.maker/2_2025-06_user_data_tiktok (1).json"))
    first = old.published[Section.POSTS][0]
    assert first.permalink == f"https://www.tiktokv.com/share/video/{first.platform_post_id}/"
    assert {post.permalink for post in new.published[Section.POSTS]} == {None}


def test_a_sound_with_two_dashes_is_split_at_the_last_one() -> None:
    _, kept = read(*sample("demo.maker/2_2025-06_user_data_tiktok (1).json"))
    sounds = {(p.sound_raw, p.sound_name, p.sound_author) for p in kept.published[Section.POSTS]}
    raw = "Señorita - Acoustic Mix - Nimble Band"
    assert (raw, "Señorita - Acoustic Mix", "Nimble Band") in sounds
    assert ("original sound", "original sound", None) in sounds


def test_export_time_falls_back_to_entry_time_and_then_to_the_newest_row() -> None:
    by_entry, _ = read(*sample("other.person_2026-01.zip"))
    by_row, _ = read(*sample("partial_g4_only_activity.json"))
    assert (by_entry.exported_at, by_entry.exported_at_source) == (1768478400, ExportedAtSource.ZIP_ENTRY)
    assert (by_row.exported_at, by_row.exported_at_source) == (1768462800, ExportedAtSource.NEWEST_ROW)
