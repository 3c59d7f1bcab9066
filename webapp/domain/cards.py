"""Images to post elsewhere: what one can tell, how large it is, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from webapp.domain.reports import ReportSection


class CardDesign(StrEnum):
    """What an image tells."""

    FIGURES = "figures"  # a period in numbers
    MILESTONE = "milestone"  # a round number of followers
    POST = "post"  # the post that did best
    GROWTH = "growth"  # the curve of followers
    HASHTAGS = "hashtags"  # those that are used most


class CardFormat(StrEnum):
    """Where an image is shown."""

    STORY = "story"
    PORTRAIT = "portrait"
    SQUARE = "square"
    LINK = "link"  # what stands beside a link in a chat

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        return _SIZES[self]


_SIZES: Final = {
    CardFormat.STORY: (1080, 1920),
    CardFormat.PORTRAIT: (1080, 1350),
    CardFormat.SQUARE: (1080, 1080),
    CardFormat.LINK: (1200, 630),
}
# The parts of a report that an image of each design is drawn from.
SECTIONS: Final = {
    CardDesign.FIGURES: (ReportSection.FIGURES,),
    CardDesign.MILESTONE: (ReportSection.FIGURES, ReportSection.NEWS),
    CardDesign.POST: (ReportSection.POSTS,),
    CardDesign.GROWTH: (ReportSection.FIGURES, ReportSection.GROWTH),
    CardDesign.HASHTAGS: (ReportSection.HASHTAGS,),
}


@dataclass(frozen=True, slots=True)
class CardLook:
    """What an image tells, for which place, and its title where it is not that of the design."""

    design: CardDesign = CardDesign.FIGURES
    format: CardFormat = CardFormat.STORY
    title: str = ""
