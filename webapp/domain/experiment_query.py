"""What the form of a new experiment is asked with: the ways that an idea proposes, and how often a post comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.experiments import EFFECTS, MOST_DAYS, USUAL_EFFECT, ExperimentKind
from webapp.domain.hashtags import MAX_TAG
from webapp.domain.query import Arguments, parse_choice, parse_day, parse_number, single


@dataclass(frozen=True, slots=True)
class ExperimentQuery:
    """A form as far as it is filled in; ``arm_a`` and ``arm_b`` are slots, 0 to 7, ``at`` a time of day as typed."""

    kind: ExperimentKind = ExperimentKind.SLOTS
    arm_a: int | None = None
    arm_b: int | None = None
    tag: str = ""
    effect: float = USUAL_EFFECT
    first: date | None = None
    every: int = 1
    at: str = ""

    FIELDS: ClassVar[tuple[str, ...]] = ("kind", "arm_a", "arm_b", "tag", "effect", "first", "every", "at")

    @classmethod
    def parse(cls, arguments: Arguments) -> ExperimentQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        given = {name: single(arguments, name) for name in cls.FIELDS}
        tag = given["tag"].lstrip("#＃")
        if len(tag) > MAX_TAG or "\0" in tag:
            raise Invalid(ErrorCode.FIELD_INVALID, field="tag", value=tag[:40])
        return cls(
            kind=parse_choice(ExperimentKind, "kind", given["kind"]) or ExperimentKind.SLOTS,
            arm_a=_slot("arm_a", given["arm_a"]),
            arm_b=_slot("arm_b", given["arm_b"]),
            tag=tag,
            effect=parse_effect(given["effect"]),
            first=parse_day("first", given["first"]),
            every=parse_number("every", given["every"], 1, 1, MOST_DAYS),
            at=given["at"][:5],
        )


def parse_effect(text: str) -> float:
    """Return the difference that is to be seen, of those that are offered; raise ``Invalid`` for any other."""
    if not text:
        return USUAL_EFFECT
    for effect in EFFECTS:
        if text in (str(effect), f"{effect:g}"):
            return effect
    raise Invalid(ErrorCode.FIELD_INVALID, field="effect", value=text[:40])


def _slot(field: str, text: str) -> int | None:
    return parse_number(field, text, 0, 0, 7) if text else None
