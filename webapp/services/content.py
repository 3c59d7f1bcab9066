"""The job that tests what can be told from an account's posts and keeps it; no other process loads what it needs."""

from __future__ import annotations

from typing import Final

from webapp.analytics.content.fit import LAYOUT, ContentFit
from webapp.analytics.content.fit_reading import LEAST_TESTED
from webapp.analytics.visible import Reader, count_kept, find_newest_complete
from webapp.domain.sections import Section
from webapp.models import ContentModel
from webapp.queue import JobKind
from webapp.services.kept_fits import AccountReader, KeptFit


def _has_posts(reader: AccountReader) -> bool:
    """Return whether the newest list of posts is long enough that any of them could be tested."""
    newest = find_newest_complete(reader, Section.POSTS)
    return newest is not None and count_kept(newest, Section.POSTS) >= LEAST_TESTED


def _work_out(reader: Reader, timezone: str) -> ContentFit:
    # Here, not above: the web process queues the job and must not load a numerical library.
    from webapp.analytics.content.model import work_out

    return work_out(reader, timezone)


CONTENT: Final = KeptFit(JobKind.CONTENT_FIT, ContentModel, LAYOUT, _has_posts, _work_out)
