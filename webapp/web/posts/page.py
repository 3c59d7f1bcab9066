"""The parts of the list of posts, each computed when the template asks for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Final

from flask import current_app, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from webapp.analytics.content.kept import keep
from webapp.analytics.content.layout import find_layout
from webapp.analytics.content.listing import PostPage, in_months, list_posts, ordered_posts, selection_figure
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.ranking import TopPosts, TopSpan, find_top
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_month
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import Period
from webapp.domain.post_query import MAX_LIKES, MAX_TITLE_SEARCH, PostFilter, PostLayout, PostOrder, PostQuery
from webapp.domain.query import DEFAULT_PAGE_SIZE
from webapp.domain.scope import Scope
from webapp.web.audience_tabs import Tab
from webapp.web.content_tabs import content_tabs
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.kpis import format_value
from webapp.web.paging_texts import shown_text
from webapp.web.people_list import Chip, Option
from webapp.web.post_filter_texts import KIND_TEXTS, PRIVACY_TEXTS, STANDING_TEXTS, named_filter_texts
from webapp.web.post_links import posts_href
from webapp.web.posts.lines import Column, Lines, columns_of
from webapp.web.posts.top import LABELS, TopText
from webapp.web.sound_texts import sound_text

# The fields that the form of the page has; the others come with links of other pages, and go along unseen.
_FORM_FIELDS: Final = frozenset(
    {"date_from", "date_to", "search", "min_likes", "max_likes", "hashtag", "sound", "privacy", "kind", "standing"}
    | {"ordering", "page", "cursor"}
)
# More of them than that make a list nobody reads; the others are found by typing.
_MOST_CHOICES: Final = 50


@dataclass(frozen=True, slots=True)
class View:
    """How the posts of a query are shown: a layout that a link brought, the ten that lead, and up to which day."""

    layout: PostLayout | None = None
    top: TopSpan | None = None
    until: date | None = None

    def to_args(self) -> dict[str, str]:
        """Return the arguments of the view, defaults left out."""
        arguments = {
            "layout": self.layout.value if self.layout else "",
            "top": self.top.value if self.top else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: value for name, value in arguments.items() if value}


@dataclass(frozen=True, slots=True)
class Total:
    """A number of all posts of the list; ``note`` says of how many where that is not all."""

    label: str
    text: str | None
    href: str
    note: str


@dataclass(frozen=True, slots=True)
class MonthGroup:
    """The posts of a month on a timeline."""

    key: str
    title: str
    total_text: str
    lines: list[Markup]


@dataclass(frozen=True, slots=True)
class SortHead:
    """The head of a column; without ``href`` nothing sorts by it."""

    label: str
    href: str | None
    direction: str | None


class PostsPage:
    """The list of posts, in the layout that the person chose or that the link brought."""

    def __init__(self, scope: Scope, query: PostQuery, view: View) -> None:
        self.scope = scope
        self.view = view
        self.layout = view.layout or find_layout(scope)
        if view.top is not None:
            self.layout = PostLayout.LIST if self.layout is PostLayout.TIMELINE else self.layout
            query = query.with_(ordering=_top_order(query.ordering))
        elif self.layout is PostLayout.TIMELINE and query.ordering.measure != "published_at":
            query = replace(query, ordering=PostOrder.PUBLISHED_DESC, cursor=None)
        self.query = query

    @cached_property
    def table(self) -> PostTable | None:
        """Return the posts of the account; ``None`` where no export holds them."""
        return find_posts(self.scope)

    @property
    def known(self) -> PostTable:
        """Return the posts of the account where there are any."""
        if self.table is None:
            raise TypeError("no export holds the posts")
        return self.table

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages of the room."""
        return content_tabs("posts.index")

    @property
    def view_tabs(self) -> list[Tab]:
        """Return the list, and the ten that lead of all time and of some days."""
        query = self.query.with_()
        everything = Tab(_("All posts"), self._href(query, top=None, until=None), self.view.top is None)
        leading = [
            Tab(_(label), self._href(query, top=span, until=None), self.view.top is span)
            for span, label in LABELS.items()
        ]
        return [everything, *leading]

    # ---- the posts ----

    @cached_property
    def result(self) -> PostPage:
        """Return the page of the list."""
        return list_posts(self.known, self.query)

    @cached_property
    def found_top(self) -> TopPosts | None:
        """Return the posts that lead; ``None`` where the whole list is shown."""
        if self.view.top is None:
            return None
        table, span, until = self.known, self.view.top, self.view.until
        wanted, measure = self.query.filter, self.query.ordering.measure
        return keep(table, (wanted, span, measure, until), lambda: find_top(table, wanted, span, measure, until=until))

    @cached_property
    def top(self) -> TopText | None:
        """Return what is said around the posts that lead."""
        if self.found_top is None:
            return None
        label = next(order.text for order in self.orders if order.value == self.query.ordering)
        return TopText(self.found_top, label, lambda day: self._href(self.query.with_(), until=day))

    @cached_property
    def lines(self) -> list[Markup]:
        """Return the posts of this page as its layout draws them."""
        if self.found_top is not None:
            return self._lines.ranked(self.found_top.shown)
        return self._lines.of(self.result.rows)

    @cached_property
    def months(self) -> list[MonthGroup]:
        """Return the posts of this page by month, for the timeline."""
        groups = in_months(self.known, self.result)
        lines = iter(self.lines)
        return [
            MonthGroup(
                key=f"{month.first:%Y-%m}",
                title=_capital(format_month(month.first, locale(), "yMMMM")),
                total_text=_posts_text(month.total),
                lines=[next(lines) for _row in month.rows],
            )
            for month in groups
        ]

    @cached_property
    def _lines(self) -> Lines:
        ui = current_app.jinja_env.globals["ui"]
        return Lines(ui, self.scope, self.known, self.layout, self.query.ordering.measure)

    @property
    def rows(self) -> list[PostRow]:
        """Return the posts of exactly this view, all pages of it."""
        if self.found_top is not None:
            return [ranked.row for ranked in self.found_top.shown]
        return ordered_posts(self.known, self.query.filter, self.query.ordering)

    # ---- what is said of all of them ----

    @property
    def total_text(self) -> str:
        """Return how many posts the query finds, in words."""
        if self.is_narrowed:
            return str(_("%(count)s found", count=format_count(self.result.total, locale())))
        return _posts_text(self.result.total)

    @property
    def total_href(self) -> str:
        """Return the address of what is behind the total."""
        return figure_href(FigureQuery(MetricKey.POSTS, posts=self.query.filter))

    @cached_property
    def totals(self) -> list[Total]:
        """Return what the posts of the list typically got, and got together; nothing of no post."""
        if not self.result.total:
            return []
        metrics = [MetricKey.TYPICAL_LIKES, MetricKey.LIKES_TOTAL]
        if self.known.has_views:
            metrics += [MetricKey.TYPICAL_VIEWS, MetricKey.TYPICAL_ENGAGEMENT, MetricKey.ENGAGEMENT_RATE]
        return [self._total(metric) for metric in metrics]

    def _total(self, metric: MetricKey) -> Total:
        figure = selection_figure(self.known, self.query.filter, metric)
        href = figure_href(FigureQuery(metric, posts=self.query.filter))
        label = _(METRICS[metric].label)
        if figure.value is None:
            return Total(label, None, href, "")
        note = "" if figure.n == self.result.total else _("n = %(count)s", count=format_count(figure.n, locale()))
        return Total(label, format_value(metric, figure.value), href, note)

    @cached_property
    def range_text(self) -> str:
        """Return which posts of how many this page shows."""
        return shown_text(self.result.start, len(self.result.rows), self.result.total)

    @property
    def nothing_text(self) -> str:
        """Return what it means that no post fits."""
        if self.query.filter.asks_about_words and not self.known.has_titles:
            return str(
                _(
                    "Your exports hold no captions, so nothing can be found by words or hashtags. A newer export, with "
                    "all data and in the JSON format, may hold them."
                )
            )
        return str(_("No post fits what you are looking for."))

    # ---- columns, orders, filters ----

    @cached_property
    def columns(self) -> list[Column]:
        """Return the figures that are shown."""
        return columns_of(self.known)

    @cached_property
    def heads(self) -> list[SortHead]:
        """Return the heads of the columns, the day of publication first; the ten that lead are not sorted."""
        heads = [self._head(_("Published"), "published_at")]
        for column in self.columns:
            label = _(column.label)
            heads.append(self._head(label, column.measure) if column.sorts else SortHead(label, None, None))
        return heads

    def _head(self, label: str, measure: str) -> SortHead:
        if self.view.top is not None:
            return SortHead(label, None, None)
        ordering = self.query.ordering
        is_current = ordering.measure == measure
        descending = not (is_current and ordering.is_descending)
        href = self._href(self.query.with_(ordering=PostOrder(f"{'-' if descending else ''}{measure}")))
        return SortHead(label, href, ("desc" if ordering.is_descending else "asc") if is_current else None)

    @property
    def orders(self) -> list[Option]:
        """Return the orders to choose from; what no source holds is not among them."""
        most = [
            Option(PostOrder.LIKES_DESC, _("Most likes")),
            Option(PostOrder.LIKES_PER_DAY_DESC, _("Most likes per day")),
        ]
        fewest = [
            Option(PostOrder.LIKES, _("Fewest likes")),
            Option(PostOrder.LIKES_PER_DAY, _("Fewest likes per day")),
        ]
        if self.known.has_views or self.query.ordering.measure in ("views", "engagement"):
            most += [
                Option(PostOrder.VIEWS_DESC, _("Most views")),
                Option(PostOrder.ENGAGEMENT_DESC, _("Most engagement")),
            ]
            fewest += [
                Option(PostOrder.VIEWS, _("Fewest views")),
                Option(PostOrder.ENGAGEMENT, _("Least engagement")),
            ]
        if self.view.top is not None:
            return most
        dates = [Option(PostOrder.PUBLISHED_DESC, _("Newest first")), Option(PostOrder.PUBLISHED, _("Oldest first"))]
        return dates if self.layout is PostLayout.TIMELINE else [*dates, *most, *fewest]

    @property
    def layouts(self) -> list[tuple[PostLayout, str, str]]:
        """Return the layouts with their words and icons."""
        layouts = [(PostLayout.LIST, _("List"), "list"), (PostLayout.GRID, _("Grid"), "grid")]
        if self.view.top is None:
            layouts.append((PostLayout.TIMELINE, _("Timeline"), "timeline"))
        return layouts

    @property
    def kinds(self) -> list[Option]:
        """Return the kinds of posts to choose from."""
        return [Option("", _("Any kind")), *(Option(key, _(text)) for key, text in KIND_TEXTS.items())]

    @property
    def privacies(self) -> list[Option]:
        """Return who can see a post, to choose from."""
        return [Option("", _("Anybody may see it")), *(Option(key, _(text)) for key, text in PRIVACY_TEXTS.items())]

    @property
    def standings(self) -> list[Option]:
        """Return where a post can stand, to choose from."""
        return [Option("", _("On any list")), *(Option(key, _(text)) for key, text in STANDING_TEXTS.items())]

    @cached_property
    def sounds(self) -> list[Option]:
        """Return the sounds to choose from, the most used first; empty while no post has one."""
        table, chosen = self.known, self.query.filter.sound
        used = keep(table, "sounds", lambda: Counter(row.sound for row in table.rows if row.sound is not None))
        places = [place for place, _count in used.most_common(_MOST_CHOICES)]
        places += [place for place, sound in enumerate(table.sounds) if sound.public_id == chosen]
        sounds = [table.sounds[place] for place in dict.fromkeys(places)]
        options = [Option(sound.public_id, sound_text(sound)) for sound in sounds]
        return [Option("", _("Any sound")), *options] if options else []

    @property
    def hashtags(self) -> list[str]:
        """Return the hashtags that typing is helped with, the most used ones."""
        table = self.known
        used = keep(table, "hashtags", lambda: Counter(place for row in table.rows for place in row.hashtags))
        return sorted(table.tags[place].spelling for place, _count in used.most_common(_MOST_CHOICES))

    @cached_property
    def chips(self) -> list[Chip]:
        """Return the active filters, each with the way to do without."""
        arguments = {**self.query.with_().to_args(), **self.view.to_args()}
        chips = []
        for fields, text in named_filter_texts(self.query.filter, self.known):
            others = {name: value for name, value in arguments.items() if name not in fields}
            href = posts_href(PostQuery(self._open_filter), **others)
            chips.append(Chip(text, href, _("Remove the filter “%(filter)s”", filter=text)))
        return chips

    @property
    def folded_count(self) -> int:
        """Return how many filters are active that stand in the part of the form that opens."""
        asked = self.query.filter
        choices = (asked.hashtag, asked.sound, asked.privacy, asked.kind, asked.standing)
        return sum(map(bool, choices)) + (asked.min_likes is not None) + (asked.max_likes is not None)

    @property
    def is_narrowed(self) -> bool:
        """Return whether a filter can be cleared."""
        return not self.query.filter.is_open

    @property
    def has_window(self) -> bool:
        """Return whether the days are those of a window, and not fields of the form."""
        return self.view.top not in (None, TopSpan.ALL)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what the form of the filters brings along, unseen."""
        arguments = {**self.query.to_args(), **self.view.to_args(), "account": request.args.get("account", "")}
        shown = _FORM_FIELDS - {"date_from", "date_to"} if self.has_window else _FORM_FIELDS
        return [(name, value) for name, value in arguments.items() if value and name not in shown]

    @property
    def window_kept(self) -> list[tuple[str, str]]:
        """Return what the form of the days brings along, unseen: everything but these."""
        arguments = {**self.query.with_().to_args(), **self.view.to_args(), "account": request.args.get("account", "")}
        return [(name, value) for name, value in arguments.items() if value and name != "until"]

    # ---- addresses ----

    @property
    def action(self) -> str:
        """Return the address of the list without any argument; a form brings its own."""
        return request.path

    @property
    def clear_href(self) -> str:
        """Return the address without filters, in the same order."""
        return self._href(PostQuery(self._open_filter, ordering=self.query.ordering))

    @property
    def here_href(self) -> str:
        """Return the address of this view without a layout: what is chosen is kept with the person."""
        return self._href(self.query, layout=None)

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        return self._href(self.query.with_(cursor=self.result.next, page=1)) if self.result.next else None

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return self._href(self.query.with_(cursor=self.result.previous, page=1)) if self.result.previous else None

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""
        query = self.query.with_(page_size=DEFAULT_PAGE_SIZE).to_args()
        arguments: dict[str, Any] = {**query, **self.view.to_args(), "layout": None, "dialect": dialect or None}
        return url_for("posts.download", **arguments)

    @property
    def max_search(self) -> int:
        """Return how many characters a search may have."""
        return MAX_TITLE_SEARCH

    @property
    def max_likes(self) -> int:
        """Return the largest number of likes that can be asked for."""
        return MAX_LIKES

    @property
    def _open_filter(self) -> PostFilter:
        return PostFilter(Period(None, None, self.scope.timezone))

    def _href(self, query: PostQuery, **changes: Any) -> str:
        return posts_href(query, **{**self.view.to_args(), **changes})


def _top_order(ordering: PostOrder) -> PostOrder:
    """Return the order of the posts that lead: the largest first, by likes where a list is in order of time."""
    if ordering.measure == "published_at":
        return PostOrder.LIKES_DESC
    return PostOrder(f"-{ordering.measure}")


def _capital(text: str) -> str:
    """Return a heading with its first letter large, as months have it in English and not in French."""
    return f"{text[:1].upper()}{text[1:]}"


def _posts_text(count: int) -> str:
    return str(ngettext("%(count)s post", "%(count)s posts", count, count=format_count(count, locale())))
