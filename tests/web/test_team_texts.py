"""The words for what members of a team may do."""

from __future__ import annotations

from webapp.domain.scope import Permission, Role
from webapp.web.team_tabs import PERMISSION_TEXTS, ROLE_LEADS, ROLE_NAMES


def test_every_permission_and_every_role_has_its_words() -> None:
    assert set(PERMISSION_TEXTS) == set(Permission)
    assert set(ROLE_NAMES) == set(ROLE_LEADS) == set(Role)
