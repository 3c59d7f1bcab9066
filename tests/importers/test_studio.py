"""Downloads from TikTok Studio are read as they are: dates in any language, unknown figures, and nothing made up."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from babel.dates import format_skeleton

from tests.studios import (
    ACTIVITY,
    CONTENT,
    EXPECTED,
    GENDER,
    HISTORY,
    JUNE,
    NEW_YEAR,
    OVERVIEW,
    SAMPLES,
    VIEWERS,
    content,
    csv_file,
    figures_of,
    overview,
    read,
    video_row,
    zip_file,
)
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.sections import Certainty, ExportedAtSource, Section, SectionState
from webapp.domain.studio import STUDIO_LAYOUT, StudioPart, When, fix_day, fix_days, guess_second, posted_day
from webapp.importers.records import SkipReason, StudioFound
from webapp.importers.studio_dates import read_days
from webapp.importers.tiktok_studio import part_of_file, read_name

JUNE_20 = 1_781_956_800
LANGUAGES = (
    *("en", "fr", "es", "pt", "de", "it", "nl", "pl", "cs", "hu", "ro", "el", "ru", "uk", "tr", "ar", "he", "hi", "bn"),
    *("th", "vi", "id", "ms", "fil", "ja", "ko", "zh", "zh_Hant", "sv", "da", "nb", "fi", "hr", "bg", "ca", "my", "km"),
)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_says_what_its_maker_says(name: str) -> None:
    facts, summary = EXPECTED[name], read(SAMPLES / name)
    figures = figures_of(summary)
    assert (summary.owner, summary.layout) == (facts["handle"], STUDIO_LAYOUT)
    assert all(said.state is SectionState.MISSING for said in summary.sections.values())
    latest = date(2026, 6, 20) if "2026-06" in name else date(2026, 1, 12)
    days = {
        part: dict(zip(fix_days([row.when for row in rows], latest), (row.figures for row in rows), strict=True))
        for part, rows in figures.days.items()
    }
    if "views" in facts:
        rows = days[StudioPart.OVERVIEW]
        assert [row[0] for row in rows.values()] == facts["views"]
        assert [str(day) for day in (min(filter(None, rows)), max(filter(None, rows)))] == [
            facts["first_day"],
            facts["last_day"],
        ]
        totals = [sum(row[place] or 0 for row in rows.values()) for place in (0, 2, 3)]
        assert totals == list(facts["totals"].values())
    if "followers_by_day" in facts:
        assert {str(day): row[0] for day, row in days[StudioPart.FOLLOWERS].items()} == facts["followers_by_day"]
        assert len(figures.hours) == facts["activity_rows"]
        assert sum(row.share or 0 for row in figures.shares[StudioPart.TERRITORIES]) == pytest.approx(1)
    if "last_row_is_missing_not_zero" in facts:
        assert found(summary).parts[StudioPart.VIEWERS].skipped == {SkipReason.NO_FIGURES: 1}
        assert latest - timedelta(days=2) not in days[StudioPart.VIEWERS]
    if "videos" in facts:
        assert [video.platform_post_id for video in figures.videos] == facts["videos"]


def found(summary: object) -> StudioFound:
    studio = getattr(summary, "studio", None)
    assert isinstance(studio, StudioFound)
    return studio


def test_the_time_is_the_number_in_the_name_and_never_its_date() -> None:
    zipped = zip_file(Overview=overview(date(2026, 6, 18), [1, 2]))
    summary = read(zipped, f"Overview_2019-01-01_{JUNE_20}_demo.maker (1).zip")
    assert (summary.exported_at, summary.exported_at_source) == (JUNE_20, ExportedAtSource.FILE_NAME)
    assert (summary.owner, summary.exported_at_certainty) == ("demo.maker", Certainty.CERTAIN)


def test_the_time_inside_a_zip_counts_only_where_it_fits_the_rows() -> None:
    june, new_year = (read(folder / "Followers_demo.maker.zip") for folder in (JUNE, NEW_YEAR))
    assert june.exported_at is None
    assert (new_year.exported_at, new_year.exported_at_source) == (1_768_478_400, ExportedAtSource.ZIP_ENTRY)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Overview_2026-05-22_1781956800_demo.maker.zip", ("demo.maker", 1_781_956_800)),
        ("overview_2026-05-22_1781956800_a_b.c_1.zip", ("a_b.c_1", 1_781_956_800)),
        ("Followers_demo.maker.zip", ("demo.maker", None)),
        ("Viewers_demo.maker (2).zip", ("demo.maker", None)),
        ("Content_bad name!.zip", (None, None)),
        ("Content.zip", (None, None)),
        ("TikTok_Data_1768463100.zip", (None, None)),
    ],
)
def test_the_name_of_a_zip_tells_account_and_time(name: str, expected: tuple[str | None, int | None]) -> None:
    assert read_name(name) == expected


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Overview.csv", StudioPart.OVERVIEW),
        ("C:\\downloads\\followerhistory (1).CSV", StudioPart.FOLLOWERS),
        ("x/FollowerTopTerritories.csv", StudioPart.TERRITORIES),
        ("Overview.txt", None),
        ("My Overview.csv", None),
    ],
)
def test_a_single_file_is_known_by_its_name(name: str, part: StudioPart | None) -> None:
    assert part_of_file(name) is part


def test_headers_of_other_languages_are_read_by_their_place() -> None:
    views = ("Data", "Visualizações de vídeo", "Visualizações do perfil")
    header = (*views, "Curtidas", "Comentários", "Compartilhamentos")
    summary = read(csv_file(header, [("16 de setembro", 5, -3, "undefined", "", "7")]))
    (row,) = figures_of(summary).days[StudioPart.OVERVIEW]
    assert (row.when, row.figures) == ((0, 9, 16), (5, -3, None, None, 7))


def test_rows_that_cannot_be_read_are_skipped_for_a_reason_and_counted() -> None:
    rows = [
        ("May 1", 1, 1, 1, 1, 1),
        ("May 1", 2, 1, 1, 1, 1),
        ("Monday", 2, 1, 1, 1, 1),
        ("May 2", "many", 1, 1, 1, 1),
        ("May 3", *["undefined"] * 5),
        ("May 4", 1),
        ("May 31", 1, 1, 1, 1, 1),
    ]
    said = found(read(csv_file(OVERVIEW, rows))).parts[StudioPart.OVERVIEW]
    assert said.skipped == dict.fromkeys(("duplicate", "bad_date", "bad_number", "no_figures", "bad_row"), 1)
    assert (said.read, said.kept) == (7, 2)
    assert said.read == said.kept + sum(said.skipped.values())


def test_the_difference_of_followers_is_left_out() -> None:
    summary = read(csv_file(HISTORY, [("May 1", 100, "nonsense"), ("May 2", "undefined", 5)]), "FollowerHistory.csv")
    assert [row.figures for row in figures_of(summary).days[StudioPart.FOLLOWERS]] == [(100,)]


def test_zeros_beside_an_unknown_total_are_unknown() -> None:
    rows = [("May 1", 5, 0, 5), ("May 2", "undefined", 0, 3), ("May 3", "undefined", 0, 0)]
    summary = read(csv_file(VIEWERS, rows), "Viewers.csv")
    assert [row.figures for row in figures_of(summary).days[StudioPart.VIEWERS]] == [(5, 0, 5), (None, None, 3)]


def test_a_small_account_has_a_file_of_hours_with_a_header_alone() -> None:
    summary = read(csv_file(ACTIVITY, []), "FollowerActivity.csv")
    said = found(summary).parts[StudioPart.ACTIVITY]
    assert (said.state, said.read) == (SectionState.EMPTY, 0)
    assert summary.sections[Section.FOLLOWERS].state is SectionState.MISSING


def test_hours_and_shares_beyond_their_range_are_skipped() -> None:
    hours = read(csv_file(ACTIVITY, [("May 1", 23, 5), ("May 1", 24, 5), ("May 1", 23, 6)]), "FollowerActivity.csv")
    assert [(row.hour, row.active) for row in figures_of(hours).hours] == [(23, 5)]
    shares = read(csv_file(GENDER, [("Female", "0,55"), ("Male", "1.2"), ("Other", "nan")]), "FollowerGender.csv")
    assert [(row.label, row.share) for row in figures_of(shares).shares[StudioPart.GENDER]] == [("Female", 0.55)]


def test_a_title_keeps_its_line_breaks_and_what_looks_like_a_formula() -> None:
    titles = ["line one\nline two", 'a "quote", and more', '=HYPERLINK("x")', "  "]
    rows = [video_row(7_500_000_000_000_000_000 + place, title, date(2026, 5, 1)) for place, title in enumerate(titles)]
    summary = read(content(*rows), "Content.csv")
    assert [video.title for video in figures_of(summary).videos] == [*titles[:3], None]
    assert summary.owner == "demo.maker"


def test_a_link_that_is_no_video_is_skipped() -> None:
    bad = ("June 18", "t", "javascript:alert(1)", "May 1", 1, 1, 1, 1)
    said = found(read(csv_file(CONTENT, [bad]), "Content.csv")).parts[StudioPart.VIDEOS]
    assert said.skipped == {SkipReason.BAD_LINK: 1}


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "Overview.csv", ErrorCode.FILE_EMPTY),
        (csv_file(VIEWERS, []), "Overview.csv", ErrorCode.STUDIO_COLUMNS),
        (b'"Date","Followers","Diff"\n"May 1","5', "FollowerHistory.csv", ErrorCode.STUDIO_BROKEN),
        (b'"Gender","Distribution"\n"a"b,"1"', "FollowerGender.csv", ErrorCode.STUDIO_BROKEN),
        (csv_file(GENDER, [("x" * 40_000, 1)]), "FollowerGender.csv", ErrorCode.STUDIO_BROKEN),
        (csv_file(GENDER, [("\0", 1)]), "FollowerGender.csv", ErrorCode.NOT_UTF8),
        (csv_file(GENDER, [("é", 1)]).decode("utf-8-sig").encode("latin-1"), "FollowerGender.csv", ErrorCode.NOT_UTF8),
        ("Gender,Distribution\na,1".encode("utf-16"), "FollowerGender.csv", ErrorCode.NOT_UTF8),
        (b"Gender,Distribution" + b"\na,1" * 20_000, "FollowerGender.csv", ErrorCode.TOO_MANY_ROWS),
        (b"a" * 2_000_000, "FollowerGender.csv", ErrorCode.JSON_STRING_TOO_LONG),
        (b"<html>", "Overview.csv", ErrorCode.WEB_PAGE_NOT_EXPORT),
        (csv_file(OVERVIEW, []), "figures.csv", ErrorCode.NOT_AN_EXPORT),
    ],
)
def test_a_hostile_or_damaged_file_is_refused(data: bytes, name: str, code: ErrorCode) -> None:
    with pytest.raises(FileRefused) as refused:
        read(data, name)
    assert refused.value.code is code


@pytest.mark.parametrize("names", [("xl/workbook", "[Content_Types]"), ("Viewers",)])
def test_a_workbook_is_recognised_and_refused(names: tuple[str, ...], tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "Viewers_demo.maker.zip"
    ending = ".xml" if len(names) == 2 else ".xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name + ending, b"PK")
    with pytest.raises(FileRefused) as refused:
        read(path)
    assert refused.value.code is ErrorCode.STUDIO_WORKBOOK


def test_files_of_one_zip_are_read_together_and_other_files_left_alone() -> None:
    last = date(2026, 6, 18)
    packed = zip_file(Overview=overview(last, [1, 2]), Viewers=csv_file(VIEWERS, [("June 18", 5, 4, 1)]), Notes=b"x")
    summary = read(packed, "all.zip")
    assert set(found(summary).parts) == {StudioPart.OVERVIEW, StudioPart.VIEWERS}
    assert [file.name for file in summary.files if file.read] == ["Overview.csv", "Viewers.csv"]


def test_equal_content_has_one_digest_however_it_is_packed() -> None:
    one = overview(date(2026, 6, 18), [1, 2])
    other = overview(date(2026, 6, 18), [1, 3])
    assert read(one).content_digest == read(zip_file(Overview=one), "Overview_x.zip").content_digest
    assert read(one).content_digest != read(other).content_digest


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_of_a_language_are_read_also_where_a_file_has_one_month_alone(language: str) -> None:
    # "listopada" alone is November to a Pole and October to a Croat: beside another month it is told apart.
    for month in set(range(1, 13)) - ({10} if language == "hr" else set()):
        days = [date(2026, month, day) for day in (1, 9, 28)]
        texts = [format_skeleton("MMMMd", day, locale=language) for day in days]
        assert list(read_days(texts).values()) == [(0, month, day.day) for day in days], texts


@pytest.mark.parametrize(
    ("texts", "whens"),
    [
        (["18 tháng Sáu", "3 tháng Mười", "4 tháng Mười Một"], [(6, 18), (10, 3), (11, 4)]),
        (["5 tháng Mười Hai", "6 tháng Hai"], [(12, 5), (2, 6)]),
        (["31 październik", "1 listopada"], [(10, 31), (11, 1)]),
        (["31 listopada", "1 studenoga"], [(10, 31), (11, 1)]),
        (["6/18", "6/19"], [(6, 18), (6, 19)]),
        (["18.06", "19.06"], [(6, 18), (6, 19)]),
        (["١ يونيو"], [(6, 1)]),
        (["２月２９日"], [(2, 29)]),
        (["Sept. 3"], [(9, 3)]),
    ],
)
def test_odd_spellings_of_dates_are_read(texts: list[str], whens: list[tuple[int, int]]) -> None:
    assert list(read_days(texts).values()) == [(0, *when) for when in whens]


def test_what_is_no_date_is_not_made_one() -> None:
    texts = ["June", "18", "June 18 2", "June 32", "yesterday", "", "x" * 5000, "13/13", "2026-13-01"]
    assert read_days(texts) == {}


def in_words(first: date, days: int) -> list[When]:
    return [(0, day.month, day.day) for day in (first + timedelta(days=place) for place in range(days))]


@pytest.mark.parametrize(
    ("first", "days", "lag"),
    [
        (date(2025, 12, 14), 28, 2),  # over New Year
        (date(2024, 2, 20), 28, 0),  # over 29 February
        (date(2024, 2, 29), 1, 2),
        (date(2025, 6, 20), 365, 2),  # a whole year
        (date(2024, 1, 1), 366, 2),
        (date(2026, 6, 18), 1, -1),  # the day after in a zone to the east
    ],
)
def test_years_follow_from_days_in_a_row_before_the_download(first: date, days: int, lag: int) -> None:
    expected = [first + timedelta(days=place) for place in range(days)]
    latest = expected[-1] + timedelta(days=lag)
    assert fix_days(in_words(first, days), latest) == expected
    assert fix_days(in_words(first, days)[::-1], latest) == expected[::-1]


def test_hours_of_a_day_and_days_that_are_missing_keep_their_year() -> None:
    whens = [(0, 12, 30), (0, 12, 30), (0, 1, 2), (0, 1, 2)]
    assert fix_days(whens, date(2026, 1, 12)) == [date(2025, 12, 30)] * 2 + [date(2026, 1, 2)] * 2
    assert fix_days([(0, 2, 30), (0, 3, 1)], date(2026, 3, 2)) == [None, date(2026, 3, 1)]
    assert fix_days([(2024, 5, 1)], date(2026, 3, 2)) == [date(2024, 5, 1)]
    assert fix_days([], date(2026, 3, 2)) == []


def test_a_29_february_belongs_to_a_leap_year() -> None:
    assert fix_day((0, 2, 29), date(2026, 6, 1)) == date(2024, 2, 29)
    assert fix_days([(0, 2, 28), (0, 2, 29), (0, 3, 1)], date(2026, 6, 1))[-1] == date(2024, 3, 1)


def test_the_time_of_a_download_without_one_is_after_its_last_day() -> None:
    now = 1_790_000_000
    assert guess_second([(0, 6, 17), (0, 6, 18)], now) == 1_781_827_200  # the end of 18 June 2026
    assert guess_second([], now) is None


def test_the_platform_id_tells_the_year_where_it_agrees_with_the_day() -> None:
    made_in_2023 = str(1_686_000_000 << 32)  # 5 June 2023
    assert posted_day((0, 6, 5), made_in_2023, date(2026, 6, 18)) == date(2023, 6, 5)
    assert posted_day((0, 6, 9), made_in_2023, date(2026, 6, 18)) == date(2026, 6, 9)
    assert posted_day(None, made_in_2023, date(2026, 6, 18)) is None
