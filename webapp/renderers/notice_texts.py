"""Notifications in words: the same in the list, in a mail and on a device. No cause is ever named.

The words never name the account; whoever shows several says which one it is. A reader who may not know what it is about
gets a sentence without it (`Told.subject`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from webapp.domain.browser_names import name_browser
from webapp.domain.data_exports import ExportContent
from webapp.domain.formatting import format_month, format_times
from webapp.domain.notifications import NoticeKind, NoticeType, Told
from webapp.domain.period import instant
from webapp.domain.post_titles import shortened
from webapp.domain.redaction import called
from webapp.domain.reports import GoalMetric
from webapp.domain.scope import Role
from webapp.domain.text import N_
from webapp.renderers.export_readme import CONTENT_TEXTS
from webapp.renderers.goal_texts import METRIC_OF, GoalTexts

_LONGEST_TITLE: Final = 80
_LONGEST_NAME: Final = 60
# So many of a group are named.
_NAMED: Final = 3

_TYPES: Final[Mapping[NoticeType, str]] = {
    NoticeType.MILESTONE: N_("Milestones of likes and views"),
    NoticeType.FOLLOWER_MILESTONE: N_("Milestones of followers"),
    NoticeType.TREND: N_("Rising hashtags and sounds"),
    NoticeType.ANOMALY: N_("What stands out"),
    NoticeType.MUTUAL: N_("Important people who become mutual"),
    NoticeType.IMPORT: N_("Imports"),
    NoticeType.REPORT: N_("Reports and downloads"),
    NoticeType.LINK: N_("Public links about to expire"),
    NoticeType.GOAL: N_("Goals"),
    NoticeType.SECURITY: N_("Security"),
}
_KINDS: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.POST_LIKES: N_("Likes of a post"),
    NoticeKind.POST_VIEWS: N_("Views of a post"),
    NoticeKind.ACCOUNT_LIKES: N_("Likes of all posts"),
    NoticeKind.ACCOUNT_VIEWS: N_("Views of all posts"),
    NoticeKind.FOLLOWERS: N_("Number of followers"),
    NoticeKind.RISING_HASHTAG: N_("Rising hashtags"),
    NoticeKind.RISING_SOUND: N_("Rising sounds"),
    NoticeKind.POST_PEAK: N_("Exceptional peaks"),
    NoticeKind.POST_FLOP: N_("Exceptional flops"),
    NoticeKind.ENGAGEMENT_RISE: N_("Posts get more than before"),
    NoticeKind.ENGAGEMENT_DROP: N_("Posts get less than before"),
    NoticeKind.FOLLOWER_PEAK: N_("Many new followers"),
    NoticeKind.FOLLOWER_DROP: N_("More followers lost than usual"),
    NoticeKind.NEW_MUTUAL: N_("Important people who become mutual"),
    NoticeKind.IMPORT_DONE: N_("Import done"),
    NoticeKind.IMPORT_HELD: N_("Import waits for an answer"),
    NoticeKind.IMPORT_FAILED: N_("Import failed"),
    NoticeKind.REPORT_READY: N_("Report ready"),
    NoticeKind.REPORT_FAILED: N_("Report could not be made"),
    NoticeKind.DOWNLOAD_READY: N_("Download ready"),
    NoticeKind.LINK_EXPIRING: N_("Public link about to expire"),
    NoticeKind.GOAL_MET: N_("Goal met"),
    NoticeKind.GOAL_MISSED: N_("Goal missed"),
    NoticeKind.NEW_DEVICE: N_("New browser"),
    NoticeKind.ROLE_CHANGED: N_("Role changed"),
}
# Of a group there are at least two.
_MANY: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.POST_LIKES: N_("%(count)s posts reached %(threshold)s likes"),
    NoticeKind.POST_VIEWS: N_("%(count)s posts reached %(threshold)s views"),
    NoticeKind.RISING_HASHTAG: N_("%(count)s hashtags are used more often lately"),
    NoticeKind.RISING_SOUND: N_("%(count)s sounds are used more often lately"),
    NoticeKind.POST_PEAK: N_("%(count)s posts got far more likes than expected"),
    NoticeKind.POST_FLOP: N_("%(count)s posts got far fewer likes than expected"),
    NoticeKind.FOLLOWER_PEAK: N_("%(count)s days with many new followers"),
    NoticeKind.NEW_MUTUAL: N_("You and %(count)s people whom you marked follow each other now"),
    NoticeKind.IMPORT_DONE: N_("%(count)s imports are done"),
    NoticeKind.IMPORT_HELD: N_("%(count)s imports wait for your answer"),
    NoticeKind.IMPORT_FAILED: N_("%(count)s files were not imported"),
    NoticeKind.REPORT_READY: N_("%(count)s reports are ready"),
    NoticeKind.REPORT_FAILED: N_("%(count)s reports could not be made"),
    NoticeKind.DOWNLOAD_READY: N_("%(count)s downloads are ready"),
    NoticeKind.LINK_EXPIRING: N_("%(count)s public links are about to expire"),
    NoticeKind.GOAL_MET: N_("%(count)s goals met"),
    NoticeKind.GOAL_MISSED: N_("%(count)s goals missed"),
}
_ROLES: Final[Mapping[Role, str]] = {
    Role.VIEWER: N_("Your role is viewer: you look at everything and change nothing."),
    Role.EDITOR: N_("Your role is editor: you also import exports, and write notes and marks."),
    Role.ADMIN: N_("Your role is admin: you also decide about members, accounts and the team."),
}


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What is said: a title that says it all in a few words, and a sentence or two more, which may be empty."""

    title: str
    body: str


class NoticeTexts(GoalTexts):
    """What a language says of notifications."""

    def type_label(self, kind: NoticeType) -> str:
        """Return what channels are chosen for."""
        return self.gettext(_TYPES[kind])

    def kind_label(self, kind: NoticeKind) -> str:
        """Return what a kind is called where rules are set for it."""
        return self.gettext(_KINDS[kind])

    def one(self, told: Told) -> NoticeText:
        """Return one notification in words."""
        said = {
            NoticeKind.POST_LIKES: self._post_likes,
            NoticeKind.POST_VIEWS: self._post_views,
            NoticeKind.ACCOUNT_LIKES: self._account_likes,
            NoticeKind.ACCOUNT_VIEWS: self._account_views,
            NoticeKind.FOLLOWERS: self._followers,
            NoticeKind.RISING_HASHTAG: self._rising_hashtag,
            NoticeKind.RISING_SOUND: self._rising_sound,
            NoticeKind.POST_PEAK: self._post_peak,
            NoticeKind.POST_FLOP: self._post_flop,
            NoticeKind.ENGAGEMENT_RISE: self._engagement_rise,
            NoticeKind.ENGAGEMENT_DROP: self._engagement_drop,
            NoticeKind.FOLLOWER_PEAK: self._follower_peak,
            NoticeKind.FOLLOWER_DROP: self._follower_drop,
            NoticeKind.NEW_MUTUAL: self._new_mutual,
            NoticeKind.IMPORT_DONE: self._import_done,
            NoticeKind.IMPORT_HELD: self._import_held,
            NoticeKind.IMPORT_FAILED: self._import_failed,
            NoticeKind.REPORT_READY: self._report_ready,
            NoticeKind.REPORT_FAILED: self._report_failed,
            NoticeKind.DOWNLOAD_READY: self._download_ready,
            NoticeKind.LINK_EXPIRING: self._link_expiring,
            NoticeKind.GOAL_MET: self._goal_met,
            NoticeKind.GOAL_MISSED: self._goal_missed,
            NoticeKind.NEW_DEVICE: self._new_device,
            NoticeKind.ROLE_CHANGED: self._role_changed,
        }
        return said[told.kind](told)

    def many(self, tolds: Sequence[Told]) -> NoticeText:
        """Return a group of `webapp.domain.notice_groups` in words; one alone is told as such."""
        if len(tolds) == 1:
            return self.one(tolds[0])
        values = {"count": self.count(len(tolds)), **self._threshold(tolds[0])}
        return NoticeText(self.gettext(_MANY[tolds[0].kind], **values), self._names(tolds))

    # ---- what exports show ----

    def _post_likes(self, told: Told) -> NoticeText:
        title = self.gettext("A post reached %(threshold)s likes", **self._threshold(told))
        said = self.gettext(
            "%(count)s likes in the export of %(day)s, reached by then at the latest.", **self._counted(told)
        )
        return NoticeText(title, self._of_subject(told, said))

    def _post_views(self, told: Told) -> NoticeText:
        title = self.gettext("A post reached %(threshold)s views", **self._threshold(told))
        said = self.gettext(
            "%(count)s views in the export of %(day)s, reached by then at the latest.", **self._counted(told)
        )
        return NoticeText(title, self._of_subject(told, said))

    def _account_likes(self, told: Told) -> NoticeText:
        return NoticeText(
            self.gettext("All posts together reached %(threshold)s likes", **self._threshold(told)),
            self.gettext(
                "%(count)s likes in the export of %(day)s, reached by then at the latest.", **self._counted(told)
            ),
        )

    def _account_views(self, told: Told) -> NoticeText:
        return NoticeText(
            self.gettext("All posts together reached %(threshold)s views", **self._threshold(told)),
            self.gettext(
                "%(count)s views in the export of %(day)s, reached by then at the latest.", **self._counted(told)
            ),
        )

    def _followers(self, told: Told) -> NoticeText:
        return NoticeText(
            self.gettext("%(threshold)s followers reached", **self._threshold(told)),
            self.gettext("%(count)s followers, reached on %(day)s at the latest.", **self._counted(told)),
        )

    def _rising_hashtag(self, told: Told) -> NoticeText:
        title = self.gettext("#%(tag)s is used more often lately", tag=_tag(told))
        return NoticeText(title, self._rising(told))

    def _rising_sound(self, told: Told) -> NoticeText:
        sound = self._sound(told)
        if not sound:
            return NoticeText(self.gettext("A sound is used more often lately"), self._rising(told))
        return NoticeText(self.gettext("“%(sound)s” is used more often lately", sound=sound), self._rising(told))

    def _sound(self, told: Told) -> str:
        """Return how a sound is called; of an original one the subject is its author alone."""
        name = shortened(told.subject, _LONGEST_NAME)
        if not told.params.get("is_original"):
            return name
        return self.gettext("Original sound of %(author)s", author=name) if name else self.gettext("Original sound")

    def _rising(self, told: Told) -> str:
        return self.gettext(
            "In %(recent)s of the newest %(of_recent)s posts that count, in %(earlier)s of the %(of_earlier)s before.",
            **{name: self.count(told.params[name]) for name in ("recent", "of_recent", "earlier", "of_earlier")},
        )

    def _post_peak(self, told: Told) -> NoticeText:
        return NoticeText(self.gettext("A post got far more likes than expected"), self._of_subject_expected(told))

    def _post_flop(self, told: Told) -> NoticeText:
        return NoticeText(self.gettext("A post got far fewer likes than expected"), self._of_subject_expected(told))

    def _of_subject_expected(self, told: Told) -> str:
        values = told.params
        said = self.ngettext(
            "%(likes)s like; %(low)s to %(high)s were expected (8 times in 10).",
            "%(likes)s likes; %(low)s to %(high)s were expected (8 times in 10).",
            round(values["likes"]),
            **{name: self.count(values[name]) for name in ("likes", "low", "high")},
        )
        return self._of_subject(told, said)

    def _engagement_rise(self, told: Told) -> NoticeText:
        said = self.gettext(
            "From about %(day)s on your posts typically got %(times)s times what was usual before (indicative, "
            "n = %(count)s posts).",
            **self._changed(told),
        )
        return NoticeText(self.gettext("Posts get more than before"), said)

    def _engagement_drop(self, told: Told) -> NoticeText:
        said = self.gettext(
            "From about %(day)s on your posts typically got what was usual before ÷ %(times)s (indicative, "
            "n = %(count)s posts).",
            **self._changed(told),
        )
        return NoticeText(self.gettext("Posts get less than before"), said)

    def _changed(self, told: Told) -> dict[str, str]:
        factor = told.params["factor"]
        return {
            "day": self._day(told),
            "times": format_times(max(factor, 1 / factor), self.locale),
            "count": self.count(told.params["posts"]),
        }

    def _follower_peak(self, told: Told) -> NoticeText:
        said = self.ngettext(
            "%(came)s person began to follow you on %(day)s; %(usual)s are usual on such a day.",
            "%(came)s people began to follow you on %(day)s; %(usual)s are usual on such a day.",
            round(told.params["gained"]),
            day=self._day(told),
            came=self.count(told.params["gained"]),
            usual=self._usual(told.params["expected"]),
        )
        return NoticeText(self.gettext("Many new followers"), said)

    def _follower_drop(self, told: Told) -> NoticeText:
        said = self.ngettext(
            "%(lost)s person who followed you on %(first)s no longer did on %(last)s; %(usual)s are usual in "
            "such a time.",
            "%(lost)s people who followed you on %(first)s no longer did on %(last)s; %(usual)s are usual in "
            "such a time.",
            round(told.params["lost"]),
            first=self._day(told, "first"),
            last=self._day(told, "last"),
            lost=self.count(told.params["lost"]),
            usual=self._usual(told.params["usual"]),
        )
        return NoticeText(self.gettext("More followers lost than usual"), said)

    def _new_mutual(self, told: Told) -> NoticeText:
        said = self.gettext(
            "You marked them, and both of your lists hold the other in the export of %(day)s.", day=self._day(told)
        )
        if not told.subject:
            return NoticeText(self.gettext("You and somebody whom you marked follow each other now"), said)
        return NoticeText(self.gettext("You and @%(name)s follow each other now", name=called(told.subject)), said)

    # ---- what was asked for ----

    def _import_done(self, told: Told) -> NoticeText:
        said = self.gettext("%(file)s was imported; your figures are up to date.", file=_file(told))
        return NoticeText(self.gettext("An import is done"), said)

    def _import_held(self, told: Told) -> NoticeText:
        return NoticeText(
            self.gettext("An import waits for your answer"),
            self.gettext(
                "Something in %(file)s only a person can decide. Until then your figures stay as they are.",
                file=_file(told),
            ),
        )

    def _import_failed(self, told: Told) -> NoticeText:
        return NoticeText(
            self.gettext("A file was not imported"),
            self.gettext("The page of %(file)s says what was wrong with it, and what to do.", file=_file(told)),
        )

    def _report_ready(self, told: Told) -> NoticeText:
        return NoticeText(self.gettext("A report is ready"), _title(told))

    def _report_failed(self, told: Told) -> NoticeText:
        return NoticeText(self.gettext("A report could not be made"), _title(told))

    def _download_ready(self, told: Told) -> NoticeText:
        return NoticeText(self.gettext("A download is ready"), self._content(told))

    def _link_expiring(self, told: Told) -> NoticeText:
        until = self.moment(instant(told.params["expires_at"], told.timezone))
        title = self.gettext("A public link is about to expire")
        if _title(told):
            said = self.gettext("“%(title)s” opens until %(moment)s.", title=_title(told), moment=until)
            return NoticeText(title, said)
        return NoticeText(title, self.gettext("It opens until %(moment)s.", moment=until))

    def _goal_met(self, told: Told) -> NoticeText:
        return NoticeText(self.gettext("Goal met: %(goal)s", goal=self._goal(told)), self._reached(told))

    def _goal_missed(self, told: Told) -> NoticeText:
        return NoticeText(self.gettext("Goal missed: %(goal)s", goal=self._goal(told)), self._reached(told))

    def _goal(self, told: Told) -> str:
        month = format_month(date.fromisoformat(told.params["month"]), self.locale, "yMMMM")
        return f"{self.goal_label(GoalMetric(told.params['metric']))}, {month}"

    def _reached(self, told: Told) -> str:
        metric = METRIC_OF[GoalMetric(told.params["metric"])]
        return self.gettext(
            "%(actual)s; the goal was %(target)s.",
            actual=self.metric(metric, told.params["actual"]),
            target=self.metric(metric, told.params["target"]),
        )

    # ---- what is about the person alone ----

    def _new_device(self, told: Told) -> NoticeText:
        agent = str(told.params["browser"])
        said = self.gettext(
            "%(browser)s, from the address %(ip)s. If this was not you, choose a new password at once.",
            browser=name_browser(agent) or shortened(agent, _LONGEST_NAME) or "–",
            ip=told.params["ip"] or "–",
        )
        return NoticeText(self.gettext("A new browser signed in to your account"), said)

    def _role_changed(self, told: Told) -> NoticeText:
        title = self.gettext("What you may do in the team %(team)s changed", team=told.params["team"])
        return NoticeText(title, self.gettext(_ROLES[Role(told.params["role"])]))

    # ---- the parts ----

    def _threshold(self, told: Told) -> dict[str, str]:
        threshold = told.params.get("threshold")
        return {} if threshold is None else {"threshold": self.count(threshold)}

    def _counted(self, told: Told) -> dict[str, str]:
        return {"count": self.count(told.params["count"]), "day": self._day(told)}

    def _day(self, told: Told, name: str = "day") -> str:
        return self.day(date.fromisoformat(told.params[name]))

    def _usual(self, people: float) -> str:
        return self.gettext("under 1") if people < 1 else self.gettext("about %(count)s", count=self.count(people))

    def _content(self, told: Told) -> str:
        return self.gettext(CONTENT_TEXTS[ExportContent(told.params["content"])])

    def _quoted(self, text: str) -> str:
        return self.gettext("“%(title)s”", title=shortened(text, _LONGEST_TITLE)) if text else ""

    def _of_subject(self, told: Told, said: str) -> str:
        if not told.subject:
            return said
        return self.gettext("%(title)s: %(said)s", title=self._quoted(told.subject), said=said)

    def _names(self, tolds: Sequence[Told]) -> str:
        """Return what the first ones of a group are about, and how many more there are; empty where it is untold."""
        names = list(dict.fromkeys(name for told in tolds if (name := self._name(told))))
        shown = ", ".join(names[:_NAMED])
        more = len(names) - _NAMED
        if more <= 0:
            return shown
        return self.ngettext(
            "%(names)s and %(count)s more", "%(names)s and %(count)s more", more, names=shown, count=self.count(more)
        )

    def _name(self, told: Told) -> str:
        """Return what a notification of a group is about, in a few words."""
        match told.kind:
            case NoticeKind.NEW_MUTUAL:
                return f"@{called(told.subject)}" if told.subject else ""
            case NoticeKind.RISING_HASHTAG:
                return f"#{_tag(told)}"
            case NoticeKind.RISING_SOUND:
                return self._sound(told)
            case NoticeKind.FOLLOWER_PEAK:
                return self._day(told)
            case NoticeKind.IMPORT_DONE | NoticeKind.IMPORT_HELD | NoticeKind.IMPORT_FAILED:
                return _file(told)
            case NoticeKind.REPORT_READY | NoticeKind.REPORT_FAILED | NoticeKind.LINK_EXPIRING:
                return self._quoted(_title(told))
            case NoticeKind.DOWNLOAD_READY:
                return self._content(told)
            case NoticeKind.GOAL_MET | NoticeKind.GOAL_MISSED:
                return self._goal(told)
            case _:
                return self._quoted(told.subject)


def _tag(told: Told) -> str:
    return str(told.params["tag"]).lstrip("#＃")


def _file(told: Told) -> str:
    return shortened(str(told.params["file"]), _LONGEST_NAME)


def _title(told: Told) -> str:
    return shortened(str(told.params["title"]), _LONGEST_TITLE)
