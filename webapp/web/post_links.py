"""The addresses of a selection of posts and of one post: the same from every page, chart and drawer."""

from __future__ import annotations

from typing import Any

from flask import url_for

from webapp.domain.post_query import PostFilter, PostQuery


def posts_href(wanted: PostFilter | PostQuery, **more: Any) -> str:
    """Return the address of the list of exactly these posts; ``more`` are arguments of the page beside them."""
    return url_for("posts.index", **{**wanted.to_args(), **more})


def post_href(public_id: str) -> str:
    """Return the address of one post."""
    return url_for("post.show", public_id=public_id)
