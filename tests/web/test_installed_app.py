"""What lets browsers install the app: the manifest, the icons, the service worker, and the page for no network."""

from __future__ import annotations

import json
import re
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.factories import Member, sign_in

# Nothing of this is read from the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PARTS = ("/manifest.webmanifest", "/sw.js", "/offline")


def fetch(client: FlaskClient, address: str) -> bytes:
    """Return a file, which is closed."""
    with client.get(address) as answer:
        assert answer.status_code == 200
        body: bytes = answer.data
    return body


def known_to_the_worker(client: FlaskClient) -> dict[str, object]:
    """Return what the service worker is told."""
    found = re.match(r"self\.APP = (\{.*\});\n", client.get("/sw.js").text)
    assert found is not None
    known: dict[str, object] = json.loads(found[1])
    return known


def test_the_manifest_says_what_browsers_ask_for_before_they_install(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest?lang=en")
    assert answer.mimetype == "application/manifest+json"
    manifest = json.loads(answer.text)
    assert (manifest["id"], manifest["start_url"], manifest["scope"]) == ("/", "/", "/")
    assert (manifest["display"], manifest["lang"]) == ("standalone", "en")
    for icon in manifest["icons"]:
        with Image.open(BytesIO(fetch(client, icon["src"]))) as image:
            assert (f"{image.width}x{image.height}", image.format) == (icon["sizes"], "PNG")
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for shortcut in manifest["shortcuts"]:
        assert client.get(shortcut["url"]).location.startswith("/login")


def test_everything_speaks_the_language_of_the_page_that_links_it(client: FlaskClient, alice: Member) -> None:
    page = client.get("/login", headers={"Accept-Language": "fr"}).text
    found = re.search(r'rel="manifest" href="([^"]+)"', page)
    assert found is not None
    assert parse_qs(urlsplit(found[1]).query) == {"lang": ["fr"]}
    # Whatever the browser speaks: the address alone decides.
    french = json.loads(client.get(found[1], headers={"Accept-Language": "en"}).text)
    english = json.loads(client.get("/manifest.webmanifest", headers={"Accept-Language": "fr"}).text)
    assert (french["lang"], english["lang"]) == ("fr", "en")
    assert french["shortcuts"] != english["shortcuts"]
    assert '<html lang="fr"' in client.get("/offline?lang=fr").text
    assert client.get("/offline?lang=de").status_code == 422
    assert client.get("/manifest.webmanifest?lang=de").status_code == 422
    assert client.get("/sw.js?lang=fr").status_code == 422


@pytest.mark.parametrize("path", PARTS)
def test_it_is_the_same_for_everybody_and_checked_each_time(path: str, client: FlaskClient, alice: Member) -> None:
    """No page with data is kept in a browser, so these hold nothing of anybody."""
    before = client.get(path)
    sign_in(client, alice)
    after = client.get(path)
    assert after.data == before.data
    assert "Set-Cookie" not in after.headers
    assert alice.email not in after.text
    assert "csrf" not in after.text
    assert after.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": after.headers["ETag"]})
    assert again.status_code == 304
    assert "worker-src 'self'" in after.headers["Content-Security-Policy"]


def test_the_worker_keeps_files_and_the_page_for_no_network_alone(client: FlaskClient) -> None:
    known = known_to_the_worker(client)
    files, pages = known["files"], known["pages"]
    assert isinstance(files, list)
    assert isinstance(pages, dict)
    assert [name for name in files if not name.startswith(("/static/", "/brand-"))] == []
    assert pages == {"en": "/offline?lang=en", "fr": "/offline?lang=fr"}
    for address in (*files, *pages.values(), known["icon"], known["badge"]):
        assert fetch(client, str(address)), address
    # What the page is drawn with is all there without a network.
    links = re.findall(r'(?:href|src)="([^"]+)"', client.get("/offline").text)
    assert set(links) <= set(files)
    assert "<script" not in client.get("/offline").text


def test_the_worker_imports_scripts_of_the_app_by_their_content(client: FlaskClient) -> None:
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    called = re.search(r"importScripts\((.*)\);\n$", answer.text)
    assert called is not None
    scripts = json.loads(f"[{called[1]}]")
    assert [urlsplit(script).path for script in scripts] == ["/static/js/sw-offline.js", "/static/js/sw-push.js"]
    for script in scripts:
        with client.get(script) as part:
            assert "immutable" in part.headers["Cache-Control"]
