"""Read what tests say about an account's posts; nothing here loads a numerical library."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Text, cast, select

from webapp.analytics.content.fit import LAYOUT, TAGS_NEED_POSTS, ContentFit
from webapp.analytics.content.grouping import describe
from webapp.analytics.content.posts import find_posts
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import ContentModel

# With fewer counted posts no test is made, so nothing waits for the job.
LEAST_TESTED: Final = TAGS_NEED_POSTS


def find_fit(scope: Scope) -> ContentFit | None:
    """Return what is kept for this revision and zone, else what needs no test; ``None`` while a job is at it."""
    kept = db.session.scalar(
        # As text: read straight into its shape, which takes a fifth of the time.
        select(cast(ContentModel.body, Text)).where(
            ContentModel.account_id == scope.account_id,
            ContentModel.revision == scope.revision,
            ContentModel.timezone == scope.timezone,
            ContentModel.layout == LAYOUT,
        )
    )
    if kept is not None:
        return msgspec.json.decode(kept, type=ContentFit)
    table = find_posts(scope)
    if table is None:
        return ContentFit()
    return describe(table, scope.timezone) if len(table.counted) < LEAST_TESTED else None
