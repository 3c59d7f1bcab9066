"""The guide: how to ask a platform for the export, what to choose, and how long its file can be fetched."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response
from flask_babel import gettext as _

from webapp.domain.scope import Permission
from webapp.domain.text import N_
from webapp.web.accounts import current_scope
from webapp.web.auth import team_scope
from webapp.web.htmx import render_page
from webapp.web.i18n import locale

blueprint = Blueprint("guide", __name__)


@dataclass(frozen=True, slots=True)
class Words:
    """A word of TikTok's own menus in the reader's language, and in the other one where the phone speaks that."""

    shown: str
    other: str
    other_language: str


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """One line of a drawn screen; kind is row | choice | button | tab."""

    kind: str
    text: str
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, the words to look for, and the screen as it is drawn."""

    title: str
    text: str
    words: tuple[Words, ...]
    screen_title: str
    screen: tuple[ScreenLine, ...]


# What stands in TikTok's menus, in English and in French.
_MENU: dict[str, tuple[str, str]] = {
    "profile": ("Profile", "Profil"),
    "menu": ("☰", "☰"),
    "edit": ("Edit profile", "Modifier le profil"),
    "studio": ("TikTok Studio", "TikTok Studio"),
    "settings": ("Settings and privacy", "Paramètres et confidentialité"),
    "account": ("Account", "Compte"),
    "privacy": ("Privacy", "Confidentialité"),
    "security": ("Security & permissions", "Sécurité et autorisations"),
    "password": ("Password", "Mot de passe"),
    "download": ("Download your data", "Télécharger tes données"),
    "request_tab": ("Request data", "Demander des données"),
    "download_tab": ("Download data", "Télécharger des données"),
    "all": ("All data", "Toutes les données"),
    "some": ("Custom", "Personnalisé"),
    "txt": ("TXT", "TXT"),
    "json": ("JSON", "JSON"),
    "pending": ("Pending", "En attente"),
    "get": ("Download", "Télécharger"),
}
_STEPS: tuple[tuple[str, str, tuple[str, ...], str, tuple[tuple[str, str, bool], ...]], ...] = (
    (
        N_("Open the settings"),
        N_("In the TikTok app, open your profile, then the menu with three lines at the top right."),
        ("profile", "settings"),
        "profile",
        (("row", "edit", False), ("row", "studio", False), ("row", "settings", True)),
    ),
    (
        N_("Find the download"),
        N_("Choose your account, then the line about downloading your data."),
        ("account", "download"),
        "account",
        (("row", "password", False), ("row", "privacy", False), ("row", "download", True)),
    ),
    (
        N_("Choose all data and JSON"),
        N_("Two choices matter: all data, and the format JSON. TikTok proposes TXT; change it. Then ask for the file."),
        ("all", "json", "request_tab"),
        "request_tab",
        (
            ("choice", "all", True),
            ("choice", "some", False),
            ("choice", "txt", False),
            ("choice", "json", True),
            ("button", "request_tab", True),
        ),
    ),
    (
        N_("Wait, and look again"),
        N_(
            "TikTok makes the file in a few minutes up to a few days and does not always say when it is there. Look "
            "at the second tab. The file stays there for four days, then you have to ask again."
        ),
        ("download_tab", "pending"),
        "download_tab",
        (("row", "pending", False), ("button", "get", True)),
    ),
    (
        N_("Download it and bring it here"),
        N_(
            "Download the file and upload it here as it is. It is a .zip; you need not unpack it, rename it or send "
            "it to a computer first: this page works on your phone too."
        ),
        ("get",),
        "download_tab",
        (("button", "get", True),),
    ),
)
_MISTAKES: tuple[tuple[str, str], ...] = (
    (
        N_("TXT was chosen instead of JSON"),
        N_("We can read the lists of it, but less of your posts and no profile. Ask again, with JSON."),
    ),
    (
        N_("Only some kinds of data were chosen"),
        N_("What is not in the file stays unknown here; it is never counted as zero. Ask again, with all data."),
    ),
    (
        N_("The zip was unpacked"),
        N_("That is no harm: upload the file user_data_tiktok.json that was in it. Next time leave the zip as it is."),
    ),
    (
        N_("A web page was saved"),
        N_("TikTok's export is a file that TikTok makes for you. A page saved in the browser holds no lists."),
    ),
    (
        N_("The file is gone"),
        N_("After four days TikTok deletes it. Ask again; nothing that you imported before is lost."),
    ),
)


_STUDIO: tuple[str, ...] = (
    N_("Open tiktok.com/tiktokstudio in a browser, sign in, and open “Analytics”."),
    N_("Choose the period: up to 365 days. A longer one says more; downloads that overlap do no harm."),
    N_(
        "In each of the tabs “Overview”, “Content”, “Viewers” and “Followers”, choose “Download data” and the "
        "format CSV."
    ),
    N_(
        "You get four small files. Upload them here as they are, without renaming them: their names say whose they are."
    ),
)


@blueprint.get("/guide/tiktok")
def tiktok() -> Response:
    """Tell how to get the export of TikTok."""
    team = team_scope(Permission.ACCOUNT_READ)
    return render_page("guide/tiktok.html", page=GuidePage(can_import=team.allows(Permission.IMPORT_WRITE)))


class GuidePage:
    """The steps of one platform, with the words of its menus in the reader's language."""

    def __init__(self, *, can_import: bool) -> None:
        self.can_import = can_import
        self.has_account = current_scope() is not None
        self._is_french = locale() == "fr"

    @property
    def steps(self) -> list[Step]:
        """Return the steps on a phone."""
        return [
            Step(
                _(title),
                _(text),
                tuple(self._words(word) for word in words),
                self._shown(screen_title),
                tuple(ScreenLine(kind, self._shown(word), is_marked) for kind, word, is_marked in screen),
            )
            for title, text, words, screen_title, screen in _STEPS
        ]

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Return what people do wrong, and what to do then."""
        return [(_(what), _(then)) for what, then in _MISTAKES]

    @property
    def studio_steps(self) -> list[str]:
        """Return how to get the figures of TikTok Studio."""
        return [_(text) for text in _STUDIO]

    def _shown(self, word: str) -> str:
        return _MENU[word][self._is_french]

    def _words(self, word: str) -> Words:
        return Words(self._shown(word), _MENU[word][not self._is_french], "en" if self._is_french else "fr")
