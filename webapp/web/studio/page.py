"""The page of TikTok Studio, each part computed when the template asks for it."""

from __future__ import annotations

from functools import cached_property

from flask import url_for
from flask_babel import ngettext

from webapp.analytics.content.studio import (
    DayFigures,
    count_downloads,
    find_active_hours,
    find_days,
    find_shares,
)
from webapp.domain.formatting import format_count
from webapp.domain.scope import Permission, Scope
from webapp.models import AudienceTrait
from webapp.web.audience_tabs import Tab
from webapp.web.content_tabs import content_tabs
from webapp.web.i18n import locale
from webapp.web.studio.audience import HourTable, ShareBars
from webapp.web.studio.charts import DayCharts
from webapp.web.studio.videos import VideoList


class StudioPage:
    """What the downloads of one account say."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.can_import = scope.allows(Permission.IMPORT_WRITE)
        self.videos = VideoList(scope)

    @property
    def tabs(self) -> list[Tab]:
        """Return the tabs of the room."""
        return content_tabs("studio.show")

    @cached_property
    def downloads(self) -> int:
        """Return how many downloads there are."""
        return count_downloads(self.scope)

    @property
    def lead(self) -> str:
        """Return what the page is made of."""
        text = ngettext(
            "From %(count)s download of TikTok Studio. Of figures that several state, the newest counts.",
            "From %(count)s downloads of TikTok Studio. Of figures that several state, the newest counts.",
            self.downloads,
            count=format_count(self.downloads, locale()),
        )
        return str(text)

    @cached_property
    def days(self) -> list[DayFigures]:
        """Return the figures of days, oldest first."""
        return find_days(self.scope)

    @cached_property
    def charts(self) -> DayCharts:
        """Return them as charts."""
        return DayCharts(self.days)

    @cached_property
    def hours(self) -> HourTable:
        """Return when followers were active."""
        return HourTable(find_active_hours(self.scope))

    @cached_property
    def gender(self) -> ShareBars:
        """Return the followers by gender."""
        return ShareBars(AudienceTrait.GENDER, find_shares(self.scope, AudienceTrait.GENDER), self.scope.timezone)

    @cached_property
    def territories(self) -> ShareBars:
        """Return the followers by territory."""
        return ShareBars(AudienceTrait.TERRITORY, find_shares(self.scope, AudienceTrait.TERRITORY), self.scope.timezone)

    @property
    def poll_href(self) -> str:
        """Return the address that brings the videos anew without counting as a sign of life."""
        return url_for("studio.show", poll=1)

    def csv_href(self, table: str, dialect: str) -> str:
        """Return the address of a download."""
        return url_for("studio.download", table=table, dialect=dialect or None)
