"""Images to post elsewhere: what one would tell, its preview, and the file, which is written down."""

from __future__ import annotations

from dataclasses import dataclass, replace

from webapp.analytics.reports.report import find_report
from webapp.domain.cards import SECTIONS, CardLook
from webapp.domain.errors import ErrorCode, Forbidden
from webapp.domain.period import day_of
from webapp.domain.period_query import PeriodQuery
from webapp.domain.redaction import NumberDisplay, Redaction
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Report
from webapp.domain.scope import Permission, Scope
from webapp.domain.shares import Watermark, clean_label
from webapp.models import AuditAction
from webapp.renderers.cards import Card, make_card
from webapp.services.audit import Actor, record
from webapp.services.report_images import images_of
from webapp.services.transaction import transaction
from webapp.services.typesetting_process import draw_in_child

# A preview has half as many pixels either way: it is made and sent in a quarter of the time.
PREVIEW_SCALE = 0.5


@dataclass(frozen=True, slots=True)
class CardWishes:
    """What an image is to tell of which days, how, and how much of it; ``recipient`` is drawn over it."""

    look: CardLook
    period: PeriodQuery
    locale: str
    numbers: NumberDisplay = NumberDisplay.ABSOLUTE
    hides_captions: bool = False
    hides_account: bool = False
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class MadeCard:
    """An image to take away, and a name for its file."""

    content: bytes
    name: str


def find_card(scope: Scope, wishes: CardWishes, made_at: int) -> Card:
    """Return the image that is wanted, not drawn yet, with what the reader may see of the account.

    Raises ``Invalid`` naming the field of a refused value.
    """
    return _card(_report(scope, wishes, made_at), wishes)


def preview_card(card: Card) -> bytes:
    """Return an image as PNG of half its size; raise ``Unavailable`` where it cannot be drawn now."""
    return draw_in_child(card, scale=PREVIEW_SCALE)


def make_image(actor: Actor, scope: Scope, wishes: CardWishes, made_at: int) -> MadeCard:
    """Return an image to take away, and write down that it was made.

    Raises ``Invalid`` naming the field of a refused value, ``Unavailable`` where it cannot be drawn now.
    """
    report = _report(scope, wishes, made_at)
    content = draw_in_child(_card(report, wishes))
    with transaction() as session:
        record(
            session,
            actor,
            AuditAction.CARD_MADE,
            wishes.look.design.value,
            format=wishes.look.format.value,
            numbers=report.head.numbers.value,
            hides_captions=report.head.hides_captions,
            hides_account=wishes.hides_account,
        )
    told = (wishes.look.design, wishes.look.format, report.head.handle, report.head.first, report.head.last)
    return MadeCard(content, "-".join(str(part) for part in told if part) + ".png")


def _report(scope: Scope, wishes: CardWishes, made_at: int) -> Report:
    if not scope.allows(Permission.REPORT_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)
    over = Redaction(numbers=wishes.numbers, hides_captions=wishes.hides_captions)
    query = ReportQuery(wishes.period, SECTIONS[wishes.look.design], shows_account=not wishes.hides_account)
    return find_report(replace(scope, redaction=scope.redaction.laid_over(over)), query, made_at)


def _card(report: Report, wishes: CardWishes) -> Card:
    look = replace(wishes.look, title=clean_label(wishes.look.title, "title"))
    recipient = clean_label(wishes.recipient, "recipient")
    day = day_of(report.head.made_at, report.head.timezone)
    mark = Watermark(recipient, day, "") if recipient else None
    return make_card(report, wishes.locale, look, mark, images_of(report))
