"""Read what a caller sends: the account, pages, and bodies of a strict shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from flask import request
from msgspec.structs import FieldInfo

from webapp.domain.errors import BadRequest, ErrorCode, Invalid, NotFound, UnsupportedBody
from webapp.domain.post_query import PostQuery
from webapp.domain.query import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE,
    MAX_PAGE_SIZE,
    Cursor,
    FollowQuery,
    parse_number,
    refuse_unknown,
    single,
)
from webapp.domain.scope import Permission, Scope
from webapp.extensions import settings
from webapp.services import access
from webapp.web.auth import team_scope

S = TypeVar("S", bound=msgspec.Struct)

_PUBLIC_ID = re.compile(r"[0-9a-f]{20}")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class PageQuery:
    """A numbered page of a short list."""

    page: int
    page_size: int

    @property
    def offset(self) -> int:
        """Return how many rows stand before the page."""
        return (self.page - 1) * self.page_size


def known_id(text: str) -> str:
    """Return a public id; raise ``NotFound`` for what cannot be one, as for one that is not there."""
    if not _PUBLIC_ID.fullmatch(text):
        raise NotFound(ErrorCode.NOT_FOUND)
    return text


def find_scope() -> Scope | None:
    """Return the scope of the account that the address names, of the default one, or ``None`` without any."""
    team = team_scope(Permission.ACCOUNT_READ)
    named = single(request.args, "account")
    if named:
        return access.get_account_scope(team, known_id(named))
    return access.find_account_scope(team)


def page_query(*others: str) -> PageQuery:
    """Return the page that is asked for; raise ``Invalid`` for arguments beside it and ``others``."""
    refuse_unknown(request.args, (*others, "page", "page_size"))
    return PageQuery(
        parse_number("page", single(request.args, "page"), 1, 1, MAX_PAGE),
        parse_number("page_size", single(request.args, "page_size"), DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE),
    )


def neighbours(query: PageQuery, count: int, **others: str) -> dict[str, str | None]:
    """Return the addresses of the pages before and after; ``others`` are the arguments that stay."""
    has_next = query.offset + query.page_size < count
    return {
        "next": _page_url(query, query.page + 1, others) if has_next else None,
        "previous": _page_url(query, query.page - 1, others) if query.page > 1 else None,
    }


def absolute_url(arguments: dict[str, str]) -> str:
    """Return the address of this list with other arguments; the account stays as it was named."""
    named = single(request.args, "account")
    if named:
        arguments = {**arguments, "account": named}
    query = f"?{urlencode(arguments)}" if arguments else ""
    return f"{settings().base_url}{request.path}{query}"


def cursor_url(query: FollowQuery | PostQuery, cursor: Cursor | None) -> str | None:
    """Return the address of this list from another place on; ``None`` where there is nothing more."""
    return None if cursor is None else absolute_url(query.with_(cursor=cursor, page=1).to_args())


def read_json(shape: type[S]) -> S:
    """Return the JSON body in its shape, of its defaults when nothing was sent.

    Raises ``UnsupportedBody`` for another type, ``BadRequest`` for what is no JSON object, ``Invalid`` naming
    the field that is unknown or of the wrong type.
    """
    body = request.get_data(cache=False)
    if not body and not request.mimetype:
        return shape()
    if request.mimetype != "application/json":
        raise UnsupportedBody(ErrorCode.UNSUPPORTED_BODY, expected="application/json")
    try:
        # Fields are told apart before any is read, so that the refusal can name the one at fault.
        raw = msgspec.json.decode(body.decode(), type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(ErrorCode.BAD_REQUEST) from error
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    refuse_unknown(raw, tuple(fields))
    return shape(**{name: _read_field(fields[name], text) for name, text in raw.items()})


def _read_field(field: FieldInfo, text: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(text, type=field.type)
    except (msgspec.DecodeError, RecursionError) as error:
        shown = bytes(text).decode("utf-8", "replace")[:_SHOWN]
        raise Invalid(ErrorCode.FIELD_INVALID, field=field.encode_name, value=shown) from error


def _page_url(query: PageQuery, page: int, others: dict[str, str]) -> str:
    arguments = others if page == 1 else {**others, "page": str(page)}
    if query.page_size != DEFAULT_PAGE_SIZE:
        arguments = {**arguments, "page_size": str(query.page_size)}
    return absolute_url(arguments)
