"""How a sound is called."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.analytics.content.table import SoundName


def sound_text(sound: SoundName) -> str:
    """Return a sound by its name and author; original sounds are one an author, whatever language names them."""
    if sound.is_original:
        return str(_("Original sound of %(author)s", author=sound.author) if sound.author else _("Original sound"))
    return f"{sound.name} · {sound.author}" if sound.author else sound.name
