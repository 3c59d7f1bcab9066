"""When posts were published, and whether any time of the week stands out."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Final

from flask_babel import gettext as _

from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.web.audience_tabs import Tab
from webapp.web.content.families import FamilyKey, GroupTable
from webapp.web.content.heat import HeatTable, Shown
from webapp.web.content.page import AnalysisPage
from webapp.web.content.texts import count_text

_SHOWN: Final[dict[Shown, str]] = {Shown.COUNTS: N_("Posts"), Shown.TYPICAL: N_("Typical likes")}


class TimingPage(AnalysisPage):
    """The parts of the page, each computed when the template asks for it."""

    ENDPOINT: ClassVar[str] = "timing.show"
    DOWNLOAD: ClassVar[str] = "timing.download"

    def __init__(self, scope: Scope, shown: Shown = Shown.COUNTS) -> None:
        super().__init__(scope)
        self.shown = shown

    def to_args(self) -> dict[str, str]:
        """Return the arguments of this view, defaults left out."""
        return {} if self.shown is Shown.COUNTS else {"show": self.shown.value}

    @property
    def zone(self) -> str:
        """Return the time zone of the account."""
        return self.scope.timezone.replace("_", " ")

    @cached_property
    def heat(self) -> HeatTable:
        """Return the table of weekdays and hours."""
        return HeatTable(self.fit.likes.cells, self.shown, self.counted_filter)

    @property
    def views(self) -> list[Tab]:
        """Return what the cells can hold."""
        return [
            Tab(str(_(label)), self.address(show=None if each is Shown.COUNTS else each.value), each is self.shown)
            for each, label in _SHOWN.items()
        ]

    @cached_property
    def slots(self) -> GroupTable:
        """Return the times of day."""
        return GroupTable(FamilyKey.SLOTS, self.fit.likes, self.counted_filter)

    @cached_property
    def weekdays(self) -> GroupTable:
        """Return the weekdays."""
        return GroupTable(FamilyKey.WEEKDAYS, self.fit.likes, self.counted_filter)

    @property
    def experiment(self) -> str | None:
        """Return what would tell whether two times differ; ``None`` where a time stands out or too little is known."""
        family = self.fit.likes.slots
        if family.claims or not family.power_posts:
            return None
        return str(
            _(
                "To find out for certain, choose two times and let a coin decide between them for each of your next "
                "%(posts)s posts, then look here again.",
                posts=count_text(2 * family.power_posts),
            )
        )
