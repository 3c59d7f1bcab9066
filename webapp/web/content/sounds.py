"""The sounds of the counted posts: how often each is used and what they typically get, without any advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from webapp.analytics.content.kept import keep
from webapp.analytics.content.uses import SoundUse, count_sounds
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.web.content.listing import Listed, ListOrder, ListPage
from webapp.web.content.suggestions import Suggestions
from webapp.web.content.texts import FIRM_POSTS, count_text, day_text, typical_text
from webapp.web.figure_links import figure_href
from webapp.web.post_links import posts_href
from webapp.web.sound_texts import sound_text


@dataclass(frozen=True, slots=True)
class SoundRow:
    """A sound as the table shows it; ``interval`` is ``None`` of fewer than five posts."""

    text: str
    href: str
    is_original: bool
    is_rising: bool
    is_indicative: bool
    count: Markup
    typical: Markup
    interval: str | None
    first_used: str
    last_used: str


class SoundsPage(ListPage[SoundUse]):
    """The parts of the page, each computed when the template asks for it."""

    ENDPOINT: ClassVar[str] = "sounds.show"
    DOWNLOAD: ClassVar[str] = "sounds.download"

    @property
    def uses(self) -> Sequence[SoundUse]:
        """Return every sound of the counted posts, the most used first."""
        return count_sounds(self.table)

    @cached_property
    def listed(self) -> Listed[SoundUse]:
        """Return the sounds of the table."""
        return Listed(
            self.uses,
            self.query,
            lambda use: sound_text(use.sound),
            {
                ListOrder.USAGE: lambda use: use.posts,
                ListOrder.TYPICAL: lambda use: use.typical,
                ListOrder.FIRST: lambda use: use.first_used,
                ListOrder.LAST: lambda use: use.last_used,
            },
        )

    @cached_property
    def rows(self) -> list[SoundRow]:
        """Return the rows of the page of the table."""
        rising = {rising.key for rising in self.fit.rising_sounds}
        return [self._row(use, use.sound.public_id in rising) for use in self.listed.shown]

    @cached_property
    def suggestions(self) -> Suggestions:
        """Return what passed a test, in words."""
        return Suggestions(self.fit, self.table, self.scope.timezone)

    @property
    def without_text(self) -> str | None:
        """Return how many counted posts name no sound; ``None`` where all do."""
        table = self.table
        count = keep(table, "without sound", lambda: sum(row.sound is None for row in table.counted))
        if not count:
            return None
        text = ngettext(
            "Your export names no sound for %(count)s post that counts.",
            "Your export names no sound for %(count)s posts that count.",
            count,
            count=count_text(count),
        )
        return str(text)

    def _row(self, use: SoundUse, is_rising: bool) -> SoundRow:
        text, posts = sound_text(use.sound), self.counted_filter.with_(sound=use.sound.public_id)
        count, typical = (
            figure_href(FigureQuery(metric, posts=posts)) for metric in (MetricKey.POSTS, MetricKey.TYPICAL_LIKES)
        )
        interval = None
        if use.low is not None and use.high is not None:
            interval = str(_("%(low)s to %(high)s", low=typical_text(use.low), high=typical_text(use.high)))
        return SoundRow(
            text=text,
            href=posts_href(posts),
            is_original=use.sound.is_original,
            is_rising=is_rising,
            is_indicative=use.posts < FIRM_POSTS,
            count=self.opened(count_text(use.posts), count, f"{text}, n"),
            typical=self.opened(typical_text(use.typical), typical, f"{text}, {_('Typical likes')}"),
            interval=interval,
            first_used=day_text(use.first_used, self.scope.timezone),
            last_used=day_text(use.last_used, self.scope.timezone),
        )
