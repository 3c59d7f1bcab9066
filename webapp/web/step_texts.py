"""How days, weeks and months are called: on an axis, in a table, under the pointer."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext as _

from webapp.domain.formatting import format_day, format_month, format_short_day
from webapp.domain.steps import Bucket, Step
from webapp.domain.text import N_
from webapp.web.i18n import locale

STEP_LABELS: Final = {Step.DAY: N_("Days"), Step.WEEK: N_("Weeks"), Step.MONTH: N_("Months")}
STEP_HEADS: Final = {Step.DAY: N_("Day"), Step.WEEK: N_("Week from"), Step.MONTH: N_("Month")}


def step_name(bucket: Bucket, step: Step) -> str:
    """Return a step in full, a week by its first day."""
    return format_month(bucket.first, locale(), "yMMMM") if step is Step.MONTH else format_day(bucket.first, locale())


def step_title(bucket: Bucket, step: Step, *, is_over: bool = True) -> str:
    """Return a step as a chart names it under the pointer."""
    name = step_name(bucket, step)
    name = str(_("Week of %(day)s", day=name)) if step is Step.WEEK else name
    return name if is_over else str(_("%(step)s (not over yet)", step=name))


def step_short(bucket: Bucket, step: Step) -> str:
    """Return a step as an axis has room for it."""
    shorten = format_month if step is Step.MONTH else format_short_day
    return shorten(bucket.first, locale())
