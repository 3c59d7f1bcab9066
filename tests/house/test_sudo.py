"""What is grave asks again who sits there: a route that should and does not fails the build."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories import Member, sign_in
from tests.web.pages import csrf_token

# SECURITY 24: password and address, second factor and its codes, keys, roles and invitations, what a team is, data and
# audit exports, deleting oneself or a team, giving an account away.
TABLE = {
    ("GET", "/accounts/<public_id>/transfer"),
    ("POST", "/accounts/<public_id>/transfer"),
    ("GET", "/audit.csv"),
    ("GET", "/audit.json"),
    ("GET", "/settings/email"),
    ("POST", "/settings/email"),
    ("POST", "/planner/feeds"),
    ("POST", "/settings/keys"),
    ("GET", "/settings/password"),
    ("POST", "/settings/password"),
    ("GET", "/settings/privacy/delete"),
    ("POST", "/settings/privacy/delete"),
    ("POST", "/settings/privacy/export"),
    ("GET", "/settings/privacy/export.zip"),
    ("GET", "/settings/security/authenticator"),
    ("POST", "/settings/security/authenticator"),
    ("POST", "/settings/security/authenticator/confirm"),
    ("GET", "/settings/security/authenticator/disable"),
    ("POST", "/settings/security/authenticator/disable"),
    ("POST", "/settings/security/codes"),
    ("POST", "/settings/security/codes.txt"),
    ("POST", "/settings/security/email-code"),
    ("GET", "/team/delete"),
    ("POST", "/team/delete"),
    ("POST", "/team/invitations"),
    ("POST", "/team/members/<public_id>"),
    ("POST", "/team/members/<public_id>/remove"),
    ("POST", "/team/settings"),
}
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
def test_what_asks_again_is_what_should(app: Flask) -> None:
    """SECURITY 24: the marks on the views and the table are one and the same."""
    marked = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if getattr(app.view_functions[rule.endpoint], "needs_sudo", False)
    }
    assert marked - TABLE == set(), "these ask and are not in the table"
    assert TABLE - marked == set(), "these must ask"


@on_sqlite
def test_without_a_fresh_proof_each_of_them_leads_to_the_question(app: Flask, alice: Member) -> None:
    """SECURITY 24, W19: pages and forms by redirect, htmx by its header; nothing is answered before."""
    client = app.test_client()
    sign_in(client, alice, has_sudo=False)
    token = csrf_token(client.get("/settings"))
    wrong = []
    for method, rule in sorted(TABLE):
        url = rule.replace("<public_id>", "0" * 20)
        answer = client.open(url, method=method, data={"csrf_token": token} if method == "POST" else None)
        if answer.status_code != 303 or not answer.location.startswith("/settings/sudo?"):
            wrong.append(f"{method} {rule}: {answer.status_code} {answer.location}")
        swapped = client.open(url, method=method, headers={"HX-Request": "true", "X-CSRFToken": token})
        if not swapped.headers.get("HX-Redirect", "").startswith("/settings/sudo?") or swapped.text:
            wrong.append(f"{method} {rule} by htmx: {swapped.status_code}")
    assert not wrong, "\n".join(wrong)
