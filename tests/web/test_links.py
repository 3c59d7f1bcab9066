"""Addresses with arguments, and the language that an answer has noted."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from webapp.web.i18n import locale, translated
from webapp.web.links import page_address, with_arguments


@pytest.mark.parametrize("value", ["plain", "7", "a b", "été", "#tag", "a&b=c", "１２", "50%", "a+b", "x/y:z"])
def test_any_value_comes_back_from_an_address(value: str) -> None:
    address = with_arguments("/here", {"search": value, "page": 2})
    assert address == f"/here?{urlencode({'search': value, 'page': 2})}"
    assert dict(parse_qsl(urlsplit(address).query)) == {"search": value, "page": "2"}


def test_arguments_join_those_that_are_there() -> None:
    assert with_arguments("/here", {}) == "/here"
    assert with_arguments("/here?account=x", {"page": 2}) == "/here?account=x&page=2"


def test_every_address_of_a_page_keeps_the_account(app: Flask) -> None:
    with app.test_request_context("/content/posts?account=x"):
        assert page_address("hashtags.show", {}) == "/content/analytics/hashtags?account=x"
        assert page_address("hashtags.show", {"page": 2}) == "/content/analytics/hashtags?account=x&page=2"
    with app.test_request_context("/content/posts"):
        assert page_address("hashtags.show", {}) == "/content/analytics/hashtags"


def test_a_language_that_is_forced_for_a_while_holds_for_that_while(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "fr"}):
        assert (locale(), gettext("Language"), translated("Language")) == ("fr", "Langue", "Langue")
        with force_locale("en"):
            assert (locale(), gettext("Language"), translated("Language")) == ("en", "Language", "Language")
        assert (locale(), gettext("Language"), translated("Language")) == ("fr", "Langue", "Langue")
    assert locale() == "en"
