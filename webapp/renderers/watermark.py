"""What is written over a shared report, in words."""

from __future__ import annotations

from webapp.domain.shares import Watermark
from webapp.renderers.words import Words


def watermark_text(words: Words, mark: Watermark) -> str:
    """Return the line of a watermark; a recipient's name is kept from turning the text around it."""
    # First strong isolate and its end: an Arabic name leaves the rest where it is.
    day, recipient = words.day(mark.day), f"\u2068{mark.recipient}\u2069"
    if not mark.link:  # taken away by a member, not by a link
        return words.gettext("For %(recipient)s · %(day)s", recipient=recipient, day=day)
    if not mark.recipient:
        return words.gettext("%(day)s · link %(link)s", day=day, link=mark.link)
    return words.gettext("For %(recipient)s · %(day)s · link %(link)s", recipient=recipient, day=day, link=mark.link)
