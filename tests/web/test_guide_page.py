"""The guide to the export, and the ways that lead to it."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, sign_in


def test_the_guide_shows_every_step_with_the_words_of_both_menus(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    page = client.get("/guide/tiktok").text
    assert page.count('class="phone"') == 5
    words = dict(re.findall(r'<strong>([^<]+)</strong> <span class="muted small" lang="fr">([^<]+)</span>', page))
    assert words["Settings and privacy"] == "Paramètres et confidentialité"
    assert words["Download your data"] == "Télécharger tes données"
    assert words["All data"] == "Toutes les données"
    assert "four days" in page


def test_in_french_the_french_words_come_first(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    page = client.get("/guide/tiktok", headers={"Accept-Language": "fr"}).text
    assert '<strong>Compte</strong> <span class="muted small" lang="en">Account</span>' in page


def test_the_guide_is_reached_from_where_an_export_is_wanted(app: Flask, client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    for address in ("/dashboard", "/audience/followers", "/imports"):
        assert 'href="/guide/tiktok"' in client.get(address).text, address
