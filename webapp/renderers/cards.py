"""Images to post elsewhere, drawn from a report: its numbers, words and redaction, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from webapp.domain.cards import CardDesign, CardFormat, CardLook
from webapp.domain.period import last_of_month
from webapp.domain.reports import Report, ReportHead
from webapp.domain.sections import PLATFORM_NAMES
from webapp.domain.shares import Watermark
from webapp.renderers.card_bodies import find_milestone, make_body, spoken
from webapp.renderers.report_texts import ReportTexts
from webapp.renderers.typesetting import breakable, set_png
from webapp.renderers.watermark import watermark_text

TEMPLATE: Final = "card.typ"
_REGIONS: Final = {"en": "us", "fr": "fr"}
_NO_IMAGES: Final[Mapping[str, bytes]] = {}


@dataclass(frozen=True, slots=True)
class Card:
    """An image before it is drawn: the values and files of its template, its size in pixels, and what it says."""

    values: dict[str, Any]
    files: dict[str, bytes]
    size: tuple[int, int]
    told: str

    @property
    def digest(self) -> str:
        """Return what two cards have in common only when they look the same."""
        found = hashlib.sha256(msgspec.json.encode(self.values))
        for name, content in sorted(self.files.items()):
            found.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
        return found.hexdigest()


def make_card(
    report: Report,
    locale: str,
    look: CardLook,
    mark: Watermark | None = None,
    images: Mapping[str, bytes] = _NO_IMAGES,
) -> Card:
    """Return an image of a report; ``images`` are its logo and covers by the names that it has for them."""
    texts, head = ReportTexts(locale), report.head
    body = make_body(look.design, report, texts, look.format, images)
    title = look.title or _title(look.design, report, texts)
    width, height = look.format.size
    wanted = (head.logo or "", body.get("cover", ""))
    files = {name: images[name] for name in wanted if name in images}
    values = {
        "lang": texts.locale,
        "region": _REGIONS[texts.locale],
        "hue": head.hue,
        "format": look.format.value,
        "width": width,
        "height": height,
        "logo": head.logo if head.logo in files else "",
        "name": spoken(head.display_name or (f"@{head.handle}" if head.handle else "")),
        "handle": spoken(f"@{head.handle}" if head.handle and head.display_name else ""),
        "team": spoken(head.team or ""),
        "kicker": _kicker(head, texts),
        "title": spoken(title),
        "body": body,
        "facts": [text for text in (texts.data_date(head), texts.sample_note(head), body["note"]) if text],
        "mark": "" if mark is None else breakable(watermark_text(texts, mark)),
    }
    told = f"{title}. {_kicker(head, texts)}. {body['told']}".replace("\u200b", "")
    return Card(values, files, look.format.size, told)


def draw(card: Card, *, scale: float = 1) -> bytes:
    """Return a card as PNG, ``scale`` pixels for each of its own; in jobs and child processes alone."""
    return set_png(TEMPLATE, card.values, card.files, scale=scale)


def draw_link_image(
    report: Report, locale: str, mark: Watermark | None = None, images: Mapping[str, bytes] = _NO_IMAGES
) -> bytes:
    """Return what stands beside a link to a report in a chat, as PNG of 1200 x 630 pixels.

    It tells the first of what the report has: its figures, its curve, its best post, its hashtags.
    """
    parts = (
        (CardDesign.FIGURES, report.figures),
        (CardDesign.GROWTH, report.growth),
        (CardDesign.POST, report.posts),
        (CardDesign.HASHTAGS, report.hashtags),
    )
    design = next((design for design, part in parts if part), None)
    texts = ReportTexts(locale)
    look = CardLook(design or CardDesign.FIGURES, CardFormat.LINK, "" if design else texts.title(report.head))
    card = make_card(report, locale, look, mark, images)
    if design is None:
        card.values["body"] = {"kind": "nothing"}
    return draw(card)


def _kicker(head: ReportHead, texts: ReportTexts) -> str:
    return f"{PLATFORM_NAMES[head.platform]} · {texts.period(head)}"


def _title(design: CardDesign, report: Report, texts: ReportTexts) -> str:
    if design is CardDesign.MILESTONE:
        is_reached = find_milestone(report) is not None
        return texts.gettext("A milestone is reached") if is_reached else texts.gettext("Followers so far")
    if design is CardDesign.POST:
        return texts.gettext("The post with the most likes")
    if design is CardDesign.GROWTH:
        return texts.gettext("How the account grew")
    if design is CardDesign.HASHTAGS:
        return texts.gettext("Most used hashtags")
    return texts.gettext("The month in numbers") if _is_month(report.head) else texts.gettext("In numbers")


def _is_month(head: ReportHead) -> bool:
    return head.first is not None and head.first.day == 1 and head.last == last_of_month(head.first)
