"""Push messages in words: declarative, short enough for every push service, and about nobody by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.notices import told
from webapp.domain.notifications import NoticeKind, NoticeType, Told
from webapp.integrations.web_push import LONGEST_TEXT
from webapp.renderers.push_messages import PushMatter, tell_all, tell_test, write_payload

SITE = "https://stats.example.org"


def payload(matter: PushMatter, *, unread: int | None = 3, longest: int = LONGEST_TEXT, is_short: bool = False) -> Any:
    content = write_payload(matter, lambda path: f"{SITE}{path}", unread, longest, is_short=is_short)
    assert len(content) <= longest
    return json.loads(content)


def as_sent(kind: NoticeKind, place: int = 1, **params: Any) -> Told:
    """Return a notification as it may be sent: the person of a new mutual is not told."""
    found = told(kind, place, **params)
    if kind is not NoticeKind.NEW_MUTUAL:
        return found
    return replace(found, subject="", params={name: value for name, value in found.params.items() if name != "person"})


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_says_what_it_must_and_names_nobody(kind: NoticeKind, locale: str) -> None:
    message = payload(tell_all([as_sent(kind)], locale))
    said = message["notification"]
    assert message["web_push"] == 8030
    assert message["app_badge"] == said["app_badge"] == "3"
    assert said["title"]
    assert said["navigate"].startswith(f"{SITE}/")
    assert said["lang"] == locale
    assert "ada" not in json.dumps(message)
    assert ("@harbour" in said["body"]) is (kind not in (NoticeKind.NEW_DEVICE, NoticeKind.ROLE_CHANGED))


def test_only_what_is_about_safety_is_urgent() -> None:
    for kind in NoticeKind:
        found = as_sent(kind)
        assert tell_all([found], "en").is_urgent is (found.type is NoticeType.SECURITY)


def test_a_group_leads_to_all_of_it_and_a_mixture_to_the_list() -> None:
    likes = [as_sent(NoticeKind.POST_LIKES, place) for place in (1, 2)]
    group = payload(tell_all(likes, "en"))["notification"]
    assert group["title"] == "2 posts reached 10,000 likes"
    assert "/content/posts?" in group["navigate"]
    kinds = (NoticeKind.FOLLOWERS, NoticeKind.GOAL_MET, NoticeKind.NEW_DEVICE)
    mixture = payload(tell_all([*likes, *(as_sent(kind, place) for place, kind in enumerate(kinds, 3))], "en"))[
        "notification"
    ]
    assert mixture["title"] == "5 notifications"
    assert mixture["body"].splitlines()[0] == "2 posts reached 10,000 likes"
    assert mixture["body"].splitlines()[-1] == "…"
    assert mixture["navigate"] == f"{SITE}/notifications"


def test_the_same_news_has_the_same_topic_and_other_news_another_one() -> None:
    topics = [tell_all([as_sent(kind, place)], "en").topic for kind in NoticeKind for place in (1, 2)]
    assert len(set(topics)) == len(topics)
    assert all(0 < len(topic) <= 32 and topic.isalnum() for topic in topics)
    assert tell_all([as_sent(NoticeKind.GOAL_MET)], "fr").topic == tell_all([as_sent(NoticeKind.GOAL_MET)], "en").topic


@pytest.mark.parametrize("longest", [300, 500, LONGEST_TEXT])
def test_what_is_too_long_loses_the_end_of_its_body_first(longest: int) -> None:
    matter = tell_all([as_sent(NoticeKind.FOLLOWERS)], "en")
    long = replace(matter, text=replace(matter.text, body="😀é" * 3000))
    assert payload(long, longest=longest)["notification"]["title"] == matter.text.title
    assert payload(long, is_short=True)["notification"]["body"] == ""


def test_a_number_that_is_not_known_is_not_shown() -> None:
    message = payload(tell_test("fr"), unread=None)
    assert "app_badge" not in message
    assert "app_badge" not in message["notification"]
    assert message["notification"]["navigate"] == f"{SITE}/notifications/devices"
