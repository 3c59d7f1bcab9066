"""How a post is named in a sentence."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.domain.post_titles import shortened
from webapp.web.masking import shown_caption

_TITLE = 80


def post_text(title: str, day: str) -> str:
    """Return a post by its day and its words, where it has any."""
    words = short_title(title)
    if not words:
        return str(_("the post of %(day)s", day=day))
    return str(_("the post of %(day)s: “%(title)s”", day=day, title=words))


def short_title(title: str) -> str:
    """Return the words of a post, as the reader may see them, on one line; many are cut between two of them."""
    return shortened(shown_caption(title), _TITLE)
