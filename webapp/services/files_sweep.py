"""The files that are made to be read elsewhere: those that nothing refers to any more go."""

from __future__ import annotations

from datetime import UTC, datetime

from webapp.services import data_exports, logos, mail_files, report_files, share_files, shares
from webapp.services.lease import Lease
from webapp.services.transaction import transaction


def sweep(lease: Lease) -> None:
    """Delete downloads whose time is over, PDFs of no report, files of no link and of no mail, logos of no team."""
    shares.forget_expired(datetime.now(UTC))
    data_exports.sweep()
    for sweep_folder in (report_files.sweep, share_files.sweep, mail_files.sweep, logos.sweep):
        sweep_folder()
    with transaction() as session:
        lease.finish(session)
