"""Rows that are written by column are the same rows, tables, types and keys as those that dlt normalizes row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.engine import new_columns
from floe_ingestion_dlt.adapters.dlt_api.internals import get_nested_row_hash
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.platforms import Platform
from tests.random_tables import MOST_EXAMPLES, exact

Row: TypeAlias = dict[str, Any]
# Each table by its name: its columns with their types, and its rows.
Tables = dict[str, tuple[list[str], list[Row]]]

MOMENTS: Final = [
    "2024-01-01T00:00:00Z",
    "2024-01-01 10:30",
    "2024-06-01t10:30:00.123456000 +05:30",
    "2024-02-30T00:00:00Z",
    "9999-12-31T23:59:59-05:00",
    "0001-01-01T00:00:00+05:00",
    "0000-01-01T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2016-12-31T23:59:60Z",
]
TEXTS: Final = ["", "a", "7", "Ünï 😀", "2024-01-01", "null", "\uf026x", "x\ny"]
NUMBERS: Final = [0, -1, 2**53 + 1, 2**63 - 1, 2**63, 0.0, -0.0, 1.5, 1e300]
KEYS: Final = ["a", "aB", "a_b", "A", "Größe", "value", "list", "_x", "a__b", "b.c", " ", "_file"]
SCALARS: Final = st.none() | st.booleans() | st.sampled_from([*NUMBERS, *TEXTS, *MOMENTS])
ALIKE: Final[list[list[Any]]] = [
    NUMBERS[:4],
    NUMBERS[5:],
    TEXTS[:5],
    MOMENTS[:3],
    MOMENTS,
    [True, False],
]


def nested(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(st.sampled_from(KEYS), values, max_size=3)
    return objects | st.lists(values, max_size=3) | st.lists(objects, max_size=3)


VALUES: Final = st.recursive(SCALARS, nested, max_leaves=6)


@st.composite
def rows_alike(draw: st.DrawFn) -> list[Row]:
    """Rows with the same keys, mostly with values of one type in each."""
    keys = draw(st.lists(st.sampled_from(KEYS), max_size=4, unique=True))
    plain = {key: st.none() | st.sampled_from(draw(st.sampled_from(ALIKE))) for key in keys}
    inner = st.fixed_dictionaries({}, optional=plain)
    of_lists = {"o": inner, "l": st.lists(inner, max_size=3), "s": st.lists(st.integers(0, 9), max_size=3)}
    return draw(st.lists(st.fixed_dictionaries(plain, optional=of_lists), min_size=1, max_size=5))


ROWS: Final = rows_alike() | st.lists(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4), min_size=1, max_size=4
)


@contextmanager
def row_by_row() -> Iterator[None]:
    """No column holds all values as they are, so that dlt normalizes each row."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(new_columns, "holds_all", lambda *_: False)
        yield


def tables_of(platform: Platform) -> Tables:
    """The tables with the keys of their rows, where those of the root table are the rows' numbers."""
    catalog, found = platform.catalog, Tables()
    made = catalog.list_tables("bronze") if catalog.namespace_exists("bronze") else []
    for name in sorted(name[-1] for name in made if not name[-1].startswith("_dlt")):
        table = catalog.load_table(f"bronze.{name}")
        types = [f"{field.name}: {field.field_type} {field.required}" for field in table.schema().fields]
        found[name] = types, table.scan().to_arrow().to_pylist()
    keys = {row["_dlt_id"]: str(row["n"]) for row in found.get("orders", ([], []))[1]}
    for name, (_, rows) in found.items():
        for row in rows:
            for own in [own for own in row if own == "_dlt_load_id" or own.startswith("_dlt_valid")]:
                del row[own]  # of another load, or at another time
            if (above := row.get("_dlt_parent_id")) is not None:
                assert row["_dlt_id"] == get_nested_row_hash(above, name, row["_dlt_list_idx"])
    for name in sorted(found, key=len):
        types, rows = found[name]
        for row in rows:
            if "_dlt_parent_id" in row:
                row["_dlt_parent_id"] = keys[row["_dlt_parent_id"]]
                keys[row["_dlt_id"]] = f"{row['_dlt_parent_id']} {name} {row['_dlt_list_idx']}"
            row["_dlt_id"] = keys[row["_dlt_id"]]
            if "_dlt_root_id" in row:
                row["_dlt_root_id"] = keys[row["_dlt_root_id"]]
        found[name] = types, exact(sorted(rows, key=str))
    return found


def loaded(folder: Path, loads: Sequence[Sequence[Row]], options: dict[str, Any]) -> tuple[Tables, list[str]]:
    """The tables after the loads, and the errors of these."""
    platform, errors = Platform(folder), list[str]()
    for rows in loads:
        errors += platform.load([{"n": number, **row} for number, row in enumerate(rows)], **options).errors
    return tables_of(platform), errors


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"source_config": {"column_names": "as_is"}},
        {"cursor": "n"},
        {"write_mode": "replace"},
        {"write_mode": "merge", "source_config": {"primary_key": "n"}},
    ],
    ids=["append", "names as they are", "append by a cursor", "replace", "delete and insert"],
)
@settings(max_examples=MOST_EXAMPLES, deadline=None)
@given(loads=st.lists(ROWS, min_size=1, max_size=2))
@example(loads=[[{"at": at} for at in MOMENTS[:3]], [{"at": MOMENTS[3]}]])
@example(loads=[[{"a": None}, {"b": 1, "a": None}, {"a": 1.5, "o": {"b": 1}}], [{"a": 2, "o": None}]])
@example(loads=[[{"l": [{"m": [{"x": 1}, {"x": 2}]}, {"m": []}]}, {"l": None}, {"l": [{"m": [{"y": 1}]}]}]])
@example(loads=[[{"A": 1}, {"a": 2}], [{"A": 1, "a": 2}]])
def test_both_ways_make_the_same_tables(
    tmp_path_factory: pytest.TempPathFactory, options: dict[str, Any], loads: list[list[Row]]
) -> None:
    by_column = loaded(tmp_path_factory.mktemp("by_column"), loads, options)
    with row_by_row():
        assert by_column == loaded(tmp_path_factory.mktemp("by_row"), loads, options)


@pytest.mark.parametrize("strategy", ["scd2", "upsert"])
@settings(max_examples=MOST_EXAMPLES, deadline=None)
@given(rows=ROWS)
@example(rows=[{"a": 1, "l": [{"x": 1.0}]}, {"a": None, "aB": "2024-01-01T00:00:00Z"}])
def test_keys_of_rows_are_those_of_tables_that_were_written_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, strategy: str, rows: list[Row]
) -> None:
    platform = Platform(tmp_path_factory.mktemp("both_ways"))
    options: dict[str, Any] = {
        "write_mode": "merge",
        "source_config": {"primary_key": "n", "merge_strategy": strategy},
    }
    with row_by_row():
        first = platform.load([{"n": number, **row} for number, row in enumerate(rows)], **options)
    if not first.success:
        return
    before = tables_of(platform)
    assert platform.load([{"n": number, **row} for number, row in enumerate(rows)], **options).success
    assert before == tables_of(platform)


def test_rows_of_one_shape_are_written_by_column(platform: Platform) -> None:
    passed: list[tuple[Milestone, str]] = []
    platform.plugin = platform.a_plugin(milestones=lambda milestone, of: passed.append((milestone, of)))
    assert platform.load([{"id": 1, "lines": [{"sku": "a"}], "at": "2024-01-01T00:00:00Z"}]).success
    assert (Milestone.WRITTEN_BY_COLUMN, "orders") in passed
