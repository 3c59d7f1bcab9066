"""The request: its number, its size limits, and uploads that go straight to their place on disk."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from flask import Flask, g, has_request_context, request
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import logs
from webapp.domain.errors import ErrorCode, OutOfSpace
from webapp.extensions import settings
from webapp.services.uploads import uploads_path
from webapp.web import access_log
from webapp.web.access_log import AccessLog

if TYPE_CHECKING:
    from config import Settings

MIB = 1024 * 1024
FORM_BYTES = 1_000_000
FORM_PARTS = 200
# What the covers of one request may weigh together.
MAX_IMAGES_BYTES = 200 * MIB
_TAKES_IMAGES = ("post.set_cover", "covers.create", "teams.set_logo")
# How many bytes are received between two looks at the free space.
_CHECK_EVERY = 16_000_000


class UploadStream:
    """A file being received: written once, hashed while it passes, readable afterwards by its path.

    When the disk cannot take it, the rest is read and thrown away, because a browser whose sending is cut off shows
    its own error page; ``finish`` then refuses.
    """

    def __init__(self, directory: Path, reserve_bytes: int) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / f"{secrets.token_hex(16)}.part"
        self.size = 0
        self._reserve = reserve_bytes
        self._digest = hashlib.sha256()
        self._file = self.path.open("xb")
        self.path.chmod(0o600)
        self._unchecked = 0
        self._is_refused = False

    def write(self, data: bytes) -> int:
        """Append a chunk, unless the disk's reserve would be touched."""
        if self._is_refused:
            return len(data)
        self._unchecked += len(data)
        if self._unchecked > _CHECK_EVERY or self.size == 0:
            self._unchecked = 0
            if shutil.disk_usage(self.path.parent).free < self._reserve:
                return self._refuse(data)
        self._digest.update(data)
        self.size += len(data)
        try:
            return self._file.write(data)
        except OSError:
            return self._refuse(data)

    def finish(self) -> None:
        """Hand the last bytes to the system; raise ``OutOfSpace`` when the file did not fit on the disk."""
        if not self._is_refused:
            try:
                self._file.flush()
            except OSError:
                self._refuse(b"")
        if self._is_refused:
            raise OutOfSpace(ErrorCode.OUT_OF_SPACE)

    def _refuse(self, data: bytes) -> int:
        self._is_refused = True
        self.discard()
        return len(data)

    @property
    def sha256(self) -> str:
        """Return the digest of what has passed, in hexadecimal."""
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Close and delete the file; harmless when it was already moved away."""
        with suppress(OSError):  # what is still in the buffer may not fit either
            self._file.close()
        self.path.unlink(missing_ok=True)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Satisfy the form parser, which rewinds; nothing is read back through this object."""
        return 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class AppRequest(HtmxAwareRequest):
    """A request whose uploads are streamed to ``instance/uploads`` instead of a temporary file."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        stream = UploadStream(uploads_path(), settings().disk_reserve_mb * MIB)
        g.setdefault("upload_streams", []).append(stream)
        return stream  # type: ignore[return-value]


def request_id() -> str | None:
    """Return the number of the request being answered, if there is one."""
    return g.get("request_id") if has_request_context() else None


def init_app(app: Flask, config: Settings) -> None:
    """Set limits and numbers for every request."""
    app.request_class = AppRequest
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES
    app.config["MAX_FORM_PARTS"] = FORM_PARTS
    app.config["MAX_CONTENT_LENGTH"] = FORM_BYTES
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.wsgi_app = AccessLog(app.wsgi_app, trusts_proxy=config.trusted_proxies > 0)  # type: ignore[method-assign]

    @app.before_request
    def number_request() -> None:
        g.request_id = logs.current().get("request_id") or secrets.token_hex(8)
        if request.url_rule is not None:
            request.environ[access_log.ROUTE] = request.url_rule.rule
            request.environ[access_log.IS_QUIET] = request.endpoint in access_log.QUIET_ENDPOINTS
            logs.note(method=request.method, route=request.url_rule.rule)
        if request.endpoint in ("imports.create", "api.create_import"):
            request.max_content_length = config.max_upload_mb * MIB
        elif request.endpoint in _TAKES_IMAGES:
            request.max_content_length = min(config.max_upload_mb * MIB, MAX_IMAGES_BYTES)

    @app.teardown_request
    def discard_uploads(_error: BaseException | None) -> None:
        for stream in g.pop("upload_streams", []):
            stream.discard()

    @app.after_request
    def show_number(response: Any) -> Any:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response
