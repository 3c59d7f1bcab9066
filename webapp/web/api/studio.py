"""What TikTok Studio counted: days, and videos with the posts that they are."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Response
from flask_babel import gettext as _

from webapp.analytics.content.studio import FIGURES, DayFigures, count_downloads, find_days
from webapp.analytics.content.studio_videos import StudioVideoView, list_videos
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.models import MatchState
from webapp.web.api.arguments import PageQuery, find_scope, neighbours, page_query
from webapp.web.api.operations import ACCOUNT, PAGES, Operation, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc
from webapp.web.api.studio_shapes import StudioDayFigures, StudioDayList, StudioVideoFigures, StudioVideoList
from webapp.web.masking import shown_caption

TAG = N_("TikTok Studio")
_ARGUMENTS = (ACCOUNT, *PAGES)
_DAYS = StudioDayList(
    count=28,
    next=None,
    previous=None,
    timezone="Europe/Paris",
    results=[
        StudioDayFigures(
            day=date(2026, 6, 18),
            video_views=3776,
            profile_views=17,
            likes=280,
            comments=18,
            shares=0,
            followers=1337,
            viewers=None,
            new_viewers=None,
            returning_viewers=None,
        )
    ],
)
_VIDEOS = StudioVideoList(
    count=1,
    next=None,
    previous=None,
    results=[
        StudioVideoFigures(
            id="7502096612639774954",
            permalink="https://www.tiktok.com/@demo.maker/video/7502096612639774954",
            title="Morning routine #fyp",
            day_posted=date(2026, 5, 22),
            views=36058,
            likes=387,
            comments=34,
            shares=9,
            as_of=datetime(2026, 6, 20, 12, tzinfo=UTC),
            match=MatchState.MATCHED,
            post="5f0c2b1a9d8e7f6a5b4c",
        )
    ],
)


@blueprint.get("/studio/days/")
@limited
@describe(
    Operation(N_("List days by TikTok Studio"), TAG, StudioDayList, _DAYS, parameters=_ARGUMENTS, errors=(404, 422))
)
def studio_days() -> Response:
    """Answer one page of the days that downloads of TikTok Studio state figures of, newest first."""
    page, scope = page_query(ACCOUNT.name), find_scope()
    unknown = _unknown(scope)
    if scope is None or unknown is not None:
        return answer(
            StudioDayList(count=None, next=None, previous=None, timezone=None, results=[], unknown=unknown or _nobody())
        )
    days = find_days(scope)[::-1]
    around = neighbours(page, len(days))
    return answer(
        StudioDayList(
            count=len(days),
            next=around["next"],
            previous=around["previous"],
            timezone=scope.timezone,
            results=[_day(row) for row in days[_part(page)]],
        )
    )


@blueprint.get("/studio/videos/")
@limited
@describe(
    Operation(
        N_("List videos by TikTok Studio"), TAG, StudioVideoList, _VIDEOS, parameters=_ARGUMENTS, errors=(404, 422)
    )
)
def studio_videos() -> Response:
    """Answer one page of the videos of downloads with the posts that they are, those in doubt first."""
    page, scope = page_query(ACCOUNT.name), find_scope()
    unknown = _unknown(scope)
    if scope is None or unknown is not None:
        return answer(StudioVideoList(count=None, next=None, previous=None, results=[], unknown=unknown or _nobody()))
    views = list_videos(scope, scope.timezone)
    around = neighbours(page, len(views))
    return answer(
        StudioVideoList(
            count=len(views),
            next=around["next"],
            previous=around["previous"],
            results=[_video(view) for view in views[_part(page)]],
        )
    )


def _unknown(scope: Scope | None) -> Unknown | None:
    if scope is None:
        return _nobody()
    if not count_downloads(scope):
        return Unknown(code=UnknownCode.NO_EXPORT, text=_("No download from TikTok Studio was imported yet."))
    return None


def _nobody() -> Unknown:
    return Unknown(code=UnknownCode.NO_ACCOUNT, text=_("There is no account yet."))


def _part(page: PageQuery) -> slice:
    return slice(page.offset, page.offset + page.page_size)


def _day(row: DayFigures) -> StudioDayFigures:
    return StudioDayFigures(day=row.day, **{name: row.figures.get(name) for name in FIGURES})


def _video(view: StudioVideoView) -> StudioVideoFigures:
    return StudioVideoFigures(
        id=view.platform_post_id,
        permalink=view.permalink,
        title=view.title and shown_caption(view.title),
        day_posted=view.posted_on,
        views=view.views,
        likes=view.likes,
        comments=view.comments,
        shares=view.shares,
        as_of=utc(view.at),
        match=view.state,
        post=view.post.public_id if view.post else None,
    )
