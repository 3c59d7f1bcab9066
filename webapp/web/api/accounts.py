"""The accounts of the team."""

from __future__ import annotations

from flask import Response, request
from msgspec import UNSET

from webapp.analytics import accounts as reads
from webapp.analytics.accounts import AccountRow
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission
from webapp.domain.sections import Platform
from webapp.domain.text import N_
from webapp.services import accounts
from webapp.web.api.arguments import known_id, neighbours, page_query, read_json
from webapp.web.api.operations import PAGES, Operation, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Account, AccountChange, AccountList
from webapp.web.auth import current_actor, team_scope

_EXAMPLE = Account(
    id="0b8f3c9a7d2e41560f9c",
    platform=Platform.TIKTOK,
    handle="demo.maker",
    timezone="Europe/Paris",
    is_default=True,
    hold_percent=20,
)


@blueprint.get("/accounts/")
@limited
@describe(
    Operation(
        N_("List the accounts of the team"),
        N_("Accounts"),
        AccountList,
        AccountList(count=1, next=None, previous=None, results=[_EXAMPLE]),
        parameters=PAGES,
        errors=(422,),
    )
)
def list_accounts() -> Response:
    """Answer one page of the team's accounts."""
    query = page_query()
    rows = reads.list_accounts(team_scope(Permission.ACCOUNT_READ))
    shown = rows[query.offset : query.offset + query.page_size]
    return answer(AccountList(count=len(rows), results=[_item(row) for row in shown], **neighbours(query, len(rows))))


@blueprint.get("/accounts/<public_id>/")
@limited
@describe(Operation(N_("Show an account"), N_("Accounts"), Account, _EXAMPLE, errors=(404, 422)))
def show_account(public_id: str) -> Response:
    """Answer one account."""
    refuse_unknown(request.args, ())
    return answer(_item(reads.get_account(team_scope(Permission.ACCOUNT_READ), known_id(public_id))))


@blueprint.patch("/accounts/<public_id>/")
@limited
@describe(
    Operation(
        N_("Change the settings of an account, or make it the default one"),
        N_("Accounts"),
        Account,
        _EXAMPLE,
        body=AccountChange,
        errors=(400, 403, 404, 413, 415, 422),
        sample='{"timezone": "Europe/Paris"}',
    )
)
def change_account(public_id: str) -> Response:
    """Change what the body names, and answer the account as it is then."""
    refuse_unknown(request.args, ())
    team = team_scope(Permission.ACCOUNT_WRITE)
    row = reads.get_account(team, known_id(public_id))
    change = read_json(AccountChange)
    if change.is_default is False and row.is_default:
        raise Invalid(ErrorCode.FIELD_INVALID, field="is_default", value="false")
    if change.timezone is not UNSET or change.hold_percent is not UNSET:
        accounts.change_account(
            team,
            public_id,
            current_actor(),
            timezone=row.timezone if change.timezone is UNSET else change.timezone,
            display_name=row.display_name,
            hold_percent=None if change.hold_percent is UNSET else change.hold_percent,
        )
    if change.is_default is True and not row.is_default:
        accounts.set_default_account(team, public_id, current_actor())
    return answer(_item(reads.get_account(team, public_id)))


def _item(row: AccountRow) -> Account:
    return Account(
        id=row.public_id,
        platform=row.platform,
        handle=row.handle,
        timezone=row.timezone,
        is_default=row.is_default,
        hold_percent=row.hold_percent,
    )
