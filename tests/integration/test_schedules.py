"""The schedules that are explored in memory come to the same on Polaris, behind a gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from floe_ingestion_dlt.testing.explorer import Story
from tests.rest.explored import same_schedules, short_stories
from tests.services.polaris_lab import PolarisLab


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("story", short_stories(), ids=lambda story: story.name)
def test_every_schedule_with_one_fault_comes_to_the_same_on_polaris(tmp_path: Path, story: Story) -> None:
    lab = PolarisLab(tmp_path, in_turn=story.in_turn)
    try:
        found = same_schedules(lab, story, faults=1)
        assert len(found) > 10
        assert not any(found.values())
    finally:
        lab.close()
