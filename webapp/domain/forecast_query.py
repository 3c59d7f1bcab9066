"""Which post is asked about: what the form of the forecast page and its address carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.forecasts import PostDraft
from webapp.domain.planner import MAX_PLAN_TITLE, PlanDraft, parse_hashtags, parse_plan_time
from webapp.domain.post_query import PostKind
from webapp.domain.query import Arguments, parse_choice, single


@dataclass(frozen=True, slots=True)
class ForecastQuery:
    """A post that does not exist yet, as it is typed; ``at`` is a time by the account's clock, as 2026-05-01T18:00."""

    at: str = ""
    title: str = ""
    hashtags: str = ""
    sound: str = ""
    kind: PostKind = PostKind.VIDEO

    FIELDS: ClassVar[tuple[str, ...]] = ("at", "title", "hashtags", "sound", "kind")

    @classmethod
    def parse(cls, arguments: Arguments) -> ForecastQuery:
        """Return what the arguments ask; raise ``Invalid`` for a kind that there is not, or one given twice."""
        return cls(
            at=single(arguments, "at"),
            title=single(arguments, "title"),
            hashtags=single(arguments, "hashtags"),
            sound=single(arguments, "sound"),
            kind=parse_choice(PostKind, "kind", single(arguments, "kind")) or PostKind.VIDEO,
        )

    @property
    def is_open(self) -> bool:
        """Return whether nothing is asked."""
        return self == ForecastQuery()

    def to_draft(self, timezone: str) -> PostDraft:
        """Return the post; raise ``Invalid`` naming the field of what cannot be understood."""
        if len(self.title) > MAX_PLAN_TITLE:
            raise Invalid(ErrorCode.PLAN_TEXT_TOO_LONG, field="title", maximum=MAX_PLAN_TITLE, found=len(self.title))
        try:
            at = parse_plan_time(self.at, timezone)
        except Invalid as error:
            raise Invalid(error.code, **{**error.params, "field": "at"}) from error
        tags = parse_hashtags(self.hashtags)
        return PlanDraft(planned_at=at, title=self.title, hashtags=tags, sound=self.sound, kind=self.kind).to_post()

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this question again, defaults left out."""
        kind = "" if self.kind is PostKind.VIDEO else self.kind.value
        texts = {"at": self.at, "title": self.title, "hashtags": self.hashtags, "sound": self.sound, "kind": kind}
        return {name: text for name, text in texts.items() if text}
