"""Ask what one post may get: for the page, the planner and the API."""

from __future__ import annotations

from dataclasses import replace

from webapp.analytics.content.posts import find_posts
from webapp.analytics.forecasts.forecast import find_forecast
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.forecasts import Forecast, PostDraft
from webapp.domain.scope import Scope


def ask_forecast(scope: Scope, draft: PostDraft) -> Forecast:
    """Return what a post may get; its sound is named by public id or by name.

    Raises ``Invalid`` for a sound that no post of the account has.
    """
    return find_forecast(scope, replace(draft, sound=_known_sound(scope, draft.sound)))


def _known_sound(scope: Scope, text: str) -> str:
    if not text:
        return ""
    table = find_posts(scope)
    wanted = text.casefold()
    for sound in table.sounds if table else ():
        if sound.public_id == text or (sound.name and sound.name.casefold() == wanted):
            return sound.public_id
    raise Invalid(ErrorCode.FIELD_INVALID, field="sound", value=text[:40])
