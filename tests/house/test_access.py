"""Every route and who may use it: a route that is missing from the table fails the build."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.factories import Cast
from tests.house.access_table import TABLE
from tests.house.actors import Actor, Caller
from tests.house.world import World, address, make_world, order, routes

# Reading rights out of the database is the same statement on both; the other one sees those whom it keeps out.
_BOTH = (Actor.VIEWER, Actor.OTHER_ADMIN, Actor.FORMER)
# Signed anew each second.
_TOKEN = re.compile(r"[\w-]+\.[\w-]{6}\.[\w-]{27}")
_CASES = [
    *(pytest.param("sqlite", actor, id=f"sqlite-{actor}") for actor in Actor),
    *(pytest.param("postgresql", actor, id=f"postgresql-{actor}", marks=pytest.mark.postgres) for actor in _BOTH),
]


@pytest.fixture
def world(app: Flask, cast: Cast) -> World:
    return make_world(app, cast)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_route_is_in_the_table_and_the_other_way_round(app: Flask) -> None:
    """SECURITY 31."""
    assert routes(app) - TABLE.keys() == set(), "say who may use these"
    assert TABLE.keys() - routes(app) == set(), "these are gone"


@pytest.mark.parametrize(("database_url", "actor"), _CASES, indirect=["database_url"])
def test_everybody_gets_what_the_table_says(app: Flask, world: World, cast: Cast, actor: Actor) -> None:
    """SECURITY 12, 31."""
    caller, wrong = Caller(app, cast, actor), []
    for method, rule in sorted(TABLE, key=order):
        with caller.open(method, address(rule, world), data=world.body(rule)) as answer:
            if answer.status_code != TABLE[method, rule][actor]:
                wrong.append(f"{method} {rule}: expected {TABLE[method, rule][actor]}, got {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", [Actor.OTHER_ADMIN, Actor.FORMER])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_thing_of_another_team_answers_like_a_thing_that_does_not_exist(
    app: Flask, world: World, cast: Cast, actor: Actor
) -> None:
    """SECURITY 31, 39."""
    caller, wrong = Caller(app, cast, actor), []
    for method, rule in sorted(TABLE, key=order):
        theirs, nobodys = address(rule, world), address(rule, world.of_nobody())
        if theirs == nobodys:
            continue
        answers = []
        for url in (theirs, nobodys):
            answer = caller.open(method, url, data=world.body(rule))
            text = _TOKEN.sub("", answer.text).replace(answer.headers["X-Request-Id"], "").replace(url, "")
            answers.append((answer.status_code, text))
        if answers[0] != answers[1]:
            wrong.append(f"{method} {rule}: {answers[0][0]} and {answers[1][0]}")
    assert not wrong, "\n".join(wrong)
