"""The forms of public links: a new one, and what can be changed of one."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, PasswordField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from webapp.domain.redaction import NameDisplay, NumberDisplay
from webapp.domain.report_query import ReportQuery
from webapp.domain.shares import DEFAULT_DAYS, MAX_DAYS, MAX_LABEL, MAX_VIEWS, MIN_PASSWORD
from webapp.models import ShareLink, ShareMode
from webapp.services.passwords import MAX_LENGTH
from webapp.services.shares import ShareTerms, ShareWishes
from webapp.web.i18n import LANGUAGES, locale
from webapp.web.report_fields import ReportFieldsForm

_DAY_CHOICES: Final = (7, 30, 90, 365)
# Leaves the end of a link where it is.
_UNCHANGED: Final = 0

NAME_TEXTS: Final = {
    NameDisplay.HIDDEN: _l("hidden"),
    NameDisplay.PSEUDONYMS: _l("as pseudonyms, other ones for each link"),
    NameDisplay.SHOWN: _l("shown"),
}
NUMBER_TEXTS: Final = {
    NumberDisplay.ABSOLUTE: _l("as they are"),
    NumberDisplay.ROUNDED: _l("rounded to two leading digits"),
    NumberDisplay.INDEXED: _l("as an index: 100 is the value at the beginning"),
}
MODE_TEXTS: Final = {
    ShareMode.FROZEN: _l("always the numbers of today"),
    ShareMode.LIVE: _l("the newest numbers, after each import"),
}


class ReachForm(FlaskForm):
    """Whom a link is for and how far it reaches: what can also be changed later."""

    title = StringField(_l("Title"), render_kw={"maxlength": MAX_LABEL, "autocomplete": "off"})
    recipient = StringField(_l("For whom"), render_kw={"maxlength": MAX_LABEL, "autocomplete": "off"})
    password = PasswordField(
        _l("Password"), render_kw={"autocomplete": "new-password", "minlength": MIN_PASSWORD, "maxlength": MAX_LENGTH}
    )
    max_views = IntegerField(
        _l("Views at most"),
        [Optional(), NumberRange(1, MAX_VIEWS, _l("Enter a whole number from 1 on, or nothing."))],
        render_kw={"min": 1, "max": MAX_VIEWS, "inputmode": "numeric"},
    )
    allows_pdf = BooleanField(_l("Visitors may download it as PDF"))


class ShareForm(ReachForm, ReportFieldsForm):
    """A new link: which report, how much of it, for whom and for how long."""

    mode = RadioField(
        _l("It shows"),
        choices=[SelectChoice(mode.value, text) for mode, text in MODE_TEXTS.items()],
        default=ShareMode.FROZEN.value,
    )
    names = RadioField(
        _l("Names of people"),
        choices=[SelectChoice(display.value, text) for display, text in NAME_TEXTS.items()],
        default=NameDisplay.HIDDEN.value,
    )
    numbers = RadioField(
        _l("Numbers"),
        choices=[SelectChoice(display.value, text) for display, text in NUMBER_TEXTS.items()],
        default=NumberDisplay.ABSOLUTE.value,
    )
    hides_captions = BooleanField(_l("Hide what the posts say"))
    shows_account = BooleanField(_l("Say whose numbers these are: team, account and logo"), default=True)
    language = SelectField(
        _l("Language of the PDF and the image"),
        choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()],
        default=locale,
    )
    days = IntegerField(
        _l("Days until it closes"),
        [
            InputRequired(_l("Enter a whole number from 1 to 365.")),
            NumberRange(1, MAX_DAYS, _l("Enter a whole number from 1 to 365.")),
        ],
        default=DEFAULT_DAYS,
        render_kw={"min": 1, "max": MAX_DAYS, "inputmode": "numeric"},
    )

    def wishes(self) -> ShareWishes:
        """Return what is wanted; raise ``Invalid`` naming the field of a refused value."""
        query: ReportQuery = self.query().with_(shows_account=self.shows_account.data)
        return ShareWishes(
            query,
            ShareMode(self.mode.data),
            NameDisplay(self.names.data),
            NumberDisplay(self.numbers.data),
            hides_captions=self.hides_captions.data,
            allows_pdf=self.allows_pdf.data,
            locale=self.language.data,
            title=self.title.data or "",
            recipient=self.recipient.data or "",
            days=self.days.data,
            password=self.password.data or "",
            max_views=self.max_views.data,
        )


def _end_choices() -> list[SelectChoice]:
    unchanged = SelectChoice(_UNCHANGED, _("stays as it is"))
    return [unchanged, *(SelectChoice(days, _("in %(days)s days", days=days)) for days in _DAY_CHOICES)]


class TermsForm(ReachForm):
    """What can be changed of a link."""

    drops_password = BooleanField(_l("Take the password away"))
    days = SelectField(_l("It closes"), coerce=int, choices=_end_choices, default=_UNCHANGED)

    def terms(self) -> ShareTerms:
        """Return what is wanted."""
        return ShareTerms(
            self.title.data or "",
            self.recipient.data or "",
            self.allows_pdf.data,
            self.max_views.data,
            self.days.data or None,
            self.password.data or "",
            self.drops_password.data,
        )


def terms_form_of(share: ShareLink) -> TermsForm:
    """Return the form filled with how a link is now; its password is known to nobody."""
    return TermsForm(
        formdata=None,
        title=share.title,
        recipient=share.recipient,
        max_views=share.max_views,
        allows_pdf=share.allows_pdf,
    )
