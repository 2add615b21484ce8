"""The schedules that are explored in memory come to the same behind a REST catalog over SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from floe_ingestion_dlt.testing.explorer import Story
from tests.conformance.rest_lab import RestLab
from tests.rest.explored import same_schedules, short_stories


@pytest.mark.timeout(900)
@pytest.mark.parametrize("story", short_stories(), ids=lambda story: story.name)
def test_every_schedule_with_one_fault_comes_to_the_same_in_sqlite(tmp_path: Path, story: Story) -> None:
    lab = RestLab(tmp_path, together=not story.in_turn)
    try:
        found = same_schedules(lab, story, faults=1)
        assert len(found) > 10
        assert not any(found.values())
    finally:
        lab.close()
