"""Parts of the app die at random moments of an import; nothing is lost, doubled, or seen half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign import Campaign, Figures
from tests.faults.stack import Database, Pace, fault_stack

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("database", [Database.SQLITE, pytest.param(Database.POSTGRESQL, marks=pytest.mark.postgres)])
def test_imports_survive_kills_at_random_moments(
    database: Database, tmp_path: Path, pace: Pace, kills: int, seed: int, figures: list[Figures]
) -> None:
    with fault_stack(tmp_path, database, pace) as stack:
        campaign = Campaign(stack, f"{database} ({pace} settings)", seed)
        figures.append(campaign.figures)
        campaign.rehearse()
        campaign.disturb(kills)
    assert (campaign.figures.lost, campaign.figures.doubled) == (0, 0)
    assert len(campaign.figures.kills) >= kills
