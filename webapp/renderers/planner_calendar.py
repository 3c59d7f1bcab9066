"""Write what is planned of an account as a calendar that others subscribe to, in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from webapp.analytics.planner import PlanRow
from webapp.domain.period import instant
from webapp.domain.planner import PlanDraft, PlanExpected, PlanState
from webapp.domain.post_titles import shortened
from webapp.domain.redaction import Redaction
from webapp.domain.text import N_
from webapp.renderers.calendar import EventStatus, TimedEvent, render_feed
from webapp.renderers.words import Words

_MOST_TITLE: Final = 80
_STATUS: Final = {
    PlanState.IDEA: EventStatus.TENTATIVE,
    PlanState.PLANNED: EventStatus.CONFIRMED,
    PlanState.PUBLISHED: EventStatus.CONFIRMED,
    PlanState.DROPPED: EventStatus.CANCELLED,
}
_SUMMARIES: Final = {
    PlanState.IDEA: N_("Idea: %(post)s"),
    PlanState.PLANNED: N_("Post: %(post)s"),
    PlanState.PUBLISHED: N_("Published: %(post)s"),
    PlanState.DROPPED: N_("Dropped: %(post)s"),
}


class PlannerCalendar(Words):
    """The calendar of an account for one reader: ``redaction`` is what is kept from them, ``link`` leads to a plan.

    ``host`` makes the names of events unlike those of other installations.
    """

    def __init__(
        self, locale: str, handle: str, timezone: str, redaction: Redaction, link: Callable[[str], str], host: str
    ) -> None:
        super().__init__(locale)
        self.handle, self.timezone, self.redaction = handle, timezone, redaction
        self.link, self.host = link, host

    def render(self, rows: Iterable[PlanRow]) -> bytes:
        """Return the calendar; ideas without a time are in none."""
        name = self.gettext("Planned posts of @%(handle)s", handle=self.handle)
        events = [self._event(row, row.draft.planned_at) for row in rows if row.draft.planned_at is not None]
        return render_feed(name, self.gettext("TikTok Analytics"), self.timezone, events)

    def _event(self, row: PlanRow, planned_at: int) -> TimedEvent:
        draft = row.draft
        return TimedEvent(
            uid=f"plan-{row.public_id}@{self.host}",
            at=instant(planned_at),
            summary=self.gettext(_SUMMARIES[draft.state], post=self._name(draft)),
            description="\n".join(self._lines(row)),
            url=self.link(row.public_id),
            status=_STATUS[draft.state],
            sequence=row.sequence,
            changed_at=row.changed_at,
        )

    def _name(self, draft: PlanDraft) -> str:
        title = shortened(self.redaction.caption(draft.title), _MOST_TITLE)
        return title or " ".join(f"#{tag}" for tag in draft.hashtags) or self.gettext("without a title")

    def _lines(self, row: PlanRow) -> Iterable[str]:
        draft = row.draft
        title = self.redaction.caption(draft.title)
        if len(title) > _MOST_TITLE:
            yield title
        if draft.hashtags and title:
            yield " ".join(f"#{tag}" for tag in draft.hashtags)
        if row.sound_name or draft.sound_text:
            yield self.gettext("Sound: %(name)s", name=row.sound_name or self.redaction.remark(draft.sound_text))
        if row.expected is not None and row.expected.low is not None and row.expected.high is not None:
            yield self._expected(row.expected, row.expected.low, row.expected.high)
        if draft.notes:
            yield self.redaction.remark(draft.notes)

    def _expected(self, expected: PlanExpected, low: int, high: int) -> str:
        return self.gettext(
            "Expected when it was planned: %(low)s to %(high)s likes (8 times in 10; from %(posts)s posts).",
            low=self.count(low),
            high=self.count(high),
            posts=self.count(expected.posts),
        )
