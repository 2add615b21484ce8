"""Spark keeps the tables in order and changes their rows, and the loads go on."""

from __future__ import annotations

import pytest

from tests.platforms import TABLE
from tests.spark.lake import Lake
from tests.spark.stories import SPARKS_ROW, STORIES, Story, assert_rows, two_loads
from tests.spark.works import CARE, CHANGES, Work, insert

# The one that merges the others, and one of files that the last load deleted.
MOST_MANIFESTS = 2


@pytest.mark.parametrize("story", STORIES, ids=str)
@pytest.mark.parametrize("work", CARE, ids=str)
def test_loads_go_on_after_care_for_the_tables(lake: Lake, story: Story, work: Work) -> None:
    rows = two_loads(lake, story)
    for table in story.tables:
        work.done(lake, table)
    assert_rows(lake, story, story.load(lake, 2, rows))


@pytest.mark.parametrize("story", STORIES, ids=str)
@pytest.mark.parametrize("work", CHANGES, ids=str)
def test_loads_go_on_with_the_rows_that_spark_has_changed(lake: Lake, story: Story, work: Work) -> None:
    rows = two_loads(lake, story)
    work.done(lake, story.tables[0])
    assert_rows(lake, story, story.load(lake, 2, work.change(rows)))


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_loads_go_on_beside_rows_that_spark_has_added(lake: Lake, story: Story) -> None:
    rows = two_loads(lake, story)
    insert(lake, id=SPARKS_ROW, v=5)
    assert_rows(lake, story, story.load(lake, 2, [*rows, {"id": SPARKS_ROW, "v": 5}]))


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_loads_go_on_after_orphan_files_are_removed(lake: Lake, story: Story) -> None:
    rows = two_loads(lake, story)
    for table in story.tables:
        orphan = lake.place(table) / "data" / "left.parquet"
        orphan.touch()
        lake.age_files(days=5)
        lake.sql(f"CALL floe.system.remove_orphan_files('{table}')")
        assert not orphan.exists()
    assert_rows(lake, story, story.load(lake, 2, rows))


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_spark_reads_tables_whose_manifests_are_merged_by_loads(lake: Lake, story: Story) -> None:
    rows = two_loads(lake, story)
    for table in story.tables:
        lake.sql(f"ALTER TABLE floe.{table} SET TBLPROPERTIES ('commit.manifest.min-count-to-merge' = '2')")
    for number in (2, 3, 4):
        rows = story.load(lake, number, rows)
        assert_rows(lake, story, rows)
    (manifests,) = lake.query(f"SELECT count(*) AS n FROM floe.{TABLE}.manifests").to_pylist()
    assert manifests["n"] <= MOST_MANIFESTS
