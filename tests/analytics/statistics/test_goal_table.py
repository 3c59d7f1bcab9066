"""The table of goals (`make statistics`): a few creators, files of posts, and what it says of a missed goal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import statistics
from benchmarks.goals.early import early
from benchmarks.goals.forecasts import forecasts
from benchmarks.goals.outliers import changes, outliers
from benchmarks.goals.samples import USUAL, Levels, Samples, read_creators, shuffled
from benchmarks.goals.scale import scale
from benchmarks.goals.verdict import Goal, Verdict
from benchmarks.goals.workers import Workers
from tests.analytics.statistics.creators import make_creators

HEAD = "creator,published_at,likes,hashtags,sound\n"


def test_a_few_creators_reach_every_goal_that_so_few_can_tell_of() -> None:
    """Those of slots, hashtags and followers have tests of their own, on more."""
    short = [creator.table for creator in make_creators(55, 24, replace(USUAL, least_posts=40, most_posts=58))]
    long = [creator.table for creator in make_creators(56, 6, replace(USUAL, least_posts=90, most_posts=130))]
    levels = [Levels(86_400 * np.arange(at, 300 + at), np.full(300, 7.0), 1.1) for at in range(36, 48)]
    with Workers(1) as workers:
        found = [
            *forecasts([*short, *long], workers),
            *outliers(levels, workers),
            *changes(levels, workers),
            *scale(long[:1], workers),
            *early(long[:3], workers),
        ]
    assert [verdict.cells() for verdict in found if verdict.is_reached is False] == []
    measured = {verdict.goal.name for verdict in found if verdict.is_reached}
    assert measured == {"G1", "G2", "G3", "G6", "G7", "G11", "G12"}


def test_a_file_of_posts_is_read_whatever_its_times_look_like(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(
        HEAD
        + "ann,2024-05-01 12:00:00,5,#One two #one,a song\n"
        + "ben,1714564800,7,,\n"
        + "ann,2024-05-01T12:00:00+00:00,,,\n"
        + "ann,2024-04-30T14:00:00+02:00,3.0,three,a song\n",
        "utf-8",
    )
    ann, ben = read_creators(path)
    assert [(row.published_at, row.ordinal, row.likes) for row in ann.rows] == [
        (1_714_478_400, 0, 3),
        (1_714_564_800, 0, 5),
        (1_714_564_800, 1, None),
    ]
    assert [[ann.tags[tag].tag for tag in row.hashtags] for row in ann.rows] == [["three"], ["one", "two"], []]
    assert [row.sound for row in ann.rows] == [0, 0, None]
    assert [row.published_at for row in ben.counted] == [1_714_564_800]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("creator,likes\nann,3\n", "posts.csv has no column published_at"),
        (HEAD + "ann,yesterday,3,,\n", "posts.csv, line 2"),
        (HEAD + "ann,1714564800,3,,\nann,1714564800,many,,\n", "posts.csv, line 3"),
        (HEAD + "ann,1714564800,-3,,\n", "posts.csv, line 2: -3 likes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(SystemExit) as left:
        statistics.main(["--data", str(path)])
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_a_file_of_few_posts_measures_what_it_can_and_misses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "posts.csv"
    rows = [
        f"c{creator},{1_700_000_000 + 90_000 * at},{50 + at * 7 % 11},,\n" for creator in (1, 2) for at in range(12)
    ]
    path.write_text(HEAD + "".join(rows), "utf-8")
    assert statistics.main(["--data", str(path), "--processes", "1"]) == 0
    printed = capsys.readouterr().out
    assert "2 creators, 24 posts" in printed
    assert "not measured" in printed
    assert "Every goal that was measured is reached." in printed
    assert "G8" not in printed


def test_a_missed_goal_is_named_and_ends_with_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def step(samples: Samples, workers: Workers) -> list[Verdict]:
        return [Goal("G4", "claims", most=0.1).share(2, 10, "creators")]

    monkeypatch.setattr(statistics, "OF_POSTS", (step,))
    path = tmp_path / "posts.csv"
    path.write_text(HEAD + "ann,1714564800,3,,\n", "utf-8")
    figures = tmp_path / "figures.json"
    assert statistics.main(["--data", str(path), "--processes", "1", "--json", str(figures)]) == 1
    assert "Not reached: G4." in capsys.readouterr().out
    assert '"reached": false' in figures.read_text("utf-8")


def test_a_figure_is_reached_by_its_bounds_and_where_asked_by_its_interval() -> None:
    sure = Goal("G1", "", least=0.02, lower_end=0.0)
    assert Verdict(sure, 0.03, "", 0.01, 0.05).is_reached
    assert Verdict(sure, 0.03, "", -0.01, 0.07).is_reached is False
    assert Verdict(sure, 0.01, "", 0.005, 0.02).is_reached is False
    assert Verdict(Goal("G2", "", 0.77, 0.83), 0.84, "").is_reached is False
    assert Verdict(sure, None, "").is_reached is None


def test_what_is_shuffled_keeps_its_likes_level_and_hashtags_but_not_together() -> None:
    (creator,) = make_creators(5, 1, USUAL)
    table = creator.table
    mixed = shuffled(table, np.random.default_rng(1))
    assert [row.published_at for row in mixed.rows] == [row.published_at for row in table.counted]
    assert sorted(row.hashtags for row in mixed.rows) == sorted(row.hashtags for row in table.counted)
    together = sum(one.hashtags == other.hashtags for one, other in zip(mixed.rows, table.counted, strict=True))
    assert together < len(table.counted) / 2
    assert np.median([row.likes or 0 for row in mixed.rows]) == pytest.approx(
        np.median([row.likes or 0 for row in table.counted]), rel=0.5
    )
