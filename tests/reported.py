"""An account with something of everything that a report tells, and reports of it as they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from shutil import copyfile
from typing import Any, Final, TypeVar

import pytest

from tests.conftest import make_settings
from tests.factories import Member, account_scope, export_json, import_done, make_cast, many, run_jobs
from tests.ledgers import at, parse_here, written
from tests.reuse import reuse
from webapp import create_app
from webapp.analytics.content.figures import figure_of
from webapp.analytics.content.posts import find_posts
from webapp.analytics.reports.payload import decode, encode
from webapp.analytics.reports.report import find_report
from webapp.domain.metrics import MetricKey
from webapp.domain.report_query import ReportQuery, month_period
from webapp.domain.reports import GoalMetric, Report
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.services.annotations import add_annotation
from webapp.services.goals import set_goal
from webapp.services.redaction import SivCipher

T = TypeVar("T")

MADE_AT: Final = at("2025-06-02 07:00")
APRIL: Final = ReportQuery(month_period(date(2025, 4, 1)))
MAY: Final = ReportQuery(month_period(date(2025, 5, 1)))
CIPHER: Final = SivCipher(bytes(range(64)))
# Four of those who are followed follow back.
BRANDS: Final = [*many(31, "brand"), *many(260)[180:184]]


def post(when: str, likes: int | None, title: str, who: str = "Everyone") -> dict[str, Any]:
    """Return a post as an export has it."""
    shown = "" if likes is None else str(likes)
    return {"Date": written(at(when)), "Link": "", "Likes": shown, "Title": title, "WhoCanView": who}


POSTS: Final = [
    *(post(f"2025-04-{day:02} 09:00", 20_011 + 97 * day, f"april {day} #spring #bread") for day in range(1, 13)),
    *(post(f"2025-05-{day:02} 18:00", 30_211 + 113 * day, f"may {day} #bread") for day in range(1, 11)),
    post("2025-05-12 18:00", 54_321, "the best one, with @person00003 and demo.maker #bread"),
    post("2025-05-13 18:00", 71_717, "for friends", "Friends"),
    post("2025-05-14 18:00", None, "of which nobody knows the likes"),
    post("2025-05-30 18:00", 61, "too new to count"),
]


@contextmanager
def reported(folder: Path, empty_sqlite: Path) -> Iterator[Scope]:
    """Yield Alice's account of `import_history` on a database of its own, in an application context."""
    copyfile(empty_sqlite, folder / "app.sqlite3")
    app = create_app(make_settings(folder / "instance", f"sqlite:///{folder / 'app.sqlite3'}"))
    reuse(app)
    alice = make_cast(app).alice
    with app.app_context():
        with pytest.MonkeyPatch.context() as patch:
            parse_here(patch)
            found = import_history(alice)
        yield found
        db.session.remove()
        db.engine.dispose()


def import_history(member: Member) -> Scope:
    """Give a member an account with four lists from April to May 2025, posts, two goals of May and a note."""
    people = many(260)
    for when, followers in (
        ("2025-04-01 10:00", people[:200]),
        ("2025-04-30 10:00", [*people[5:200], *many(26, "spring")]),
        ("2025-05-10 10:00", [*people[5:200], *many(40, "spring")]),
        ("2025-05-31 10:00", [*people[:4], *people[17:200], *many(77, "spring")]),
    ):
        posts = [row for row in POSTS if at(row["Date"]) < at(when)]
        import_done(member, export_json(followers, BRANDS, posts=posts), exported_at=at(when), losses_confirmed=True)
    run_jobs()
    db.session.rollback()
    found = account_scope(member)
    add_annotation(member.actor, found, date(2025, 5, 12), "A newspaper wrote of it, says @person00003.")
    set_goal(member.actor, found, date(2025, 5, 1), GoalMetric.FOLLOWERS, 263)
    set_goal(member.actor, found, date(2025, 5, 1), GoalMetric.POSTS, 29)
    return found


def read(scope: Scope, query: ReportQuery, **kept: Any) -> Report:
    """Return a report as it comes back from where it is kept."""
    report = find_report(scope, query, MADE_AT, **kept)
    assert decode(encode(report)) == report
    return report


def sure(found: T | None) -> T:
    """Return what a report holds."""
    assert found is not None
    return found


def typical(scope: Scope) -> float:
    """Return what the posts of an account typically get."""
    table = find_posts(scope)
    assert table is not None
    return figure_of(table.counted, MetricKey.TYPICAL_LIKES).value or 0
