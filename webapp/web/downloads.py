"""Send files that are made while they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, stream_with_context


def send_csv(chunks: Iterator[bytes], name: str) -> Response:
    """Return a download that streams; its name is safe in a header whatever it holds."""
    response = Response(stream_with_context(chunks), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    # Compressing would hold the first bytes back until a whole block is there.
    response.headers["Content-Encoding"] = "identity"
    return response
