"""B11: an image of an account's numbers, from the question to the PNG."""

from __future__ import annotations

import time
from itertools import count

from benchmarks.lab import Lab
from benchmarks.measure import Goal, Line, Unit, median, repeat, timed
from webapp.domain.cards import CardDesign, CardFormat, CardLook
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.extensions import db
from webapp.renderers.cards import Card, draw
from webapp.services.access import find_account_scope
from webapp.services.cards import PREVIEW_SCALE, CardWishes, find_card
from webapp.services.typesetting_process import draw_in_child

_RUNS = 10
_GOAL = Goal(0.5)


def story(lab: Lab) -> list[Line]:
    """B11: seconds for a story of 1080 x 1920 pixels against setting the same in this process; the first, a preview."""
    assert lab.first_import  # nosec B101: there must be numbers to show
    numbers = count()

    def wishes() -> CardWishes:
        # Another title each time: what was drawn before is kept.
        look = CardLook(CardDesign.GROWTH, CardFormat.STORY, f"Title {next(numbers)}")
        return CardWishes(look, PeriodQuery(Preset.ALL), "en")

    def read() -> Card:
        with lab.app.app_context():
            scope = find_account_scope(lab.scope)
            assert scope  # nosec B101: the import above made an account
            card = find_card(scope, wishes(), int(time.time()))
            db.session.remove()
        return card

    def make(scale: float) -> None:
        draw_in_child(read(), scale=scale)

    def seconds(scale: float) -> float:
        return median(repeat(lambda: make(scale), _RUNS)) / 1000

    with timed() as first:
        make(1)
    waiting = iter([read() for _ in range(_RUNS + 1)])
    floor = median(repeat(lambda: draw(next(waiting)), _RUNS)) / 1000
    return [
        Line("B11", "story 1080 x 1920, read and drawn", Unit.SECONDS, seconds(1), floor, _GOAL),
        Line("B11", "  the first, with the start of its process", Unit.SECONDS, first.seconds, None, _GOAL),
        Line("B11", "  its preview", Unit.SECONDS, seconds(PREVIEW_SCALE), None, _GOAL),
    ]
