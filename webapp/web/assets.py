"""The browser files: pinned third-party assets and own static files with content hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from flask import Flask, Response, current_app, request
from markupsafe import Markup

if TYPE_CHECKING:
    from config import Settings

CDN: Final = "https://cdn.jsdelivr.net/npm"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_ICON: Final = Markup('<svg class="icon"{}><use href="{}#{}"/></svg>')


@dataclass(frozen=True, slots=True)
class Asset:
    """One third-party script: where it comes from, under which licence, and its exact bytes."""

    name: str
    package: str
    version: str
    dist_file: str
    local_file: str
    licence: str
    licence_file: str
    sri: str
    needed_by: str | None = None
    """CSS selector of what needs it on a page; None loads it on every page."""
    after: str | None = None
    """What it builds on: an asset or own script that is there before it."""

    @property
    def cdn_url(self) -> str:
        """Return the address of exactly these bytes; only files inside the npm archive keep them."""
        return f"{CDN}/{self.package}@{self.version}/{self.dist_file}"


class LoaderEntry(TypedDict):
    """What ``static/js/loader.js`` reads for one script."""

    name: str
    cdn: str | None
    sri: str | None
    local: str
    when: str | None
    after: str | None


ASSETS: Final[dict[str, Asset]] = {
    asset.name: asset
    for asset in (
        Asset(
            name="htmx",
            package="htmx.org",
            version="2.0.11",
            dist_file="dist/htmx.min.js",
            local_file="vendor/htmx.org/htmx.min.js",
            licence="0BSD",
            licence_file="vendor/htmx.org/LICENSE",
            sri="sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg",
        ),
        Asset(
            name="chart",
            package="chart.js",
            version="4.6.1",
            dist_file="dist/chart.umd.min.js",
            local_file="vendor/chart.js/chart.umd.min.js",
            licence="MIT",
            licence_file="vendor/chart.js/LICENSE",
            sri="sha384-Emf5ZVIUiarAdhkgtqK+5/Z5qIvM6QoVrS+qAVtfyZVuD5lIHrac0me485+Antp0",
            needed_by="[data-chart], [data-venn]",
        ),
        Asset(
            name="venn",
            package="chartjs-chart-venn",
            version="4.3.7",
            dist_file="build/index.umd.min.js",
            local_file="vendor/chartjs-chart-venn/index.umd.min.js",
            licence="MIT",
            licence_file="vendor/chartjs-chart-venn/LICENSE",
            sri="sha384-4o+Imm6HyDkZ10auoApNH+mNrK7ZRa5IYSmfJMTEkQz8y/tjEvS7TLOS57SQAJ67",
            needed_by="[data-venn]",
            after="js/charts.js",
        ),
    )
}

# Own scripts that only some pages need follow their library in the same ordered list.
_OWN_FOLLOWERS: Final[dict[str, str]] = {"chart": "js/charts.js", "venn": "js/venn.js"}


@dataclass(frozen=True, slots=True)
class Credit:
    """What the about page says of one third-party work in the browser."""

    name: str
    version: str
    licence: str
    licence_file: str


# The font is always served from here, so that no reader of a page is seen by a third party.
CREDITS: Final[tuple[Credit, ...]] = (
    *(Credit(a.package, a.version, a.licence, a.licence_file) for a in ASSETS.values()),
    Credit("@fontsource-variable/inter", "5.3.0", "OFL-1.1", "vendor/inter/LICENSE"),
)


class StaticFiles:
    """Addresses of files below ``static/`` that change with their content and may be cached for a year."""

    def __init__(self, root: Path, prefix: str, *, may_change: bool) -> None:
        """Know the files below ``root``, which are served below ``prefix``; look again where they ``may_change``."""
        self._root = root
        self._prefix = prefix
        self._may_change = may_change
        self._known: dict[str, tuple[int, str]] = {}
        self._urls: dict[str, str] = {}

    def version(self, name: str) -> str:
        """Return ten hex digits of the file's content; raise FileNotFoundError for an unknown name."""
        path = self._root / name
        changed_ns = path.stat().st_mtime_ns
        known = self._known.get(name)
        if known is not None and known[0] == changed_ns:
            return known[1]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:10]
        self._known[name] = (changed_ns, digest)
        return digest

    def url(self, name: str) -> str:
        """Return the address of a static file with its content hash."""
        # A page asks a few dozen times, so this does not go through url_for.
        known = self._urls.get(name)
        if known is None:
            known = f"{self._prefix}/{name}?v={self.version(name)}"
            if not self._may_change:
                self._urls[name] = known
        return known


def csp_sources(assets: str, names: Iterable[str] = tuple(ASSETS)) -> tuple[str, ...]:
    """Return the exact script addresses that the policy must allow; none when ``assets`` is "local"."""
    if assets != "cdn":
        return ()
    return tuple(ASSETS[name].cdn_url for name in names)


def loader_entries(files: StaticFiles, assets: str, names: Iterable[str]) -> list[LoaderEntry]:
    """Return the ordered list that the loader script works through; ``assets`` is "cdn" or "local"."""
    entries: list[LoaderEntry] = []
    for name in names:
        asset = ASSETS[name]
        from_cdn = assets == "cdn"
        entries.append(
            LoaderEntry(
                name=name,
                cdn=asset.cdn_url if from_cdn else None,
                sri=asset.sri if from_cdn else None,
                local=files.url(asset.local_file),
                when=asset.needed_by,
                after=asset.after,
            )
        )
        own = _OWN_FOLLOWERS.get(name)
        if own is not None:
            entries.append(
                LoaderEntry(name=own, cdn=None, sri=None, local=files.url(own), when=asset.needed_by, after=name)
            )
    return entries


def register_assets(app: Flask, settings: Settings) -> None:
    """Give the templates addresses and icons, and let hashed files be cached for a year."""
    # Only where somebody works on them do the files change while the application runs.
    may_change = settings.app_env == "development"
    files = StaticFiles(Path(app.static_folder or "static"), app.static_url_path or "/static", may_change=may_change)

    def asset_entries(*names: str, local: bool = False) -> list[LoaderEntry]:
        return loader_entries(files, "local" if local else settings.assets, names or tuple(ASSETS))

    def draw_icon(name: str, label: str | None = None) -> Markup:
        meaning = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(' aria-hidden="true"')
        return _ICON.format(meaning, files.url("img/icons.svg"), name)

    app.extensions["static_files"] = files
    app.jinja_env.globals["static_url"] = files.url
    app.jinja_env.globals["asset_entries"] = asset_entries
    # Icons and their labels are the templates' own, so there are few.
    app.jinja_env.globals["draw_icon"] = draw_icon if may_change else cache(draw_icon)
    app.after_request(_cache_hashed_files)


def static_url(name: str) -> str:
    """Return the address of a static file of the running application with its content hash."""
    files: StaticFiles = current_app.extensions["static_files"]
    return files.url(name)


def _cache_hashed_files(response: Response) -> Response:
    """Mark a static answer as immutable when its address carries the content hash."""
    if request.endpoint == "static" and "v" in request.args and response.status_code in (200, 206, 304):
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = _YEAR_SECONDS
        response.cache_control.immutable = True
    return response
