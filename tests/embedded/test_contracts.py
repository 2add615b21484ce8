"""What the three contracts do when the source's schema changes: on every host, and on the first load as on later ones."""

from __future__ import annotations

from collections.abc import Callable

import dlt
import pytest

from tests.platforms import TABLE, Platform
from tests.published import published_events

FIRST = {"id": 1, "age": 30}
NEW_COLUMN = {"id": 2, "age": 31, "town": "Oslo"}
NEW_TYPE = {"id": 2, "age": "unknown"}
NEW_CHILD = {"id": 2, "age": 31, "tags": [{"t": "x"}]}
TAGS = f"{TABLE}__tags"

Move = Callable[[Platform], None]


def stay(platform: Platform) -> None:
    """The same host."""


def fresh_host(platform: Platform) -> None:
    platform.forget_local_state()


def fresh_host_and_nothing_of_dlt(platform: Platform) -> None:
    platform.forget_local_state()
    platform.forget_dlt_tables()


everywhere = pytest.mark.parametrize("move", [stay, fresh_host, fresh_host_and_nothing_of_dlt])


@pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_value"])
def test_the_first_load_makes_the_table_whole(platform: Platform, contract: str) -> None:
    result = platform.load([NEW_CHILD | {"town": "Oslo"}], schema_contract=contract)
    assert (True, 1) == (result.success, result.rows_loaded)
    assert [{"id": 2, "age": 31, "town": "Oslo"}] == platform.rows("id", "age", "town")
    assert [{"t": "x"}] == platform.rows("t", table=TAGS)


@pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_value"])
@everywhere
def test_a_load_without_changes_passes(platform: Platform, contract: str, move: Move) -> None:
    platform.load([FIRST], schema_contract=contract)
    move(platform)
    assert platform.load([{"id": 2, "age": 31}], schema_contract=contract).success
    assert [FIRST, {"id": 2, "age": 31}] == platform.rows()


@everywhere
def test_evolve_adds_a_new_column(platform: Platform, move: Move) -> None:
    platform.load([FIRST])
    move(platform)
    assert platform.load([NEW_COLUMN]).success
    assert [FIRST | {"town": None}, NEW_COLUMN] == platform.rows()


@everywhere
def test_evolve_gives_another_type_a_column_of_its_own(platform: Platform, move: Move) -> None:
    platform.load([FIRST])
    move(platform)
    assert platform.load([NEW_TYPE]).success
    rows = [FIRST | {"age__v_text": None}, {"id": 2, "age": None, "age__v_text": "unknown"}]
    assert rows == platform.rows()


@everywhere
def test_evolve_makes_a_new_child_table(platform: Platform, move: Move) -> None:
    platform.load([FIRST])
    move(platform)
    assert platform.load([NEW_CHILD]).success
    assert [{"t": "x"}] == platform.rows("t", table=TAGS)


@pytest.mark.parametrize(
    ("row", "named"),
    [(NEW_COLUMN, "town (string)"), (NEW_TYPE, "age"), (NEW_CHILD, TAGS)],
    ids=["column", "type", "child"],
)
@everywhere
def test_freeze_refuses_a_change_and_names_it(
    platform: Platform, row: dict[str, object], named: str, move: Move
) -> None:
    platform.load([FIRST], schema_contract="freeze")
    move(platform)
    result = platform.load([row], schema_contract="freeze")
    assert (False, 0) == (result.success, result.rows_loaded)
    assert named in result.errors[0]
    assert [FIRST] == platform.rows()
    assert {"id", "age"} == platform.columns()
    assert not platform.catalog.table_exists(TAGS)


def test_a_refused_load_does_not_block_the_next_one(platform: Platform) -> None:
    platform.load([FIRST], schema_contract="freeze")
    platform.load([NEW_COLUMN], schema_contract="freeze")
    assert platform.load([{"id": 3, "age": 1}], schema_contract="freeze").success
    assert [FIRST, {"id": 3, "age": 1}] == platform.rows()


def test_a_refused_load_does_not_move_the_cursor(platform: Platform) -> None:
    platform.csv("a.csv", "id,age\n1,30\n")
    platform.load(schema_contract="freeze", cursor="id")
    platform.csv("b.csv", "id,age,town\n2,31,Oslo\n")
    assert not platform.load(schema_contract="freeze", cursor="id").success
    assert platform.load(schema_contract="evolve", cursor="id").success
    assert [1, 2] == [row["id"] for row in platform.rows("id")]


@everywhere
def test_discard_value_leaves_a_new_column_out(platform: Platform, move: Move) -> None:
    platform.load([FIRST], schema_contract="discard_value")
    move(platform)
    assert platform.load([NEW_COLUMN], schema_contract="discard_value").success
    assert [FIRST, {"id": 2, "age": 31}] == platform.rows()


@everywhere
def test_discard_value_leaves_values_of_another_type_out(platform: Platform, move: Move) -> None:
    platform.load([FIRST], schema_contract="discard_value")
    move(platform)
    assert platform.load([NEW_TYPE], schema_contract="discard_value").success
    assert [FIRST, {"id": 2, "age": None}] == platform.rows()


@everywhere
def test_discard_value_leaves_a_new_child_table_out(platform: Platform, move: Move) -> None:
    platform.load([FIRST], schema_contract="discard_value")
    move(platform)
    assert platform.load([NEW_CHILD], schema_contract="discard_value").success
    assert [FIRST, {"id": 2, "age": 31}] == platform.rows()
    assert not platform.catalog.table_exists(TAGS)


def test_what_is_discarded_is_counted(platform: Platform) -> None:
    platform.load([FIRST], schema_contract="discard_value")
    pipeline = platform.pipeline(schema_contract="discard_value")
    rows = [NEW_COLUMN, {"id": 3, "town": None}, {"id": 4, "tags": [{"t": "x"}, {"t": "y"}]}]
    platform.plugin.run(pipeline, source=dlt.resource(rows, name="orders"))
    lost = {(entry.column, entry.rows) for entry in pipeline.receipts[0].discarded}
    assert {("town", 1), ("orders__tags.*", 2)} == lost


@pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_value"])
def test_a_column_that_is_gone_from_the_source_stays_in_the_table(platform: Platform, contract: str) -> None:
    platform.load([FIRST], schema_contract=contract)
    assert platform.load([{"id": 2}], schema_contract=contract).success
    assert [FIRST, {"id": 2, "age": None}] == platform.rows()


def test_the_contract_of_a_run_beats_that_of_the_pipeline(platform: Platform) -> None:
    platform.load([FIRST])
    pipeline = platform.pipeline(schema_contract="evolve")
    data = dlt.resource([NEW_COLUMN], name="orders")
    assert not platform.plugin.run(pipeline, source=data, schema_contract="freeze").success


def test_schema_changes_are_told_at_info_and_violations_at_error(platform: Platform) -> None:
    platform.load([FIRST])
    platform.load([NEW_COLUMN])
    platform.load([NEW_COLUMN | {"zip": 1}], schema_contract="freeze")
    told = [(e.name, e.error, e.attributes["change"]) for e in published_events(platform.telemetry)]
    assert ("schema_changed", False, "new column town (string)") in told
    assert ("schema_contract_violated", True, "new column zip (long)") in told


@pytest.mark.parametrize("fresh", [False, True], ids=["same host", "fresh host"])
@pytest.mark.parametrize("nested", [False, True], ids=["column", "nested table"])
def test_what_was_discarded_is_not_taken_for_sent_later(
    platform: Platform, *, fresh: bool, nested: bool
) -> None:
    more = {"lines": [{"sku": "x"}]} if nested else {"mail": "a@b"}
    platform.load([{"id": 1}])
    platform.load([{"id": 2, **more}], schema_contract="discard_value")
    if fresh:
        platform.forget_local_state()
    assert platform.load([{"id": 3}], schema_contract="freeze").success
    assert platform.load([{"id": 4}], schema_contract="evolve").success
    assert {"id"} == platform.columns()
    assert [{"id": n} for n in (1, 2, 3, 4)] == platform.rows()
    assert not platform.catalog.table_exists("bronze.orders__lines")
