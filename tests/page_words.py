"""What a page says, without its markup."""

from __future__ import annotations

import re
from html import unescape

from werkzeug.test import TestResponse


def words_of(page: TestResponse | str) -> str:
    """Return the words of a page's main part, or of a whole fragment, with single spaces between them."""
    text = page if isinstance(page, str) else page.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text.partition("<main")[2] or text)).split())
