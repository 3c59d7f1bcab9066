"""The form that asks about one post."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField, TextAreaField

from webapp.analytics.content.table import PostTable
from webapp.analytics.content.uses import count_sounds
from webapp.domain.forecast_query import ForecastQuery
from webapp.domain.period import instant
from webapp.domain.planner import MAX_PLAN_TITLE
from webapp.domain.post_query import PostKind
from webapp.domain.text import N_
from webapp.web.sound_texts import sound_text

# A list of choices that can still be read through.
_MOST_SOUNDS: Final = 60
_KINDS: Final = {PostKind.VIDEO: N_("Video"), PostKind.PHOTO: N_("Photo post")}


class ForecastForm(FlaskForm):
    """A post that does not exist yet; it changes nothing, so it is sent with the address."""

    at = StringField(_l("When it is published"), render_kw={"type": "datetime-local"})
    title = TextAreaField(_l("Title"), render_kw={"rows": 2, "maxlength": MAX_PLAN_TITLE})
    hashtags = StringField(
        _l("More hashtags"), render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    )
    sound = SelectField(_l("Sound"), validate_choice=False)
    kind = SelectField(_l("Kind"), validate_choice=False)

    def __init__(self, table: PostTable, query: ForecastQuery, second: int, timezone: str) -> None:
        given: dict[str, Any] = {name: getattr(query, name) for name in ForecastQuery.FIELDS}
        if query.is_open:
            # The next full hour, so that the form can be sent as it is.
            given["at"] = f"{instant(second, timezone) + timedelta(hours=1):%Y-%m-%dT%H:00}"
        super().__init__(formdata=None, meta={"csrf": False}, data={**given, "kind": query.kind.value})
        self.kind.choices = [SelectChoice(kind.value, _(text)) for kind, text in _KINDS.items()]
        self.sound.choices = [SelectChoice("", _("Another one, or none")), *_sounds(table, query.sound)]


def _sounds(table: PostTable, chosen: str) -> Iterable[SelectChoice]:
    """Yield the sounds of most posts, and the one that is asked about."""
    uses = count_sounds(table)
    shown = [use.sound for use in uses[:_MOST_SOUNDS]]
    shown += [sound for sound in table.sounds if sound.public_id == chosen and sound not in shown]
    return (SelectChoice(sound.public_id, sound_text(sound)) for sound in shown)
