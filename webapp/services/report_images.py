"""The images that a report is drawn with, read from the disk by the names that it has for them."""

from __future__ import annotations

from webapp.domain.covers import is_file_name
from webapp.domain.reports import Report
from webapp.services.covers import media_path
from webapp.services.logos import LOGOS


def images_of(report: Report) -> dict[str, bytes]:
    """Return the logo and the covers of a report; one whose file is gone is left out."""
    images = {post.cover: _read_cover(post.cover) for post in (report.posts.top if report.posts else ()) if post.cover}
    if report.head.logo:
        images[report.head.logo] = LOGOS.read(report.head.logo)
    return {name: content for name, content in images.items() if content is not None}


def _read_cover(name: str) -> bytes | None:
    if not is_file_name(name):
        return None
    try:
        return (media_path() / name).read_bytes()
    except FileNotFoundError:
        return None
