"""The addresses of a selection of posts and of one post: the same from every page, chart and drawer."""

from __future__ import annotations

from typing import Any

from flask import url_for

from webapp.domain.post_query import PostFilter, PostQuery
from webapp.web.links import page_address


def posts_href(wanted: PostFilter | PostQuery, **more: Any) -> str:
    """Return the address of the list of exactly these posts; ``more`` are arguments of the page beside them."""
    arguments = {name: value for name, value in {**wanted.to_args(), **more}.items() if value is not None}
    return page_address("posts.index", arguments)


def post_href(public_id: str) -> str:
    """Return the address of one post."""
    return url_for("post.show", public_id=public_id)
