"""The addresses of a selection of posts and of one post: the same from every page, chart and drawer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import g, url_for

from webapp.domain.post_query import PostFilter, PostQuery


def posts_href(wanted: PostFilter | PostQuery, **more: Any) -> str:
    """Return the address of the list of exactly these posts; ``more`` are arguments of the page beside them."""
    arguments = {name: value for name, value in {**wanted.to_args(), **more}.items() if value is not None}
    # The router is asked once, because a cloud and its table link hundreds of selections.
    if "posts_address" not in g:
        g.posts_address = url_for("posts.index")
    address: str = g.posts_address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(arguments)}" if arguments else address


def post_href(public_id: str) -> str:
    """Return the address of one post."""
    return url_for("post.show", public_id=public_id)
