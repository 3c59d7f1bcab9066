"""The page of one planned post: its form, what is said while it is written, and what became of it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField

from webapp.analytics.content.posts import find_posts
from webapp.analytics.experiments import get_experiment
from webapp.analytics.planner import PlanRow, find_candidates, get_plan
from webapp.domain.errors import Invalid
from webapp.domain.experiments import Arm
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import instant
from webapp.domain.planner import (
    MAX_PLAN_NOTES,
    MAX_PLAN_TITLE,
    MAX_SOUND_TEXT,
    PlanDraft,
    PlanMatch,
    PlanScore,
    PlanState,
    clean_draft,
    parse_hashtags,
    parse_plan_time,
)
from webapp.domain.post_query import PostKind
from webapp.domain.scope import Permission, Scope
from webapp.renderers.experiment_texts import ExperimentTexts
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.audience_tabs import Tab
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.masking import shown_remark
from webapp.web.planner.entries import MATCHED, likes_text
from webapp.web.planner.hints import Hints
from webapp.web.planner.questions import Question, question_of
from webapp.web.planner.texts import (
    KIND_TEXTS,
    STATE_BADGES,
    STATE_TEXTS,
    expected_text,
    moment_text,
    name_of,
    score_text,
    state_text,
)
from webapp.web.planner_tabs import planner_tabs
from webapp.web.post_links import post_href
from webapp.web.sound_texts import sound_text

# Sounds that the field offers: those that most posts have.
_SOUNDS: Final = 200
_CANDIDATES: Final = 20
_LOCAL: Final = "%Y-%m-%dT%H:%M"
# A new post is an idea or planned; what becomes of it is said later.
_NEW_STATES: Final = (PlanState.PLANNED, PlanState.IDEA)


class PlanForm(FlaskForm):
    """A planned post as a person writes it."""

    planned_at = StringField(_l("Day and time"), render_kw={"type": "datetime-local", "autocomplete": "off"})
    title = TextAreaField(_l("Title"), render_kw={"maxlength": MAX_PLAN_TITLE, "rows": 3})
    hashtags = StringField(_l("Hashtags"), render_kw={"autocomplete": "off", "autocapitalize": "none"})
    sound = StringField(
        _l("Sound"), render_kw={"autocomplete": "off", "list": "plan-sounds", "maxlength": MAX_SOUND_TEXT}
    )
    kind = SelectField(_l("Kind"))
    state = SelectField(_l("State"))
    notes = TextAreaField(_l("Notes"), render_kw={"maxlength": MAX_PLAN_NOTES, "rows": 3})
    plan = HiddenField(name="plan")

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.kind.choices = [SelectChoice(kind.value, _(text)) for kind, text in KIND_TEXTS.items()]
        self.state.choices = [SelectChoice(state.value, _(text)) for state, text in STATE_TEXTS.items()]

    def draft(self, timezone: str, sounds: dict[str, str]) -> PlanDraft:
        """Return what the form says; raise ``Invalid`` naming the field. ``sounds`` are public ids by name."""
        sound = " ".join((self.sound.data or "").split())
        known = sounds.get(sound, "")
        return PlanDraft(
            planned_at=parse_plan_time(self.planned_at.data or "", timezone),
            title=self.title.data or "",
            hashtags=parse_hashtags(self.hashtags.data or ""),
            sound=known,
            sound_text="" if known else sound,
            kind=PostKind(self.kind.data),
            notes=self.notes.data or "",
            state=PlanState(self.state.data),
        )


def form_of(draft: PlanDraft, timezone: str, sound_name: str, plan: str = "") -> PlanForm:
    """Return the form of a draft."""
    at = "" if draft.planned_at is None else instant(draft.planned_at, timezone).strftime(_LOCAL)
    data = {
        "planned_at": at,
        "title": draft.title,
        "hashtags": " ".join(f"#{tag}" for tag in draft.hashtags),
        "sound": sound_name or draft.sound_text,
        "kind": draft.kind.value,
        "state": draft.state.value,
        "notes": draft.notes,
        "plan": plan,
    }
    return PlanForm(formdata=None, data=data)


class PlanPage:
    """What the page of a planned post shows; ``row`` is ``None`` for a new one."""

    def __init__(
        self, scope: Scope, form: PlanForm | None, row: PlanRow | None = None, view: str | None = None
    ) -> None:
        self.scope = scope
        self.row = row
        self.view = view
        # Texts lack what the reader does not see: what was changed so would be lost.
        self.is_covered = scope.redaction.hides_names or scope.redaction.hides_captions
        self.may_write = scope.allows(Permission.PLAN_WRITE) and not self.is_covered
        self._sent = form

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages of the planner."""
        return planner_tabs("planner.index")

    @property
    def title(self) -> str:
        """Return what the page is called."""
        return name_of(self.row.draft) if self.row else str(_("Plan a post"))

    @cached_property
    def form(self) -> PlanForm:
        """Return the form: what was sent, or the plan as it is."""
        form = self._sent
        if form is None:
            if self.row is None:
                raise TypeError("a new post has a form")
            form = form_of(self.row.draft, self.scope.timezone, self.sound_name, self.row.public_id)
        if self.row is None:
            form.state.choices = [SelectChoice(state.value, _(STATE_TEXTS[state])) for state in _NEW_STATES]
        return form

    @property
    def form_href(self) -> str:
        """Return where the form is sent."""
        if self.row is None:
            return url_for("planner.create", view=self.view)
        return url_for("planner.change", public_id=self.row.public_id, view=self.view)

    @property
    def hints_href(self) -> str:
        """Return where what is typed is asked about."""
        return url_for("planner.hints", view=self.view)

    @property
    def back_href(self) -> str:
        """Return the address of the calendar at the day of the post."""
        at = self.row.draft.planned_at if self.row else None
        day = None if at is None else instant(at, self.scope.timezone).date().isoformat()
        return url_for("planner.index", view=self.view, day=day)

    @cached_property
    def sounds(self) -> dict[str, str]:
        """Return the sounds of the account by their names, those that most posts have first."""
        return sounds_of(self.scope, self.row.draft.sound if self.row else "")

    @property
    def sound_name(self) -> str:
        """Return the name of the plan's sound of the account; empty where it has none."""
        own = self.row.draft.sound if self.row else ""
        return next((name for name, sound in self.sounds.items() if own and sound == own), "")

    @property
    def draft(self) -> PlanDraft:
        """Return what the form says; of a post that an export shows only its notes. Raises ``Invalid``."""
        if self.row is not None and self.is_matched:
            return replace(self.row.draft, notes=self.form.notes.data or "")
        return self.form.draft(self.scope.timezone, self.sounds)

    @property
    def offered_sounds(self) -> list[str]:
        """Return the names of sounds that the field offers."""
        return list(self.sounds)[:_SOUNDS]

    # ---- while it is written ----

    @cached_property
    def hints(self) -> Hints | None:
        """Return what is said of what the form holds; ``None`` while that is no post."""
        try:
            draft = self.draft
            # While it is typed it may lack its time.
            clean_draft(draft if draft.planned_at else replace(draft, state=PlanState.IDEA))
        except (Invalid, ValueError):
            return None
        plan = self.row.public_id if self.row else ""
        typed = self.form.planned_at.data or ""
        return Hints(self.scope, draft, int(time.time()), plan=plan, typed=typed)

    # ---- what became of it ----

    @property
    def is_matched(self) -> bool:
        """Return whether an export shows the post, so that it is what it is."""
        return self.row is not None and self.row.match in MATCHED

    @property
    def state(self) -> tuple[str, str]:
        """Return where the post stands, and the kind of the badge."""
        state = self.row.draft.state if self.row else PlanState.IDEA
        return state_text(state), STATE_BADGES[state]

    @property
    def next_states(self) -> list[tuple[str, str]]:
        """Return what can be said of the post with one press: states with the words of their buttons."""
        if self.row is None:
            return []
        words = {
            PlanState.DROPPED: _("Drop it"),
            PlanState.PUBLISHED: _("It is published"),
            PlanState.PLANNED: _("Plan it again"),
        }
        offered = {
            PlanState.IDEA: (PlanState.DROPPED,),
            PlanState.PLANNED: (PlanState.PUBLISHED, PlanState.DROPPED),
            PlanState.PUBLISHED: (PlanState.PLANNED,),
            PlanState.DROPPED: (PlanState.PLANNED,) if self.row.draft.planned_at is not None else (),
        }[self.row.draft.state]
        return [(state.value, words[state]) for state in offered]

    @property
    def facts(self) -> list[dict[str, str]]:
        """Return what the plan says, for who only reads it."""
        if self.row is None:
            return []
        draft = self.row.draft
        at = draft.planned_at
        told = (
            (_("Day and time"), _("none yet") if at is None else moment_text(at, self.scope.timezone)),
            (_("Title"), name_of(draft)),
            (_("Hashtags"), " ".join(f"#{tag}" for tag in draft.hashtags)),
            (_("Sound"), self.sound_name or draft.sound_text),
            (_("Kind"), _(KIND_TEXTS[draft.kind])),
            (_("Notes"), shown_remark(draft.notes)),
        )
        return [{"label": str(label), "value": str(value)} for label, value in told if value]

    @property
    def stored(self) -> list[dict[str, str]]:
        """Return the range that was stored with the plan, what came of it, and what it comes from."""
        row = self.row
        if row is None:
            return []
        told = []
        shown = expected_text(row.expected)
        if row.expected is not None and shown is not None:
            told.append((_("Expected when it was planned"), _("%(range)s likes", range=shown), self._basis()))
        if row.actual is not None:
            told.append((_("What it got"), likes_text(row.actual), ""))
        return [{"label": str(label), "value": str(value), "note": str(note)} for label, value, note in told]

    def _basis(self) -> str:
        expected = self.row.expected if self.row else None
        if expected is None:
            return ""
        text = _("8 times in 10; from %(count)s posts", count=ForecastTexts(locale()).count(expected.posts))
        return f"{text}, {_('indicative')}" if expected.indicative else str(text)

    @property
    def score(self) -> tuple[str, str] | None:
        """Return how it did against the range, and the kind of the badge."""
        return None if self.row is None else score_text(self.row.score)

    @property
    def has_score(self) -> bool:
        """Return whether likes stand against a range."""
        return self.row is not None and self.row.score in (PlanScore.INSIDE, PlanScore.ABOVE, PlanScore.BELOW)

    @property
    def actual_href(self) -> str | None:
        """Return where what is behind the likes opens."""
        if self.row is None or self.row.post is None:
            return None
        return figure_href(FigureQuery(MetricKey.EXPECTED_LIKES, post=self.row.post.public_id))

    @property
    def post_href(self) -> str | None:
        """Return the address of the post that it became."""
        return post_href(self.row.post.public_id) if self.row and self.row.post and self.is_matched else None

    @property
    def question(self) -> Question | None:
        """Return whether somebody is asked about a published post."""
        row = self.row
        is_asked = row is not None and row.match is PlanMatch.UNSURE and row.post is not None
        return question_of(row, self.scope.timezone) if row is not None and is_asked else None

    @cached_property
    def candidates(self) -> list[tuple[str, str]]:
        """Return published posts that it may be, likeliest first: public ids with day and words."""
        row = self.row
        if row is None or self.is_matched or not self.may_write:
            return []
        found = find_candidates(self.scope, row.public_id)[:_CANDIDATES]
        return [
            (post.public_id, f"{moment_text(post.published_at, self.scope.timezone)} · {_words(post.title)}")
            for post in found
        ]

    @cached_property
    def experiment(self) -> tuple[str, str, str] | None:
        """Return the experiment that it belongs to: its title, the way drawn for this post, its address."""
        row = self.row
        if row is None or row.experiment is None:
            return None
        view, texts = get_experiment(self.scope, row.experiment), ExperimentTexts(locale())
        arm = texts.arm(view.kind, view.arm_a if row.arm is Arm.A else view.arm_b)
        return texts.title(view), arm, url_for("experiments.show", public_id=row.experiment)


def find_plan_page(scope: Scope, public_id: str, form: PlanForm | None = None, view: str | None = None) -> PlanPage:
    """Return the page of a plan; raise ``NotFound`` for an unknown id."""
    return PlanPage(scope, form, get_plan(scope, public_id), view)


def sounds_of(scope: Scope, own: str = "") -> dict[str, str]:
    """Return the public ids of the account's sounds by their names, those that most posts have first.

    Of several sounds of one name it is ``own`` where that is one of them.
    """
    table = find_posts(scope)
    if table is None:
        return {}
    uses = Counter(row.sound for row in table.rows if row.sound is not None)
    names: dict[str, str] = {}
    for place, _count in uses.most_common():
        sound = table.sounds[place]
        name = " ".join(sound_text(sound).split())
        if sound.public_id == own:
            names[name] = own
        names.setdefault(name, sound.public_id)
    return names


def _words(title: str) -> str:
    return name_of(PlanDraft(title=title))
