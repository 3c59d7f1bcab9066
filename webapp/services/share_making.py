"""Make what public links show: the report as the link's maker may see it, with less told, and the files drawn of it.

The payload is complete before visitors see any of it: one pointer of the link moves in the job's last transaction.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.analytics.reports.payload import decode, encode
from webapp.analytics.reports.report import find_report
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.redaction import Redaction
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Paper, Report
from webapp.domain.scope import Permission, Scope
from webapp.domain.shares import watermark_of
from webapp.extensions import db
from webapp.models import Account, ShareLink, SharePayload
from webapp.renderers.cards import draw_link_image
from webapp.renderers.report_pdf import write_report_pdf
from webapp.services import shares
from webapp.services.lease import Lease
from webapp.services.making import Making, find_maker
from webapp.services.redaction import link_cipher
from webapp.services.report_images import images_of
from webapp.services.report_queries import read_query
from webapp.services.share_files import SHARE_FILES
from webapp.services.transaction import transaction

SHARES: Final = Making(ShareLink, "share_id")


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a link is about to show: its text, of which data version, and the names of its files."""

    body: str
    revision: int
    pdf: str | None
    image: str | None


def find_shared(scope: Scope, query: ReportQuery, redaction: Redaction, made_at: int) -> Report:
    """Return a report as visitors see it: what is kept from whoever asks is kept from them too.

    Pseudonyms are those of ``redaction``, so that the links of one report do not tell each other who is who.
    """
    told = replace(redaction.laid_over(scope.redaction), cipher=redaction.cipher)
    return find_report(replace(scope, redaction=told), query, made_at, is_public=True)


def make(lease: Lease) -> None:
    """Make what a link shows and let visitors see it; nothing for a link that is over or has a newer job.

    Raises ``Forbidden`` when its maker may not share the account any more, ``NotYet`` while its numbers are reckoned.
    """
    share = db.session.get(ShareLink, lease.arguments["share_id"])
    draft = None
    if share is not None and _is_wanted(share, lease):
        payload = db.session.get(SharePayload, share.payload_id) if share.payload_id is not None else None
        if lease.arguments["redraws"] and payload is not None:
            body, revision = payload.body, payload.revision
        else:
            body, revision = _compute(lease, share)
        draft = _draw(lease, share, body, revision)
    reach(Failpoint.SHARE_BEFORE_COMMIT)
    with transaction() as session:
        lease.hold(session)
        if draft is not None:
            _show(session, lease, draft)
        lease.finish(session)
    reach(Failpoint.SHARE_AFTER_COMMIT)


def refresh(lease: Lease) -> None:
    """Queue the making of every live link of an account that shows older numbers than there are."""
    with transaction() as session:
        account = session.get(Account, lease.arguments["account_id"])
        for share in shares.find_live(session, lease.arguments["account_id"]) if account is not None else ():
            payload = session.get(SharePayload, share.payload_id) if share.payload_id is not None else None
            if account is not None and (payload is None or payload.revision != account.revision):
                shares.queue_making(session, share, account.team_id)
        lease.finish(session)


def _is_wanted(share: ShareLink, lease: Lease) -> bool:
    is_over = share.revoked_at is not None or share.expires_at <= datetime.now(UTC)
    return not is_over and share.job_id == lease.job_id


def _compute(lease: Lease, share: ShareLink) -> tuple[str, int]:
    scope = find_maker(share.created_by, share.account_id, Permission.SHARE_WRITE)
    redaction = Redaction(share.names, share.numbers, share.hides_captions, cipher=link_cipher(share.public_id))
    query = read_query(share.query).with_(shows_account=share.shows_account)
    lease.begin_step("computing")
    return encode(find_shared(scope, query, redaction, int(time.time()))), scope.revision


def _draw(lease: Lease, share: ShareLink, body: str, revision: int) -> _Draft:
    report = decode(body)
    mark = watermark_of(report, share.recipient, share.public_id)
    lease.begin_step("drawing")
    images, pdf = images_of(report), None
    if share.allows_pdf:
        written = write_report_pdf(report, share.locale, Paper.A4, title=share.title, mark=mark, images=images)
        pdf = SHARE_FILES.write(written.content, "pdf")
    image = SHARE_FILES.write(draw_link_image(report, share.locale, mark, images), "png")
    return _Draft(body, revision, pdf, image)


def _show(session: Session, lease: Lease, draft: _Draft) -> None:
    """Let a link show a payload in place of the one before; a link that is over by now shows neither."""
    share = session.scalars(
        select(ShareLink).where(ShareLink.id == lease.arguments["share_id"]).with_for_update()
    ).one_or_none()
    if share is None or not _is_wanted(share, lease):
        SHARE_FILES.discard(draft.pdf, draft.image)
        return
    payload = SharePayload(
        share_id=share.id,
        body=draft.body,
        revision=draft.revision,
        pdf=draft.pdf,
        image=draft.image,
        made_at=datetime.now(UTC),
    )
    session.add(payload)
    session.flush()
    share.payload_id, share.error = payload.id, None
    shares.delete_payloads(session, share.id, but=payload.id)
