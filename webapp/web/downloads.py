"""Send files that are made while they are sent; every download is written down before its first byte leaves."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, request, stream_with_context

from webapp.models import AuditAction
from webapp.services.audit import record_alone
from webapp.web.auth import current_actor


def send_csv(chunks: Iterator[bytes], name: str) -> Response:
    """Return a table as a download that streams."""
    return send_file_of(chunks, name, "text/csv; charset=utf-8")


def send_file_of(
    chunks: Iterator[bytes], name: str, mimetype: str, action: AuditAction = AuditAction.DATA_DOWNLOADED
) -> Response:
    """Return a download that streams; its name is safe in a header whatever it holds."""
    note_download(action)
    response = Response(stream_with_context(chunks), mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    # Compressing would hold the first bytes back until a whole block is there.
    response.headers["Content-Encoding"] = "identity"
    return response


def note_download(action: AuditAction = AuditAction.DATA_DOWNLOADED) -> None:
    """Write down that data is about to leave; of the filters only which there are, because words may be names."""
    rule = request.url_rule.rule if request.url_rule else request.path
    record_alone(current_actor(), action, rule[:100], filters=sorted(request.args))
