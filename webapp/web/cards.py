"""Images to post elsewhere: the form with its preview, and the file to take away."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField

from webapp.domain.cards import CardDesign, CardFormat, CardLook
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import refuse_unknown
from webapp.domain.redaction import NumberDisplay
from webapp.domain.report_query import ReportQuery
from webapp.domain.scope import Permission, Scope
from webapp.domain.shares import MAX_LABEL
from webapp.domain.text import N_
from webapp.extensions import limiter
from webapp.renderers.cards import Card
from webapp.services.cards import CardWishes, find_card, make_image, preview_card
from webapp.web import limits
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.forms import answered, fulfil, refused
from webapp.web.htmx import render_page
from webapp.web.i18n import LANGUAGES, locale
from webapp.web.report_fields import PeriodFieldsForm
from webapp.web.report_tabs import report_tabs

blueprint = Blueprint("cards", __name__, url_prefix="/reports/images")

_HERE: Final = "cards.index"
_images_counted = limiter.shared_limit(limits.IMAGES_PER_PERSON, scope="images", key_func=limits.person_key)
_DESIGNS: Final = {
    CardDesign.FIGURES: N_("In numbers"),
    CardDesign.MILESTONE: N_("A milestone of followers"),
    CardDesign.POST: N_("The post with the most likes"),
    CardDesign.GROWTH: N_("Growth"),
    CardDesign.HASHTAGS: N_("Most used hashtags"),
}
_FORMATS: Final = {
    CardFormat.STORY: N_("Story"),
    CardFormat.PORTRAIT: N_("Portrait"),
    CardFormat.SQUARE: N_("Square"),
    CardFormat.LINK: N_("Beside a link"),
}
_NUMBERS: Final = {
    NumberDisplay.ABSOLUTE: N_("as they are"),
    NumberDisplay.ROUNDED: N_("rounded to two leading digits"),
    NumberDisplay.INDEXED: N_("as an index: 100 is the value at the beginning"),
}


def _designs() -> list[SelectChoice]:
    return [SelectChoice(design.value, _(text)) for design, text in _DESIGNS.items()]


def _formats() -> list[SelectChoice]:
    return [
        SelectChoice(shape.value, f"{_(text)} ({shape.size[0]} × {shape.size[1]})") for shape, text in _FORMATS.items()
    ]


def _number_choices() -> list[SelectChoice]:
    return [SelectChoice(display.value, _(text)) for display, text in _NUMBERS.items()]


def _languages() -> list[SelectChoice]:
    return [SelectChoice(code, name) for code, name in LANGUAGES.items()]


def _last_month() -> str:
    """Return the month before this one as its field has it, so that a whole month can be chosen with one click."""
    return f"{datetime.now(UTC).date().replace(day=1) - timedelta(days=1):%Y-%m}"


class CardForm(PeriodFieldsForm):
    """What an image tells, how it looks, and what it keeps to itself."""

    month = StringField(_l("Month"), default=_last_month, render_kw={"type": "month", "placeholder": "2026-05"})
    design = RadioField(_l("Design"), choices=_designs, default=CardDesign.FIGURES.value)
    format = RadioField(_l("Format"), choices=_formats, default=CardFormat.STORY.value)
    title = StringField(_l("Title"), render_kw={"maxlength": MAX_LABEL, "autocomplete": "off"})
    language = SelectField(_l("Language"), choices=_languages, default=locale)
    numbers = SelectField(_l("Numbers"), choices=_number_choices, default=NumberDisplay.ABSOLUTE.value)
    hides_captions = BooleanField(_l("Hide what the posts say"))
    hides_account = BooleanField(_l("Do not say whose numbers these are"))
    recipient = StringField(_l("For whom"), render_kw={"maxlength": MAX_LABEL, "autocomplete": "off"})

    def wishes(self) -> CardWishes:
        """Return what is wanted; raise ``Invalid`` naming the field of a refused value."""
        return CardWishes(
            CardLook(CardDesign(self.design.data), CardFormat(self.format.data), self.title.data or ""),
            ReportQuery.parse(MultiDict(self.period_fields())).period,
            self.language.data,
            NumberDisplay(self.numbers.data),
            hides_captions=self.hides_captions.data,
            hides_account=self.hides_account.data,
            recipient=self.recipient.data or "",
        )

    def sent(self) -> dict[str, str]:
        """Return the fields as an address or hidden inputs carry them, those that say nothing left out."""
        given = {field.name: field.data for field in self if field.type != "CSRFTokenField"}
        return {name: "y" if value is True else str(value) for name, value in given.items() if value}


_FIELDS: Final = (
    *("period", "month", "date_from", "date_to", "design", "format", "title"),
    *("language", "numbers", "hides_captions", "hides_account", "recipient"),
)


@blueprint.get("")
def index() -> Response:
    """Show the form with a preview of the image that it asks for."""
    refuse_unknown(request.args, ("account", *_FIELDS))
    scope = current_scope(Permission.REPORT_WRITE)
    if scope is None:
        return render_page("cards/empty.html", tabs=report_tabs(_HERE))
    form = _asked()
    done = answered(form, lambda: find_card(scope, form.wishes(), int(time.time())))
    return _page(form, None, 422) if done is None else _page(form, done.result)


@blueprint.get("/preview.png")
@_images_counted
def preview() -> Response:
    """Draw the image that the address asks for at half its size."""
    refuse_unknown(request.args, ("account", *_FIELDS))
    scope, form = _scope(), _asked()
    if not form.validate():
        raise Invalid(ErrorCode.FIELD_INVALID, field=next(iter(form.errors)), value="")
    return Response(preview_card(find_card(scope, form.wishes(), int(time.time()))), mimetype="image/png")


@blueprint.post("")
@_images_counted
def make() -> Response:
    """Draw an image to take away."""
    refuse_unknown(request.args, ("account",))
    scope, form = _scope(), CardForm()
    done = fulfil(form, lambda: make_image(current_actor(), scope, form.wishes(), int(time.time())))
    if done is None:
        return _page(form, None, refused(form))
    response = Response(done.result.content, mimetype="image/png")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(done.result.name)}"
    return response


def _scope() -> Scope:
    scope = current_scope(Permission.REPORT_WRITE)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _asked() -> CardForm:
    """Return the form as the address fills it."""
    given = MultiDict((name, value) for name, value in request.args.items(multi=True) if name != "account")
    return CardForm(formdata=given or None, meta={"csrf": False})


def _page(form: CardForm, card: Card | None, status: int = 200) -> Response:
    sent = form.sent()
    preview_href = None if card is None else url_for("cards.preview", **sent)  # type: ignore[arg-type]
    return render_page(
        "cards/index.html",
        ("card_preview",),
        status=status,
        tabs=report_tabs(_HERE),
        form=form,
        sent=sent,
        card=card,
        preview_href=preview_href,
    )
