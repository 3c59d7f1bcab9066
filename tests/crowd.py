"""An account that ten thousand people follow, every name, word and number of which is found wherever it is left."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import at, written
from webapp.domain.reports import GoalMetric
from webapp.domain.scope import Role, TeamScope
from webapp.extensions import db
from webapp.models import Account, Team
from webapp.services.accounts import change_account
from webapp.services.annotations import add_annotation
from webapp.services.goals import set_goal
from webapp.services.people import add_tag, write_note
from webapp.services.transaction import transaction

SIZE: Final = 10_000
# All names have the same length, so that one pass over a text finds any of them anywhere in it, in other words too.
LENGTH: Final = 9
ZONE: Final = "Europe/Paris"
HANDLE, DISPLAY_NAME, TEAM = "quixley.vantreel", "Quixley Vantreel", "Zephyrbrook Yard"
_LETTERS: Final = "bcdfghjklmnpqrstvwxz"
_TIMES: Final = tuple(at(f"{day} 18:30:00") for day in ("2026-03-31", "2026-04-30", "2026-05-15", "2026-05-31"))
_POSTS: Final = 270
_TAGS: Final = 5


@dataclass(frozen=True)
class Crowd:
    """What nobody outside may learn: every name, every word of a caption, and the names of the account itself."""

    names: frozenset[str]
    words: frozenset[str]
    own: tuple[str, ...] = (HANDLE, DISPLAY_NAME, TEAM)

    def names_in(self, text: str) -> set[str]:
        """Return the names that stand anywhere in a text, in whatever letters."""
        lowered = text.lower()
        return {lowered[start : start + LENGTH] for start in range(len(lowered) - LENGTH + 1)} & self.names

    def words_in(self, text: str) -> set[str]:
        """Return the words of captions that stand anywhere in a text."""
        lowered = text.lower()
        return {lowered[start : start + LENGTH] for start in range(len(lowered) - LENGTH + 1)} & self.words

    def own_in(self, text: str) -> list[str]:
        """Return the names of the account and its team that stand in a text."""
        return [name for name in self.own if name.lower() in text.lower()]


def gather_crowd(member: Member) -> Crowd:
    """Import four exports of ten thousand people, and write of some of them wherever one can."""
    draw = random.Random(20260531)
    made = dict.fromkeys("".join(draw.choices(_LETTERS, k=LENGTH)) for _ in range(SIZE + 2_000))
    names, words = list(made)[:SIZE], list(made)[SIZE:]
    posts = _posts(draw, names, words)
    for place, second in enumerate(_TIMES):
        content = export_json(
            _followers(names, place),
            [(name, written(_came(number))) for number, name in enumerate(names[: 410 - 3 * place])],
            owner=HANDLE,
            posts=[post for post in posts if at(post["Date"]) < second],
        )
        import_done(member, content, f"{HANDLE}_{place}.json", exported_at=second, losses_confirmed=True)
    admin = TeamScope(member.user_id, member.team_id, Role.ADMIN)
    scope = account_scope(member)
    public_id = db.session.get_one(Account, scope.account_id).public_id
    change_account(admin, public_id, member.actor, timezone=ZONE, display_name=DISPLAY_NAME)
    with transaction() as session:
        session.get_one(Team, member.team_id).name = TEAM
    scope = account_scope(member)
    add_tag(member.actor, scope, names[:3], "keep")
    write_note(member.actor, scope, names[0], f"met with @{names[1]}")
    add_annotation(member.actor, scope, date(2026, 5, 14), f"Shared by @{names[2]}, thanks")
    for metric, target in ((GoalMetric.FOLLOWERS, 9_876), (GoalMetric.LIKES, 234_567), (GoalMetric.POSTS, 47)):
        set_goal(member.actor, scope, date(2026, 5, 1), metric, target)
    return Crowd(frozenset(names), frozenset(word for post in posts for word in _words_of(post)))


def _came(number: int) -> int:
    """Return the second at which somebody followed: nearly everybody before the first list, some in each gap."""
    after_first = number - (SIZE - 1_493)
    return _TIMES[0] + 3_600 * (after_first + 1 if after_first >= 0 else after_first)


def _followers(names: list[str], place: int) -> list[tuple[str, str]]:
    """Return a list: some who were on it have left since the one before."""
    second = _TIMES[place]
    return [
        (name, written(_came(number)))
        for number, name in enumerate(names)
        if _came(number) < second and not (number % 31 == 0 and number < 2_500 * place)
    ]


def _posts(draw: random.Random, names: list[str], words: list[str]) -> list[dict[str, Any]]:
    tags, first = words[:_TAGS], datetime(2026, 1, 3, 8, tzinfo=UTC)
    posts = []
    for number in range(_POSTS):
        moment = first + timedelta(hours=13 * number)
        one, other = words[_TAGS + 2 * number : _TAGS + 2 * number + 2]
        likes = 3_000 + 41 * number + draw.randrange(2_000) + (60_000 if number % 61 == 0 else 0)
        title = f"{one} {other} @{names[number * 11]} and @{names[-1 - number]} #{tags[number % _TAGS]}"
        posts.append({"Date": f"{moment:%Y-%m-%d %H:%M:%S}", "Likes": str(likes), "Title": title, "Sound": one})
    return posts


def _words_of(post: dict[str, Any]) -> list[str]:
    return [word.lstrip("#") for word in post["Title"].split() if word[0] != "@" and len(word.lstrip("#")) == LENGTH]
