"""When posts were published, and whether any time stands out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from webapp.analytics.content.fit import Performance, Refusal
from webapp.analytics.reports.hashtags import UNTOLD
from webapp.analytics.reports.material import Material
from webapp.domain.reports import TimeClaim, TimingPart, Untold

FAMILIES: Final = ("slots", "weekdays")


def find_timing_part(material: Material) -> TimingPart:
    """Return the hours of the week of all counted posts, and what tests say of times of day and weekdays."""
    if material.table is None:
        return TimingPart(untold=Untold.NO_LIST)
    fit = material.fit
    if fit is None:
        return TimingPart(untold=Untold.NOT_YET)
    cells = tuple(float(posts) for posts, _typical in fit.likes.cells)
    posts = float(fit.likes.posts)
    if not any(cells):
        return TimingPart((), (), posts, untold=Untold.NO_POSTS if not material.table.rows else Untold.TOO_FEW)
    claims = tuple(_claims(fit.likes))
    if claims:
        return TimingPart(cells, claims, posts)
    family = fit.likes.slots
    refusal = family.refusal or Refusal.NO_DIFFERENCE
    needs = family.needs if refusal is Refusal.FEW_POSTS else None
    return TimingPart(cells, (), posts, untold=UNTOLD[refusal], needs=needs)


def _claims(found: Performance) -> Iterator[TimeClaim]:
    for name in FAMILIES:
        family = found.slots if name == "slots" else found.weekdays
        for group in family.claims:
            yield TimeClaim(name, group.key, group.at_least or 0.0, float(group.posts))
