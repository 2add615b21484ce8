"""Spark moves tables through their history, and the cursor moves with them."""

from __future__ import annotations

import pytest

from tests.platforms import TABLE
from tests.spark.lake import Lake
from tests.spark.stories import APPEND, CURSOR, SPARKS_ROW, STORIES, UPSERT, Rows, Story, assert_rows
from tests.spark.works import EXPIRE, Work, insert

T = f"floe.{TABLE}"
SPARKS: Rows = [{"id": SPARKS_ROW, "v": 5}]


def loaded_and_rolled_back(lake: Lake, story: Story) -> tuple[Rows, Rows]:
    """The rows of the first load, which the tables show again, and those of the second."""
    first = story.load(lake, 0, [])
    second = story.load(lake, 1, first)
    for table in story.tables:
        before, _ = lake.snapshot_ids(table)
        lake.sql(f"CALL floe.system.rollback_to_snapshot('{table}', {before})")
    return first, second


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_rows_that_were_rolled_back_come_again(lake: Lake, story: Story) -> None:
    first, _ = loaded_and_rolled_back(lake, story)
    assert_rows(lake, story, story.load(lake, 2, first))


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_rows_that_were_rolled_back_come_again_beside_those_of_spark(lake: Lake, story: Story) -> None:
    first, _ = loaded_and_rolled_back(lake, story)
    insert(lake, id=SPARKS_ROW, v=5)
    assert_rows(lake, story, story.load(lake, 2, first + SPARKS))


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_roll_back_that_is_taken_back_leaves_every_row_once(lake: Lake, story: Story) -> None:
    _, second = loaded_and_rolled_back(lake, story)
    for table in story.tables:
        _, undone, _ = lake.snapshot_ids(table)
        lake.sql(f"CALL floe.system.set_current_snapshot('{table}', {undone})")
    assert_rows(lake, story, story.load(lake, 2, second))


@pytest.mark.parametrize("story", [APPEND, CURSOR, UPSERT], ids=str)
def test_rows_that_were_rolled_back_come_again_when_nothing_else_tells_of_it(
    lake: Lake, story: Story
) -> None:
    first, _ = loaded_and_rolled_back(lake, story)
    insert(lake, id=SPARKS_ROW, v=5)
    Work("expire", (EXPIRE,)).done(lake, TABLE)
    assert_rows(lake, story, story.load(lake, 2, first + SPARKS))


@pytest.mark.parametrize("story", [APPEND, CURSOR], ids=str)
def test_a_load_that_is_cherry_picked_is_in_the_table_once(lake: Lake, story: Story) -> None:
    _, second = loaded_and_rolled_back(lake, story)
    _, load, _ = lake.snapshot_ids()
    insert(lake, id=SPARKS_ROW, v=5)
    lake.sql(f"CALL floe.system.cherrypick_snapshot('{TABLE}', {load})")
    assert_rows(lake, story, story.load(lake, 2, second + SPARKS))


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_loads_go_on_beside_rows_that_were_audited_before_they_were_published(
    lake: Lake, story: Story
) -> None:
    rows = story.load(lake, 0, [])
    lake.sql(f"ALTER TABLE {T} SET TBLPROPERTIES ('write.wap.enabled' = 'true')", "SET spark.wap.id = audit")
    insert(lake, id=SPARKS_ROW, v=5)
    lake.sql("RESET spark.wap.id")
    rows = story.load(lake, 1, rows)
    lake.sql(f"CALL floe.system.publish_changes('{TABLE}', 'audit')")
    assert_rows(lake, story, story.load(lake, 2, rows + SPARKS))


@pytest.mark.parametrize("story", [CURSOR, UPSERT], ids=str)
def test_branches_and_tags_do_not_concern_loads(lake: Lake, story: Story) -> None:
    rows = story.load(lake, 0, [])
    lake.sql(f"ALTER TABLE {T} CREATE TAG first", f"ALTER TABLE {T} CREATE BRANCH trial")
    rows = story.load(lake, 1, rows)
    lake.sql(f"DELETE FROM {T}.branch_trial WHERE id = 1")
    assert_rows(lake, story, story.load(lake, 2, rows))
