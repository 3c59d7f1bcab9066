"""The rules that find suspicious activity in the record of actions; each fires once for one thing (SECURITY 96).

Where a country would be told by an address, this looks at networks: nothing here knows where an address lies.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from webapp.domain.browser_names import name_browser
from webapp.domain.networks import network_of
from webapp.domain.scope import Role
from webapp.domain.shares import mark_of
from webapp.domain.text import N_
from webapp.models import AuditAction

WINDOW: Final = timedelta(hours=1)
_FAILURES: Final = 10
_NETWORKS: Final = 4
_DOWNLOADS: Final = 30
_DELETIONS: Final = 10
_FOREIGN: Final = 50
_READERS: Final = 20
_RANKS: Final = {Role.VIEWER.value: 1, Role.EDITOR.value: 2, Role.ADMIN.value: 3}


class AlertRule(StrEnum):
    """What can be suspicious."""

    FAILS_THEN_SUCCESS = "fails_then_success"
    NEW_PLACE = "new_place"
    MANY_NETWORKS = "many_networks"
    MANY_DOWNLOADS = "many_downloads"
    KEY_MOVED = "key_moved"
    ROLE_RAISED = "role_raised"
    SECOND_FACTOR_OFF = "second_factor_off"
    MASS_DELETION = "mass_deletion"
    TOKEN_REUSED = "token_reused"  # nosec B105
    FOREIGN_THINGS = "foreign_things"
    LINK_SPREAD = "link_spread"


RULE_TEXTS: dict[AlertRule, str] = {
    AlertRule.FAILS_THEN_SUCCESS: N_("Signed in after %(count)s failed tries"),
    AlertRule.NEW_PLACE: N_("Signed in with a browser and from a network that were never seen before: %(place)s"),
    AlertRule.MANY_NETWORKS: N_("Signed in from %(count)s networks within an hour"),
    AlertRule.MANY_DOWNLOADS: N_("More than %(count)s downloads within an hour"),
    AlertRule.KEY_MOVED: N_("An API key was used from a new network: %(place)s"),
    AlertRule.ROLE_RAISED: N_("A member was given a higher role"),
    AlertRule.SECOND_FACTOR_OFF: N_("The second factor was switched off"),
    AlertRule.MASS_DELETION: N_("More than %(count)s deletions within an hour"),
    AlertRule.TOKEN_REUSED: N_("A code or link that had been used already was tried again"),
    AlertRule.FOREIGN_THINGS: N_(
        "More than %(count)s addresses of things that are not theirs were tried within an hour"
    ),
    AlertRule.LINK_SPREAD: N_("A public link was opened from more than %(count)s networks in one day: link %(link)s"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as the rules look at it."""

    id: int
    at: datetime
    action: AuditAction
    team_id: int | None
    user_id: int | None
    target: str | None
    ip: str | None
    user_agent: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something suspicious; the same ``rule`` and ``key`` are the same thing."""

    rule: AlertRule
    key: str
    event: Seen
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Places:
    """Networks and browsers that a person signed in from before."""

    networks: frozenset[str]
    browsers: frozenset[str]


_DELETES: Final = frozenset(
    {
        *(AuditAction.ACCOUNT_DELETED, AuditAction.ANNOTATION_DELETED, AuditAction.POST_NOTE_DELETED),
        *(AuditAction.POST_COVER_REMOVED, AuditAction.PERSON_ERASED, AuditAction.IMPORT_UNDO_STARTED),
        *(AuditAction.MEMBER_REMOVED, AuditAction.TEAM_DELETION_ASKED, AuditAction.API_KEY_REVOKED),
    }
)
_DOWNLOAD_ACTIONS: Final = frozenset(
    {AuditAction.DATA_DOWNLOADED, AuditAction.AUDIT_EXPORTED, AuditAction.USER_EXPORTED}
)
_FAILED: Final = frozenset({AuditAction.USER_LOGIN_FAILED, AuditAction.USER_SECOND_FACTOR_FAILED})
_ALONE: Final = {
    AuditAction.USER_SECOND_FACTOR_DISABLED: AlertRule.SECOND_FACTOR_OFF,
    AuditAction.MEMBER_CHANGED: AlertRule.ROLE_RAISED,
}
# What the rules look at; everything else is never read.
WATCHED: Final = tuple(
    sorted(
        {
            *(*_DELETES, *_DOWNLOAD_ACTIONS, *_FAILED, *_ALONE),
            *(AuditAction.USER_LOGGED_IN, AuditAction.ACCESS_DENIED, AuditAction.TOKEN_REUSED),
            *(AuditAction.API_KEY_MOVED, AuditAction.SHARE_OPENED),
        }
    )
)


def find_suspicious(events: Sequence[Seen], known: Mapping[int, Places]) -> Iterator[Finding]:
    """Yield once each what the rules find in events in the order of time; ``known`` is what was there before them."""
    fired: set[tuple[AlertRule, str]] = set()
    for finding in _all_findings(events, known):
        if (finding.rule, finding.key) not in fired:
            fired.add((finding.rule, finding.key))
            yield finding


def _all_findings(events: Sequence[Seen], known: Mapping[int, Places]) -> Iterator[Finding]:
    by_person: dict[int, list[Seen]] = defaultdict(list)
    for event in events:
        yield from _alone(event)
        if event.user_id is not None:
            by_person[event.user_id].append(event)
    yield from _spread_links(events)
    for person, theirs in by_person.items():
        yield from _after_failures(theirs)
        yield from _new_places(theirs, known.get(person))
        yield from _many_networks(theirs)
        for rule, most, counts in _COUNTED:
            yield from _too_many(rule, most, filter(counts, theirs))


def browser_of(user_agent: str | None) -> str:
    """Return the browser that an event names; an empty text for one that is not known."""
    return name_browser(user_agent or "")


def _alone(event: Seen) -> Iterator[Finding]:
    """Yield what is suspicious by itself."""
    if event.action is AuditAction.API_KEY_MOVED:
        # Once a key and month: a laptop changes its network every day.
        place: dict[str, str | int] = {"place": network_of(event.ip) or "?"}
        yield Finding(AlertRule.KEY_MOVED, f"{event.target}:{event.at:%Y-%m}", event, place)
    elif event.action is AuditAction.TOKEN_REUSED:
        yield Finding(AlertRule.TOKEN_REUSED, _day_key(event), event)
    elif event.action in _ALONE and (event.action is not AuditAction.MEMBER_CHANGED or _is_raised(event)):
        yield Finding(_ALONE[event.action], str(event.id), event)


def _is_raised(event: Seen) -> bool:
    before, after = (_RANKS.get(str((event.detail.get(side) or {}).get("role")), 0) for side in ("before", "after"))
    return 0 < before < after


def _after_failures(events: Iterable[Seen]) -> Iterator[Finding]:
    failed: deque[datetime] = deque()
    for event in events:
        if event.action in _FAILED:
            failed.append(event.at)
        elif event.action is AuditAction.USER_LOGGED_IN:
            count = sum(at >= event.at - WINDOW for at in failed)
            failed.clear()
            if count >= _FAILURES:
                yield Finding(AlertRule.FAILS_THEN_SUCCESS, str(event.id), event, {"count": count})


def _new_places(events: Iterable[Seen], before: Places | None) -> Iterator[Finding]:
    """Yield sign-ins of which neither browser nor network is known; the very first one is nobody's surprise."""
    networks, browsers = (set(before.networks), set(before.browsers)) if before else (set(), set())
    for event in events:
        network, browser = network_of(event.ip), browser_of(event.user_agent)
        if event.action is not AuditAction.USER_LOGGED_IN or network is None:
            continue
        if networks and network not in networks and browser not in browsers:
            place = ", ".join(text for text in (browser, network) if text)
            yield Finding(AlertRule.NEW_PLACE, f"{event.user_id}:{place}"[:120], event, {"place": place})
        networks.add(network)
        browsers.add(browser)


def _many_networks(events: Iterable[Seen]) -> Iterator[Finding]:
    recent: deque[Seen] = deque()
    for event in events:
        if event.action is not AuditAction.USER_LOGGED_IN:
            continue
        recent.append(event)
        while recent[0].at < event.at - WINDOW:
            recent.popleft()
        count = len({network_of(one.ip) for one in recent} - {None})
        if count >= _NETWORKS:
            yield Finding(AlertRule.MANY_NETWORKS, _day_key(event), event, {"count": count})


def _spread_links(events: Iterable[Seen]) -> Iterator[Finding]:
    """Yield the openings at which a link had been opened from more networks in a day than those it was sent to have."""
    networks: dict[str, set[str | None]] = defaultdict(set)
    for event in events:
        if event.action is AuditAction.SHARE_OPENED and event.target is not None:
            key = f"{event.target}:{event.at.date().isoformat()}"
            networks[key].add(network_of(event.ip))
            if len(networks[key] - {None}) > _READERS:
                params: dict[str, str | int] = {"count": _READERS, "link": mark_of(event.target)}
                yield Finding(AlertRule.LINK_SPREAD, key, event, params)


def _too_many(rule: AlertRule, most: int, events: Iterable[Seen]) -> Iterator[Finding]:
    """Yield the events at which there were more than ``most`` within an hour; those of one day are one thing."""
    recent: deque[datetime] = deque()
    for event in events:
        recent.append(event.at)
        while recent[0] < event.at - WINDOW:
            recent.popleft()
        if len(recent) > most:
            yield Finding(rule, _day_key(event), event, {"count": most})


def _day_key(event: Seen) -> str:
    return f"{event.user_id}:{event.at.date().isoformat()}"


def _is_foreign(event: Seen) -> bool:
    return event.action is AuditAction.ACCESS_DENIED and event.detail.get("status") == 404


_COUNTED: Final[tuple[tuple[AlertRule, int, Callable[[Seen], bool]], ...]] = (
    (AlertRule.MANY_DOWNLOADS, _DOWNLOADS, lambda event: event.action in _DOWNLOAD_ACTIONS),
    (AlertRule.MASS_DELETION, _DELETIONS, lambda event: event.action in _DELETES),
    (AlertRule.FOREIGN_THINGS, _FOREIGN - 1, _is_foreign),
)
