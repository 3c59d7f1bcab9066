"""What the tabs of the analysis of posts share: the posts, what tests say of them, and why there may be nothing."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any, ClassVar

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.content.fit import ContentFit
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.kept import keep
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.standing import Uncounted, why_uncounted
from webapp.analytics.content.table import PostTable
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter
from webapp.domain.scope import Scope
from webapp.web.audience_tabs import Tab
from webapp.web.content.texts import day_text
from webapp.web.content_tabs import content_analysis_tabs, content_tabs
from webapp.web.links import page_address
from webapp.web.uncounted_texts import counted_text, uncounted_texts


class AnalysisPage:
    """The parts that every tab has; those of one tab are computed when its template asks for them."""

    ENDPOINT: ClassVar[str]
    DOWNLOAD: ClassVar[str]

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @cached_property
    def found_table(self) -> PostTable | None:
        """Return the posts; ``None`` where no export holds the list."""
        return find_posts(self.scope)

    @property
    def table(self) -> PostTable:
        """Return the posts of an account that has their list."""
        if self.found_table is None:
            raise TypeError("there is nothing to tell where no export holds the list of posts")
        return self.found_table

    @cached_property
    def found_fit(self) -> ContentFit | None:
        """Return what tests say of the posts; ``None`` while a job works it out."""
        return find_fit(self.scope)

    @property
    def fit(self) -> ContentFit:
        """Return what tests say of the posts, of an account for which it is worked out."""
        return self.found_fit or ContentFit()

    @property
    def is_empty(self) -> bool:
        """Return whether no export holds the list of posts."""
        return self.found_table is None

    @property
    def has_job(self) -> bool:
        """Return whether a job works something out, so that the page should ask again."""
        return self.found_fit is None

    @property
    def has_counted(self) -> bool:
        """Return whether there is any post that statistics speak of."""
        return bool(self.table.counted)

    @property
    def open_filter(self) -> PostFilter:
        """Return the filter of all posts in the account's zone."""
        return PostFilter(Period(None, None, self.scope.timezone))

    @cached_property
    def counted_filter(self) -> PostFilter:
        """Return the filter of the posts that statistics speak of."""
        return self.open_filter.with_(counted=True)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about posts."""
        return content_tabs("performance.show")

    @property
    def analysis_tabs(self) -> list[Tab]:
        """Return the tabs of the analysis."""
        return content_analysis_tabs(self.ENDPOINT)

    @property
    def as_of_text(self) -> str:
        """Return of which day the figures are."""
        return str(_("Data of %(day)s", day=day_text(self.table.as_of, self.scope.timezone)))

    @property
    def counted_text(self) -> str:
        """Return how many posts count."""
        return counted_text(len(self.table.counted))

    @property
    def left_out(self) -> list[str]:
        """Return how many posts do not count, and why."""
        return uncounted_texts(keep(self.table, why_uncounted, self._count_left_out))

    def _count_left_out(self) -> dict[Uncounted, int]:
        found = Counter(why_uncounted(self.table, row) for row in self.table.uncounted)
        return {why: count for why, count in found.items() if why is not None}

    def to_args(self) -> dict[str, str]:
        """Return the arguments of this view, defaults left out."""
        return {}

    @property
    def href(self) -> str:
        """Return the address of this view."""
        return self.address()

    def address(self, **changes: str | None) -> str:
        """Return the address of this page with other arguments."""
        arguments = {**self.to_args(), **changes}
        return page_address(self.ENDPOINT, {name: value for name, value in arguments.items() if value})

    def csv_href(self, table: str, dialect: str) -> str:
        """Return the address of the download of one of the tables."""
        arguments: dict[str, Any] = {**self.to_args(), "table": table, "dialect": dialect or None}
        return url_for(self.DOWNLOAD, **arguments)
