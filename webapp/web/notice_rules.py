"""Rules of notifications: which kinds the team is told of for an account, and how much each takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.notice_rules import RuleRow, list_rules
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.formatting import format_times
from webapp.domain.notice_rules import TUNINGS, Rule, Unit, choices_of, parse_rule, value_of
from webapp.domain.notifications import TYPE_OF, NoticeKind
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission, Scope
from webapp.domain.text import N_
from webapp.renderers.notice_texts import NoticeTexts
from webapp.services.notice_rules import reset_rules, set_rules
from webapp.web.accounts import current_scope
from webapp.web.audience_tabs import Tab
from webapp.web.auth import current_actor
from webapp.web.htmx import is_fragment_request, redirect_to, render_page, say
from webapp.web.i18n import locale, moment_of
from webapp.web.masking import shown_address
from webapp.web.notification_tabs import notification_tabs

blueprint = Blueprint("notice_rules", __name__, url_prefix="/notifications/rules")

_ABOUT: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.POST_LIKES: N_(
        "A post has a round number of likes. Of several passed at once only the highest is told."
    ),
    NoticeKind.POST_VIEWS: N_("A post has a round number of views, where your exports or TikTok Studio say them."),
    NoticeKind.ACCOUNT_LIKES: N_("All posts together have a round number of likes."),
    NoticeKind.ACCOUNT_VIEWS: N_("All posts together have a round number of views."),
    NoticeKind.FOLLOWERS: N_("Told once, even if followers leave and come again."),
    NoticeKind.RISING_HASHTAG: N_(
        "Your newest 20 posts have it at least twice as often as those before. "
        "It is told again only after 60 days without rising."
    ),
    NoticeKind.RISING_SOUND: N_(
        "Your newest 20 posts use it at least twice as often as those before. "
        "It is told again only after 60 days without rising."
    ),
    NoticeKind.POST_PEAK: N_(
        "Judged once, on the first export in which the post is at least 7 days old, by what the posts before it got. "
        "The scatter is how far those usually lie from what was expected."
    ),
    NoticeKind.POST_FLOP: N_(
        "Judged once, on the first export in which the post is at least 7 days old, by what the posts before it got. "
        "The scatter is how far those usually lie from what was expected."
    ),
    NoticeKind.ENGAGEMENT_RISE: N_("Your posts get more than they used to, and not just one of them. Told once."),
    NoticeKind.ENGAGEMENT_DROP: N_("Your posts get less than they used to, and not just one of them. Told once."),
    NoticeKind.FOLLOWER_PEAK: N_("A day on which far more people followed than is usual around it."),
    NoticeKind.FOLLOWER_DROP: N_("At an export, far more people than usual no longer follow you."),
    NoticeKind.NEW_MUTUAL: N_("Somebody with a mark follows you back. People marked as ignored are left out."),
}
_CHOICES: Final[Mapping[Unit, str]] = {
    Unit.LIKES: N_("%(count)s likes or more"),
    Unit.VIEWS: N_("%(count)s views or more"),
    Unit.FOLLOWERS: N_("%(count)s followers or more"),
    Unit.USES: N_("%(count)s of 20 posts or more"),
    Unit.SPREADS: N_("%(count)s times the usual scatter or more"),
    Unit.TIMES: N_("A factor of %(count)s or more"),
    Unit.GAINED: N_("%(count)s new followers or more"),
    Unit.LOST: N_("%(count)s people or more"),
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A kind as a line of the page: what it means, what holds, and what may be chosen instead."""

    name: str
    label: str
    about: str
    value: str
    chosen: str
    options: tuple[tuple[str, str], ...]
    changed: str


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The kinds of one type."""

    label: str
    lines: tuple[RuleLine, ...]


class RulesPage:
    """The parts of the page; ``undone`` are the rules that held before they were reset, ``None`` if they were not."""

    def __init__(self, scope: Scope, undone: Iterable[Rule] | None = None) -> None:
        self.scope = scope
        self.was_reset = undone is not None
        self.may_write = scope.allows(Permission.NOTICE_RULE_WRITE)
        self.undo = [(rule.kind.value, value_of(rule)) for rule in undone or ()]
        self._texts = NoticeTexts(locale())

    @property
    def tabs(self) -> list[Tab]:
        """Return the tabs of the room."""
        return notification_tabs("notice_rules.index")

    @cached_property
    def _rows(self) -> list[RuleRow]:
        return list_rules(self.scope)

    @property
    def muted_text(self) -> str:
        """Return how many kinds are not told; nothing where all are."""
        muted = sum(row.rule.is_muted for row in self._rows)
        if not muted:
            return ""
        return str(ngettext("%(num)s kind is not told of.", "%(num)s kinds are not told of.", muted))

    @property
    def groups(self) -> list[RuleGroup]:
        """Return the rules by what channels are chosen for."""
        by_type = groupby(self._rows, key=lambda row: TYPE_OF[row.rule.kind])
        return [
            RuleGroup(self._texts.type_label(kind), tuple(self._line(row) for row in rows)) for kind, rows in by_type
        ]

    def _line(self, row: RuleRow) -> RuleLine:
        kind = row.rule.kind
        options = {value_of(rule): self._text(rule) for rule in choices_of(kind)}
        # What an earlier version offered is shown as it is, until something else is chosen.
        options.setdefault(value_of(row.rule), self._text(row.rule))
        return RuleLine(
            name=kind.value,
            label=self._texts.kind_label(kind),
            about=_(_ABOUT[kind]),
            value=value_of(row.rule),
            chosen=self._text(row.rule),
            options=tuple(options.items()),
            changed=self._changed(row),
        )

    def _text(self, rule: Rule) -> str:
        if rule.is_muted:
            return str(_("Not told"))
        tuning = TUNINGS[rule.kind]
        if tuning is None or rule.least is None:
            return str(_("Told"))
        if tuning.unit is Unit.TIMES and rule.least <= 1:
            return str(_("Every lasting change"))
        is_whole = tuning.unit not in (Unit.SPREADS, Unit.TIMES)
        count = self._texts.count(rule.least) if is_whole else format_times(rule.least, locale())
        return str(_(_CHOICES[tuning.unit], count=count))

    def _changed(self, row: RuleRow) -> str:
        if row.changed_at is None:
            return ""
        day = moment_of(row.changed_at)
        if row.changed_by is None:
            return str(_("Changed %(when)s", when=day))
        return str(_("Changed %(when)s by %(who)s", when=day, who=shown_address(row.changed_by)))


@blueprint.get("")
def index() -> Response:
    """Show what is told of an account, and how much each kind takes."""
    refuse_unknown(request.args, ("account",))
    scope = current_scope()
    if scope is None:
        return render_page("notifications/rules_empty.html", tabs=notification_tabs("notice_rules.index"))
    return _page(RulesPage(scope))


@blueprint.post("")
def save() -> Response:
    """Take what was chosen; kinds that the form does not name stay as they are."""
    scope = _scope()
    rules = [parse_rule(kind, request.form[kind.value]) for kind in TUNINGS if kind.value in request.form]
    set_rules(current_actor(), scope, rules)
    if is_fragment_request():
        return say(_("The rule is saved."))
    flash(_("The rules are saved."), "success")
    return redirect_to(url_for("notice_rules.index"))


@blueprint.post("/reset")
def reset() -> Response:
    """Give every kind its defaults again, and show the page with a way to take that back."""
    scope = _scope()
    before = [row.rule for row in list_rules(scope) if not row.rule.is_default]
    reset_rules(current_actor(), scope)
    return _page(RulesPage(scope, undone=before))


def _scope() -> Scope:
    refuse_unknown(request.args, ("account",))
    scope = current_scope(Permission.NOTICE_RULE_WRITE)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _page(page: RulesPage) -> Response:
    return render_page("notifications/rules.html", ("rules",), page=page)
