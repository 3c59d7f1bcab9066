"""The exports that were imported for an account."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response

from webapp import models
from webapp.analytics.imports import list_exports
from webapp.analytics.visible import COMPLETE
from webapp.domain.sections import ExportedAtSource, Section, SectionState
from webapp.domain.text import N_
from webapp.web.api.arguments import find_scope, neighbours, page_query
from webapp.web.api.operations import ACCOUNT, PAGES, Operation, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Export, ExportList, ExportState, SectionCounts, section_counts, utc

_EXAMPLE = Export(
    id="4a1d7be20c6f93518e7a",
    at=datetime(2026, 4, 12, 9, 15, tzinfo=UTC),
    at_source=ExportedAtSource.ZIP_ENTRY,
    sections={
        "followers": SectionCounts(state=SectionState.FILLED, read=12483, kept=12480, skipped={"deleted_account": 3}),
        "following": SectionCounts(state=SectionState.MISSING, read=None, kept=None, skipped=None),
    },
    state=ExportState.PARTIAL,
)


@blueprint.get("/exports/")
@limited
@describe(
    Operation(
        N_("List the exports of the account, oldest first"),
        N_("Imports and exports"),
        ExportList,
        ExportList(count=1, next=None, previous=None, results=[_EXAMPLE]),
        parameters=(ACCOUNT, *PAGES),
        errors=(404, 422),
    )
)
def exports() -> Response:
    """Answer one page of the account's exports."""
    query = page_query("account")
    scope = find_scope()
    rows = list_exports(scope) if scope else ()
    shown = rows[query.offset : query.offset + query.page_size]
    return answer(ExportList(count=len(rows), results=[_item(row) for row in shown], **neighbours(query, len(rows))))


def _item(export: models.Export) -> Export:
    is_complete = export.followers_state in COMPLETE and export.following_state in COMPLETE
    # A list that seemed to be cut short counts as whole once a person has said that it is.
    stored = {
        Section.FOLLOWERS: export.followers_state,
        Section.FOLLOWING: export.following_state,
        Section.POSTS: export.posts_state,
    }
    sections = {
        name: {**said, "state": stored.get(Section(name), said["state"])} for name, said in export.sections.items()
    }
    return Export(
        id=export.public_id,
        at=utc(export.exported_at),
        at_source=export.exported_at_source,
        sections=section_counts(sections),
        state=ExportState.COMPLETE if is_complete else ExportState.PARTIAL,
    )
