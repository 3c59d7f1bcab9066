"""How a post is named in a sentence."""

from __future__ import annotations

from flask_babel import gettext as _

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
    words = " ".join(shown_caption(title).split())
    if len(words) <= _TITLE:
        return words
    cut = words[:_TITLE].rpartition(" ")[0]
    # A script without blanks, or an address, has no place between words.
    return f"{cut if len(cut) >= _TITLE // 2 else words[: _TITLE - 1]}…"
