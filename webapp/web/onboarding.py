"""The first steps of somebody who has no data yet, what is done of them, and what the page will look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.accounts import AccountRow
from webapp.analytics.imports import ImportView, list_imports
from webapp.domain.metrics import MetricKey
from webapp.domain.scope import Permission, TeamScope
from webapp.models import ImportOrigin
from webapp.web.growth.texts import format_signed
from webapp.web.kpis import Delta, Kpi, make_kpi

# So many of the newest imports are looked at to tell how far a team has come.
_MOST_IMPORTS: Final = 5
# Made up: what stands faded beneath the steps, so that one sees what will be there.
_SAMPLE: Final[tuple[tuple[MetricKey, int | Decimal, str | None], ...]] = (
    (MetricKey.FOLLOWERS, 12_480, "good"),
    (MetricKey.FOLLOWING, 391, None),
    (MetricKey.MUTUALS, 248, None),
    (MetricKey.FOLLOWER_RATIO, Decimal("31.92"), None),
    (MetricKey.GAINED, 214, "good"),
    (MetricKey.LOST, 67, None),
)


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step: whether it is done, and where to do it."""

    title: str
    text: str
    is_done: bool
    label: str | None = None
    href: str | None = None
    icon: str | None = None
    loads_sample: bool = False


class OnboardingPage:
    """The steps of a team without data; ``account`` is the one that the page speaks of, if there is one already."""

    def __init__(self, team: TeamScope, account: AccountRow | None, accounts: Sequence[AccountRow]) -> None:
        self.may_import = team.allows(Permission.IMPORT_WRITE)
        self._team = team
        self._account = account
        self._has_sample = any(row.is_sample for row in accounts)

    @cached_property
    def _imports(self) -> list[ImportView]:
        views = list_imports(self._team, _MOST_IMPORTS)
        return [view for view in views if view.run.origin is not ImportOrigin.SAMPLE]

    @cached_property
    def steps(self) -> list[FirstStep]:
        """Return the steps in order."""
        was_asked = self._account is not None and self._account.export_requested_at is not None
        return [
            FirstStep(_("Create your account here"), _("Done: your data stay on this machine."), is_done=True),
            FirstStep(
                _("Ask TikTok for your export"),
                _("In the app: Settings and privacy, Account, Download your data. All data, JSON format."),
                is_done=was_asked or bool(self._imports),
                label=_("Show me how"),
                href=url_for("guide.tiktok"),
                icon="info",
            ),
            self._import_step,
            FirstStep(
                _("Look around with the sample meanwhile"),
                _("TikTok takes up to a few days. The sample is made up, and goes with one click."),
                is_done=self._has_sample,
                label=_("Load the sample account"),
                icon="play",
                loads_sample=True,
            ),
            FirstStep(
                _("Bring a second export a few weeks later"),
                _("From then on you see who came, who no longer follows you, and who only has a new name."),
                is_done=False,
            ),
        ]

    @property
    def _import_step(self) -> FirstStep:
        if self._imports:
            return FirstStep(
                _("Import the file"),
                _("Your file is here. Its import is not finished, or waits for an answer."),
                is_done=False,
                label=_("Go on"),
                href=url_for("imports.index"),
                icon="arrow-right",
            )
        return FirstStep(
            _("Import the file"),
            _("The zip as it is, within four days: longer TikTok does not keep it."),
            is_done=False,
            label=_("Import an export"),
            href=url_for("imports.index"),
            icon="upload",
        )

    @property
    def done(self) -> int:
        """Return how many steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def current(self) -> FirstStep:
        """Return the step to take now: the first that is not done."""
        return next(step for step in self.steps if not step.is_done)

    @property
    def sample_kpis(self) -> list[Kpi]:
        """Return the cards as they will look, with made-up figures."""
        return [
            make_kpi(key, value, "").with_(
                delta=None if tone is None else Delta("up", format_signed(147), _("in %(days)s days", days=28), tone)
            )
            for key, value, tone in _SAMPLE
        ]
