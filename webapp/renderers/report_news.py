"""What changed, in sentences: one for each code."""

from __future__ import annotations

from webapp.domain.reports import GoalMetric, NewsCode, NewsItem, Scale
from webapp.renderers.goal_texts import METRIC_OF
from webapp.renderers.report_readings import ReportReadings


class ReportNews(ReportReadings):
    """The sentences about what changed, in one language."""

    def news(self, item: NewsItem) -> str:
        """Return the sentence of something that changed."""
        said = {
            NewsCode.MORE_FOLLOWERS: self._more_followers,
            NewsCode.FEWER_FOLLOWERS: self._fewer_followers,
            NewsCode.SAME_FOLLOWERS: self._same_followers,
            NewsCode.LEFT: self._left,
            NewsCode.CAME_BACK: self._came_back,
            NewsCode.MILESTONE: self._milestone,
            NewsCode.PEAK: self._peak,
            NewsCode.BEST_POST: self._best_post,
            NewsCode.MORE_POSTS: self._posts_changed,
            NewsCode.FEWER_POSTS: self._posts_changed,
            NewsCode.LIKES_UP: self._likes_changed,
            NewsCode.LIKES_DOWN: self._likes_changed,
            NewsCode.RISING_TAG: self._rising_tag,
            NewsCode.GOAL_MET: self._goal_met,
            NewsCode.GOAL_MISSED: self._goal_missed,
            NewsCode.NO_NEW_DATA: self._no_new_data,
        }
        return said[item.code](item)

    def _more_followers(self, item: NewsItem) -> str:
        told = self._days(item)
        if item.scale is Scale.INDEX:
            return self.gettext("The account has more followers than on %(first)s: %(share)s.", **told)
        return self.ngettext(
            "%(count)s more follower, between %(first)s and %(last)s.",
            "%(count)s more followers, between %(first)s and %(last)s.",
            round(abs(item.value or 0)),
            **told,
        )

    def _fewer_followers(self, item: NewsItem) -> str:
        told = self._days(item)
        if item.scale is Scale.INDEX:
            return self.gettext("The account has fewer followers than on %(first)s: %(share)s.", **told)
        return self.ngettext(
            "%(count)s fewer follower, between %(first)s and %(last)s.",
            "%(count)s fewer followers, between %(first)s and %(last)s.",
            round(abs(item.value or 0)),
            **told,
        )

    def _same_followers(self, item: NewsItem) -> str:
        return self.gettext("As many followers on %(last)s as on %(first)s.", **self._days(item))

    def _left(self, item: NewsItem) -> str:
        return self.ngettext(
            "%(count)s person no longer follows the account.",
            "%(count)s people no longer follow the account.",
            round(item.value or 0),
            count=self.count(item.value or 0),
        )

    def _came_back(self, item: NewsItem) -> str:
        return self.ngettext(
            "%(count)s person who had left came back.",
            "%(count)s people who had left came back.",
            round(item.value or 0),
            count=self.count(item.value or 0),
        )

    def _milestone(self, item: NewsItem) -> str:
        return self.gettext(
            "%(count)s followers, reached on %(day)s at the latest.",
            count=self.count(item.value or 0),
            day=self._day(item),
        )

    def _peak(self, item: NewsItem) -> str:
        if item.scale is Scale.INDEX:
            return self.gettext("Far more people than usual followed on %(day)s.", day=self._day(item))
        return self.gettext(
            "On %(day)s %(count)s people followed instead of about %(usual)s.",
            day=self._day(item),
            count=self.count(item.value or 0),
            usual=self.count(item.other or 0),
        )

    def _best_post(self, item: NewsItem) -> str:
        told = {"day": self._day(item), "title": item.text, "count": self.count(item.value or 0)}
        if item.scale is Scale.INDEX:
            if item.text:
                return self.gettext("The post of %(day)s got the most likes: “%(title)s”", **told)
            return self.gettext("The post of %(day)s got the most likes.", **told)
        if item.text:
            return self.gettext("The post of %(day)s got the most likes, %(count)s: “%(title)s”", **told)
        return self.gettext("The post of %(day)s got the most likes: %(count)s.", **told)

    def _posts_changed(self, item: NewsItem) -> str:
        if item.scale is Scale.INDEX:
            if item.code is NewsCode.MORE_POSTS:
                return self.gettext("More posts were published than in the time before.")
            return self.gettext("Fewer posts were published than in the time before.")
        return self.ngettext(
            "%(count)s post was published, after %(before)s in the time before.",
            "%(count)s posts were published, after %(before)s in the time before.",
            round(item.value or 0),
            count=self.count(item.value or 0),
            before=self.count(item.other or 0),
        )

    def _likes_changed(self, item: NewsItem) -> str:
        return self.gettext(
            "Typical likes of a post: %(change)s against the time before.", change=self.signed_share(item.value or 0)
        )

    def _rising_tag(self, item: NewsItem) -> str:
        return self.gettext("#%(tag)s is used more often lately.", tag=item.text)

    def _goal_met(self, item: NewsItem) -> str:
        return self.gettext("Goal met: %(goal)s.", goal=self._goal(item))

    def _goal_missed(self, item: NewsItem) -> str:
        return self.gettext("Goal missed: %(goal)s.", goal=self._goal(item))

    def _no_new_data(self, item: NewsItem) -> str:
        return self.gettext("Nothing was imported since %(day)s.", day=self._day(item))

    def _goal(self, item: NewsItem) -> str:
        metric = GoalMetric(item.text)
        label = self.goal_label(metric)
        return label if item.value is None else f"{label} ({self.metric(METRIC_OF[metric], item.value)})"

    def _days(self, item: NewsItem) -> dict[str, str]:
        return {
            "count": self.count(abs(item.value or 0)),
            "share": self.signed_share((item.value or 0) / 100 - 1),
            "first": "" if item.first is None else self.day(item.first),
            "last": "" if item.last is None else self.day(item.last),
        }

    def _day(self, item: NewsItem) -> str:
        return "" if item.first is None else self.day(item.first)
