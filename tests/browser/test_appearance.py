from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, StorageState, ViewportSize, expect

from tests.browser.conftest import DEMO, PHONE, OpenVisitor

MONTHS = re.compile(r"\d{1,2} (janv\.|févr\.|mars|avr\.|mai|juin|juil\.|août|sept\.|oct\.|nov\.|déc\.) \d{4}")


def press(page: Page, size: ViewportSize, name: str) -> None:
    """Press a button of the frame; on a telephone it stands in the menu of the person."""
    if size == PHONE and page.locator("summary.menu-person").count():
        page.locator("summary.menu-person").click()
    page.get_by_role("button", name=name).click()


def test_french_reaches_every_word_and_date(open_visitor: OpenVisitor, size: ViewportSize) -> None:
    visitor = open_visitor(viewport=size)
    page = visitor.page
    visitor.sign_up()
    visitor.import_file(DEMO / "1_2023-11_user_data.json")
    page.goto("/audience/followers?ordering=username")
    expect(page.locator("html")).to_have_attribute("lang", "en")

    press(page, size, "Français")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    assert visitor.query() == "ordering=username", "the page was left"
    expect(page.get_by_role("link", name=re.compile("^(Tableau de bord|Accueil)$"))).to_have_count(1)
    for text in visitor.people.locator("time").all_inner_texts():
        assert MONTHS.search(text), text
    assert visitor.overflow() <= 0
    page.goto("/dashboard")
    expect(page.locator("html")).to_have_attribute("lang", "fr")

    press(page, size, "English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name=re.compile("^(Dashboard|Home)$"))).to_have_count(1)


def test_a_french_browser_is_greeted_in_french(open_visitor: OpenVisitor) -> None:
    page = open_visitor(locale="fr-FR").page
    page.goto("/login")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()


def test_dark_is_dark_at_once_and_after_a_reload(open_visitor: OpenVisitor, size: ViewportSize) -> None:
    visitor = open_visitor(viewport=size)
    page = visitor.page
    visitor.sign_up()
    light = visitor.css("body", "backgroundColor")
    with page.expect_response("**/settings/appearance"):
        press(page, size, "Dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = visitor.css("body", "backgroundColor")
    assert dark != light

    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert visitor.css("body", "backgroundColor") == dark
    with page.expect_response("**/settings/appearance"):
        press(page, size, "Light")
    assert visitor.css("body", "backgroundColor") == light


def test_a_theme_is_chosen_before_signing_in_too(open_visitor: OpenVisitor, size: ViewportSize) -> None:
    visitor = open_visitor(viewport=size)
    visitor.page.goto("/login")
    with visitor.page.expect_response("**/settings/appearance"):
        press(visitor.page, size, "Dark")
    visitor.page.goto("/register")
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_choice_the_system_decides(open_visitor: OpenVisitor, settled: StorageState, scheme: str) -> None:
    visitor = open_visitor(settled, color_scheme=scheme)
    visitor.page.goto("/dashboard")
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "system")
    lightness = visitor.page.evaluate(
        """() => {
          const ink = new OffscreenCanvas(1, 1).getContext("2d");
          ink.fillStyle = getComputedStyle(document.body).backgroundColor;
          ink.fillRect(0, 0, 1, 1);
          return ink.getImageData(0, 0, 1, 1).data[0];
        }"""
    )
    assert (lightness > 127) == (scheme == "light")
