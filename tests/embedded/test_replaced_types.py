"""A load that replaces all rows gives a column the type that it has in the source now."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.transforms import IdentityTransform

from tests.embedded.rows_of_each_kind import KINDS, load, run
from tests.embedded.sliced import at_once, content, in_slices, source, threads
from tests.platforms import TABLE, Platform

pytestmark = pytest.mark.some_of_them

Rows = list[dict[str, Any]]
ROWS_KINDS = pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "sqlite", "python", "arrow"])


def replace(platform: Platform, kind: str, rows: Rows, **options: Any) -> Any:
    return load_by(platform, kind, rows, write_mode="replace", **options)


def load_by(platform: Platform, kind: str, rows: Rows, **options: Any) -> Any:
    if kind in {"python", "arrow"}:
        given: list[Any] = [pa.Table.from_pylist(rows)] if kind == "arrow" else rows
        return platform.load(given, **options)
    return run(platform, kind, rows, **options)


def types(platform: Platform) -> dict[str, str]:
    fields = platform.catalog.load_table(TABLE).schema().fields
    return {field.name: str(field.field_type) for field in fields if not field.name.startswith("_dlt")}


@ROWS_KINDS
def test_numbers_that_become_texts_and_numbers_again(platform: Platform, kind: str) -> None:
    for rows in ([1, 2], ["x", "y"], ["x", "7"], [3, 4]):
        values = [{"id": n, "v": value} for n, value in enumerate(rows)]
        assert replace(platform, kind, values).success
        assert {"id", "v"} == set(types(platform))
        read = [row["v"] for row in platform.rows("id", "v")]
        # a column of text holds whole numbers of CSV, too
        assert rows in (read, [int(value) for value in read if str(value).isdecimal()])


@ROWS_KINDS
def test_a_host_without_local_state_follows_the_source(platform: Platform, kind: str) -> None:
    for rows in ([1], ["x"], ["y"]):
        assert replace(platform, kind, [{"id": 1, "v": value} for value in rows]).success
        platform.forget_local_state()
        assert [{"id": 1, "v": rows[0]}] == platform.rows("id", "v")
        assert {"id", "v"} == set(types(platform))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (True, "yes"),
        (1.5, "n/a"),
        ("2024-01-01T10:00:00Z", "soon"),
        (2**40, 0.5),
        (1, {"a": 1}),
        (0.25, 2**60 + 1),
    ],
)
def test_values_of_json_lines_that_do_not_fit_any_more(platform: Platform, before: Any, after: Any) -> None:
    assert replace(platform, "jsonl", [{"id": 1, "v": before}]).success
    assert replace(platform, "jsonl", [{"id": 1, "v": after}]).success
    assert replace(platform, "jsonl", [{"id": 2, "v": after}]).success
    again = platform.rows("id", "v")
    assert {"id", "v"} == set(types(platform))
    platform.catalog.drop_table(TABLE)
    platform.forget_local_state()
    platform.forget_dlt_tables()
    assert replace(platform, "jsonl", [{"id": 2, "v": after}]).success
    assert platform.rows("id", "v") == again


@KINDS
def test_a_type_that_the_table_has_and_that_fits_is_kept(platform: Platform, kind: str) -> None:
    load(platform, kind, [{"id": 1, "v": 1.5}], write_mode="replace")
    load(platform, kind, [{"id": 1, "v": 2}], write_mode="replace")
    assert "double" == types(platform)["v"]
    assert [{"id": 1, "v": 2.0}] == platform.rows("id", "v")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "python"])
def test_one_misfit_among_many_rows_is_in_the_column_of_the_others(platform: Platform, kind: str) -> None:
    rows: Rows = [{"id": n, "v": n} for n in range(300)]
    assert replace(platform, kind, rows).success
    rows[250]["v"] = "x"
    assert replace(platform, kind, rows).success
    after = {row["id"]: row for row in platform.rows()}
    assert 300 == len(after)
    assert "x" in after[250].values()
    assert "7" in map(str, after[7].values())


@ROWS_KINDS
def test_the_rows_of_before_are_read_in_their_own_type(platform: Platform, kind: str) -> None:
    replace(platform, kind, [{"id": 1, "v": 1}])
    before = platform.catalog.load_table(TABLE).current_snapshot()
    assert before is not None
    replace(platform, kind, [{"id": 1, "v": "x"}])
    table = platform.catalog.load_table(TABLE)
    assert [1] == table.scan(snapshot_id=before.snapshot_id).to_arrow()["v"].to_pylist()
    assert [before.snapshot_id] == [table.snapshots()[0].snapshot_id]


@ROWS_KINDS
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_other_modes_keep_the_type(platform: Platform, kind: str, mode: str) -> None:
    options: dict[str, Any] = {"write_mode": mode}
    if mode == "merge":
        options["source_config"] = {"primary_key": ["id"]}
    for value in (1, "x"):
        rows = [{"id": value if value == 1 else 2, "v": value}]
        result = load_by(platform, kind, rows, **options)
        assert result.success
    assert {"id": "long", "v": "long", "v__v_text": "string"} == types(platform)


@ROWS_KINDS
def test_freeze_refuses_another_type_and_keeps_the_rows(platform: Platform, kind: str) -> None:
    replace(platform, kind, [{"id": 1, "v": 1}])
    refused = replace(platform, kind, [{"id": 1, "v": "x"}], schema_contract="freeze")
    assert not refused.success
    assert [{"id": 1, "v": 1}] == platform.rows("id", "v")


@ROWS_KINDS
def test_discard_value_leaves_values_of_another_type_out(platform: Platform, kind: str) -> None:
    replace(platform, kind, [{"id": 1, "v": 1}])
    assert replace(platform, kind, [{"id": 1, "v": "x"}], schema_contract="discard_value").success
    assert [{"id": 1, "v": None}] == platform.rows("id", "v")
    assert {"id": "long", "v": "long"} == types(platform)


@ROWS_KINDS
def test_a_column_of_the_tables_partitions_keeps_its_type(platform: Platform, kind: str) -> None:
    replace(platform, kind, [{"id": 1, "v": 1}])
    table = platform.catalog.load_table(TABLE)
    with table.update_spec() as spec:
        spec.add_field("v", IdentityTransform())
    assert replace(platform, kind, [{"id": 1, "v": "x"}]).success
    assert [{"id": 1, "v": None, "v__v_text": "x"}] == platform.rows("id", "v", "v__v_text")


@KINDS
def test_a_type_that_columns_names_is_kept(platform: Platform, kind: str) -> None:
    typed = {"columns": {"v": "string"}}
    for value in (1, 2.5):
        load(platform, kind, [{"id": 1, "v": value}], write_mode="replace", source_config=typed)
        assert "string" == types(platform)["v"]


def test_decimals_and_dates_of_the_table_are_kept_while_texts_fit(platform: Platform) -> None:
    replace(platform, "sqlite", [{"id": 1, "m": 1, "d": 1}])
    platform.catalog.drop_table(TABLE)
    money, days = pa.array([], pa.decimal128(10, 2)), pa.array([], pa.date32())
    typed = pa.table({"id": pa.array([], pa.int64()), "m": money, "d": days})
    platform.catalog.create_table(TABLE, typed.schema)
    for text in ("1.50", "2"):
        assert replace(platform, "csv", [{"id": 1, "m": text, "d": "2024-02-29"}]).success
        assert {"id": "long", "m": "decimal(10, 2)", "d": "date"} == types(platform)
    assert dt.date(2024, 2, 29) == platform.rows()[0]["d"]
    assert replace(platform, "csv", [{"id": 1, "m": "n/a", "d": "2024-02-29"}]).success
    assert {"id": "long", "m": "string", "d": "date"} == types(platform)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1.234, "double"),
        (Decimal("1.234"), "decimal(38, 9)"),
        (12345678901, "decimal(21, 2)"),
        ("1.234", "string"),
        ("1.23", "decimal(12, 2)"),
        (1.2, "decimal(12, 2)"),
        (7, "decimal(12, 2)"),
    ],
    ids=str,
)
def test_numbers_with_more_digits_than_the_decimals_of_the_table(
    platform: Platform, value: float | str, kind: str
) -> None:
    decimals: list[Any] = [pa.table({"v": pa.array([Decimal("1.50")], pa.decimal128(12, 2))})]
    platform.load(decimals)
    assert platform.load([{"v": value}], write_mode="replace").success
    assert {"v": kind} == types(platform)
    (row,) = platform.rows("v")
    assert value in (row["v"], float(row["v"]), str(row["v"]))


def test_rows_in_nested_tables_follow_the_source(platform: Platform) -> None:
    for value in (1, "x"):
        assert replace(platform, "python", [{"id": 1, "tags": [{"v": value}]}]).success
        assert [value] == [row["v"] for row in platform.rows(table=f"{TABLE}__tags")]


def test_a_load_of_nulls_keeps_the_type(platform: Platform) -> None:
    for kind in ("parquet", "jsonl"):
        replace(platform, kind, [{"id": 1, "v": 1}])
        assert replace(platform, kind, [{"id": 1, "v": None}]).success
        assert {"id": "long", "v": "long"} == types(platform)
        (platform.data / f"a.{kind}").unlink()


@pytest.mark.parametrize("kind", ["sqlite", "csv", "jsonl", "parquet"])
def test_slices_follow_the_source_as_a_load_at_once_does(platform: Platform, kind: str) -> None:
    sources = [source(platform, kind, name, write_mode="replace") for name in ("shop", "whole")]
    plugin = platform.a_plugin(sources=sources)
    rows = {"id": [1], "state": [7], "price": ["free"], "day": [1]}
    for name in ("shop", "whole"):
        made = platform.load(
            [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)],
            table=f"bronze.{name}",
            write_mode="replace",
        )
        assert made.success
    with threads() as workers:
        sliced, whole = in_slices(plugin, workers, 4), at_once(plugin, "whole")
    assert sliced.fault is None
    assert whole.fault is None
    assert content(platform, "shop") == content(platform, "whole")
    assert {"id", "state", "price", "day"} == {
        c for c in platform.columns("bronze.shop") if not c.startswith("_dlt")
    }
