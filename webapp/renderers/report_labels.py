"""What the parts of a report are called: titles, days, metrics, and why something is not told."""

from __future__ import annotations

from datetime import date, time
from typing import Final

from babel import Locale

from webapp.domain.formatting import format_hour, format_month
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import instant, last_of_month
from webapp.domain.post_query import PostKind
from webapp.domain.reports import ReportHead, ReportPerson, ReportPost, ReportSection, ReportSource, Scale, Untold
from webapp.domain.sections import PLATFORM_NAMES, SECTION_LABELS, Section
from webapp.domain.text import N_
from webapp.renderers.goal_texts import GoalTexts

_TITLES: Final = {
    ReportSection.FIGURES: N_("Key figures"),
    ReportSection.NEWS: N_("What changed"),
    ReportSection.GROWTH: N_("Growth"),
    ReportSection.CHANGES: N_("Who came and who left"),
    ReportSection.POSTS: N_("Top posts"),
    ReportSection.HASHTAGS: N_("Hashtags"),
    ReportSection.TIMING: N_("Timing"),
    ReportSection.GOALS: N_("Goals"),
    ReportSection.NOTES: N_("Notes"),
    ReportSection.SOURCES: N_("Definitions and sources"),
}
_UNTOLD: Final = {
    Untold.NO_LIST: N_("No export of this account holds this list."),
    Untold.ONE_LIST: N_("It takes a second export to compare with."),
    Untold.NO_PAIR: N_("No two lists to compare lie in this period."),
    Untold.NO_LIKES: N_("The exports do not say how many likes these posts have."),
    Untold.NO_VIEWS: N_("No source holds the views of these posts."),
    Untold.NO_TITLES: N_("The exports hold no captions, so this is unknown."),
    Untold.NO_POSTS: N_("No public post was published in this period."),
    Untold.TOO_YOUNG: N_("The posts of this period are younger than 7 days: their likes still rise."),
    Untold.TOO_FEW: N_("There are not enough posts yet for an honest comparison."),
    Untold.NOT_YET: N_("This was still being worked out when the report was made."),
    Untold.NO_CLAIM: N_("This was tested, and nothing stands out reliably."),
    Untold.NOBODY_FOLLOWED: N_("The account follows nobody, so there is nothing to divide by."),
    Untold.HIDDEN: N_("This is not shown in this report."),
}
_INDEXED: Final = {
    ReportSection.FIGURES: N_(
        "Numbers are an index: 100 is the value at the beginning, that of the time before, or what posts of this "
        "account typically get."
    ),
    ReportSection.GROWTH: N_("Numbers are an index: 100 is the value at the beginning of the period."),
    ReportSection.POSTS: N_("Numbers are an index: 100 is what posts of this account typically get."),
    ReportSection.HASHTAGS: N_("Numbers are an index: 100 is what posts of this account typically get."),
    ReportSection.TIMING: N_("Numbers are shares of all posts in per cent."),
    ReportSection.GOALS: N_("Numbers are an index: 100 is the goal."),
}
_KINDS: Final = {PostKind.VIDEO: N_("Video"), PostKind.PHOTO: N_("Photo post")}
_LISTS: Final = {Section.FOLLOWERS: N_("Followers"), Section.FOLLOWING: N_("Following")}


class ReportLabels(GoalTexts):
    """The short texts of a report in one language."""

    def section_title(self, section: ReportSection) -> str:
        """Return the heading of a part."""
        return self.gettext(_TITLES[section])

    def title(self, head: ReportHead) -> str:
        """Return what the report is called."""
        return self.gettext(
            "%(platform)s report, %(period)s", platform=PLATFORM_NAMES[head.platform], period=self.period(head)
        )

    def account(self, head: ReportHead) -> str:
        """Return whose numbers they are; an empty text where readers do not learn it."""
        if head.handle is None:
            return ""
        return f"{head.display_name} (@{head.handle})" if head.display_name else f"@{head.handle}"

    def period(self, head: ReportHead) -> str:
        """Return the days of the report: a month by its name."""
        return self.days(head.first, head.last)

    def base(self, head: ReportHead) -> str:
        """Return what the period is compared with; an empty text where it is compared with nothing."""
        if head.base_last is None:
            return ""
        return self.gettext("Compared with: %(interval)s", interval=self.days(head.base_first, head.base_last))

    def days(self, first: date | None, last: date | None) -> str:
        """Return a period in words, of which either side may be open."""
        if last is None:
            return self.gettext("All time")
        if first is None:
            return self.gettext("up to %(last)s", last=self.day(last))
        if first.day == 1 and last == last_of_month(first):
            return format_month(first, self.locale, "yMMMM")
        if first == last:
            return self.day(last)
        return self.gettext("%(first)s to %(last)s", first=self.day(first), last=self.day(last))

    def data_date(self, head: ReportHead) -> str:
        """Return up to when the data reach."""
        if head.as_of is None:
            return self.gettext("No data yet")
        return self.gettext("Data of %(day)s", day=self.moment(instant(head.as_of, head.timezone)))

    def zone(self, head: ReportHead) -> str:
        """Return the time zone that the days are of."""
        return self.gettext("Time zone: %(zone)s", zone=head.timezone.replace("_", " "))

    def made(self, head: ReportHead) -> str:
        """Return when the report was made."""
        return self.gettext("Made on %(moment)s", moment=self.moment(instant(head.made_at, head.timezone)))

    def sample_note(self, head: ReportHead) -> str:
        """Return that the numbers are made up; an empty text for real ones."""
        return self.gettext("Sample data: everything in this report is made up.") if head.is_sample else ""

    def metric_label(self, metric: MetricKey) -> str:
        """Return what a number is called."""
        return self.gettext(METRICS[metric].label)

    def definition(self, metric: MetricKey) -> str:
        """Return what a number means."""
        return self.gettext(METRICS[metric].definition)

    def formula(self, metric: MetricKey) -> str:
        """Return how a number is reckoned."""
        return self.gettext(METRICS[metric].formula)

    def untold(self, reason: Untold, needs: int | None = None) -> str:
        """Return why something is not told; ``needs`` is how many posts it takes."""
        if reason is Untold.TOO_FEW and needs is not None:
            return self.ngettext(
                "An honest comparison takes %(count)s post; there are fewer so far.",
                "An honest comparison takes %(count)s posts; there are fewer so far.",
                needs,
                count=self.count(needs),
            )
        return self.gettext(_UNTOLD[reason])

    def scale_note(self, section: ReportSection, scale: Scale) -> str:
        """Return how the numbers of a part are to be read; an empty text for exact ones."""
        if scale is Scale.ROUNDED:
            return self.gettext("Numbers are rounded to their two leading digits.")
        text = _INDEXED.get(section) if scale is Scale.INDEX else None
        return self.gettext(text) if text else ""

    def list_label(self, section: Section) -> str:
        """Return the name of a list of people."""
        return self.gettext(_LISTS[section])

    def post_kind(self, kind: PostKind) -> str:
        """Return what a post is made of."""
        return self.gettext(_KINDS[kind])

    def post_title(self, post: ReportPost) -> str:
        """Return the words of a post, or that it has none."""
        return post.title or self.gettext("Without words")

    def between(self, person: ReportPerson) -> str:
        """Return when somebody came or left, as closely as the exports tell."""
        if person.first is None or person.last is None or person.first == person.last:
            day = person.last or person.first
            return "" if day is None else self.day(day)
        return self.gettext("between %(first)s and %(last)s", first=self.day(person.first), last=self.day(person.last))

    def weekday(self, weekday: int, width: str = "wide") -> str:
        """Return the name of a weekday, 0 for Monday."""
        return str(Locale.parse(self.locale).days["stand-alone"][width][weekday])

    def hour(self, hour: int) -> str:
        """Return an hour of the day as people say it; no line breaks inside."""
        return format_hour(time(hour % 24), self.locale).replace(" ", "\u00a0")

    def source(self, source: ReportSource, timezone: str) -> str:
        """Return an export by its moment and the lists that it holds; one without any tells figures of posts alone."""
        moment = self.moment(instant(source.exported_at, timezone))
        if not source.sections:
            return self.gettext("TikTok Studio, download of %(moment)s", moment=moment)
        names = ", ".join(self.gettext(SECTION_LABELS[section]) for section in source.sections)
        return self.gettext("Export of %(moment)s: %(lists)s", moment=moment, lists=names)

    def signed(self, value: float) -> str:
        """Return a whole difference with its sign."""
        return f"+{self.count(value)}" if round(value) > 0 else self.count(value)

    def signed_share(self, value: float) -> str:
        """Return a relative difference in per cent with its sign, with a decimal where it is small."""
        decimals = 1 if 0.005 <= abs(value) < 0.1 else 0
        shown = self.share(abs(value), decimals)
        return shown if abs(value) < 0.005 else f"+{shown}" if value > 0 else f"−{shown}"
