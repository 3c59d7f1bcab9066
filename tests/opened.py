"""An account with every kind of number to open, and ways to read what a page and a drawer say."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import at, written
from webapp.extensions import db
from webapp.models import Account
from webapp.services.accounts import change_account

DAY = 86_400
ZONE = "Europe/Paris"
TIMES = tuple(at(f"{day} 09:15:30") for day in ("2025-01-10", "2025-03-05", "2025-05-20", "2025-06-30"))
STUDIO_AT = "2025-07-01 10:00:00"
_PEOPLE = 420
_FIRST = at("2024-03-01")
# Before the second list, so that its first is on the third.
RENAMED = ("old.name", "new.name")
_RENAMED_AT = at("2024-06-06 06:06:06")

_LINK = re.compile(r'<a class="opened" href="([^"]+)"[^>]*aria-label="([^"]*)"[^>]*>([^<]*)</a>')


class Opened(NamedTuple):
    """A number of a page that can be opened: its address, what it is called and its text."""

    href: str
    label: str
    text: str


def followers_at(second: int) -> list[tuple[str, int]]:
    """Return who follows at a moment: every third leaves some day, one is away for a list, one is renamed."""
    people = []
    for number in range(_PEOPLE):
        came = _FIRST + int(number * 1.15 * DAY) + number * 7919 % DAY
        left = at("2025-01-11") + number * 3_733_337 % (168 * DAY) if number % 3 == 0 else None
        is_away = number == 1 and second == TIMES[1]
        if came <= second and not (left is not None and max(left, came + DAY) <= second) and not is_away:
            people.append((f"person{number:04}", came))
    people.append((RENAMED[second > TIMES[1]], _RENAMED_AT))
    return people


def following_at(second: int) -> list[tuple[str, int]]:
    """Return whom the account follows at a moment: some of its followers and some others."""
    own = [(f"person{number:04}", _FIRST + number * 9 * DAY + 77) for number in range(2, 60, 3)]
    others = [(f"brand{number:03}", _FIRST + number * 11 * DAY) for number in range(40)]
    stay = [row for row in (*own, *others) if second == TIMES[0] or not row[0].endswith("7")]
    return [(name, came) for name, came in stay if came <= second]


def import_account(member: Member) -> None:
    """Import four exports of an account in a zone of its own; the third lacks the following list."""
    for place, second in enumerate(TIMES):
        content = export_json(
            [*((name, written(came)) for name, came in followers_at(second)), ("N/A", written(_FIRST))],
            None if place == 2 else [(name, written(came)) for name, came in following_at(second)],
            posts=_posts(place),
            profile={"followerCount": 300 + place},
        )
        import_done(member, content, exported_at=second, losses_confirmed=True)
        if place == 0:
            account = db.session.get_one(Account, account_scope(member).account_id)
            change_account(member.scope, account.public_id, member.actor, timezone=ZONE, display_name=None)
    import_done(member, studio_csv(), "Content.csv", exported_at=at(STUDIO_AT))
    db.session.remove()


def _posts(place: int) -> list[dict[str, Any]]:
    """Return the posts of an export: twelve in spring, and one that is young on the newest list."""
    counted = [
        _post(f"2025-04-{day:02} 10:00:00", "spring #Walk" if day == 2 else f"walk number {day}", day * 10 + place)
        for day in range(2, 14)
    ]
    young = _post("2025-06-28 20:30:00", "l'été #walk", place)
    return [*counted, young] if place == len(TIMES) - 1 else counted


def _post(when: str, title: str, likes: int) -> dict[str, Any]:
    return {"Date": when, "Link": "", "Likes": str(likes), "Title": title, "Sound": "original sound"}


def studio_csv() -> bytes:
    """Return what TikTok Studio says of two of the posts."""
    head = "Time,Video title,Video link,Post time,Total likes,Total comments,Total shares,Total views"
    link = "https://www.tiktok.com/@demo.maker/video/73012345678901234"
    rows = [f"July 1,spring #Walk,{link}56,April 2,24,6,3,900", f"July 1,walk number 3,{link}57,April 3,33,4,1,1200"]
    return "\n".join([head, *rows, ""]).encode()


def opened_numbers(page: str) -> Iterator[Opened]:
    """Yield every number of a page that can be opened."""
    for href, label, text in _LINK.findall(page):
        yield Opened(html.unescape(href), html.unescape(label), html.unescape(text))


def drawer(client: FlaskClient, address: str) -> str:
    """Return what the drawer shows of a number."""
    answer = client.get(address, headers={"HX-Request": "true", "HX-Target": "figure"})
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.text


def value_in(fragment: str) -> str:
    """Return the number that a drawer is about."""
    found = re.search(r'<p class="figure-value[^"]*">([^<]*)</p>', fragment)
    assert found, fragment[:400]
    return html.unescape(found[1])


def names_in(fragment: str) -> list[str]:
    """Return the people on this page of a drawer."""
    return re.findall(r'class="person-link"[^>]*>@<bdi>([^<]*)</bdi>', fragment)


def posts_in(fragment: str) -> list[str]:
    """Return the ids of the posts on this page of a drawer."""
    return re.findall(r'<a class="post-link" href="/content/posts/([0-9a-f]+)"', fragment)


def rows_of(client: FlaskClient, fragment: str) -> list[dict[str, str]]:
    """Return the rows of the download that a drawer leads to."""
    found = re.search(r'href="(/figures/[a-z_]+\.csv[^"]*)"', fragment)
    assert found, "there is no download"
    return list(csv.DictReader(io.StringIO(client.get(html.unescape(found[1])).text)))
