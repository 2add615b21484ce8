"""Random tables, written as files of each format, split and loaded at random: the same values are read from Iceberg."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import simplejson
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.platforms import TABLE, Platform
from tests.random_tables import DAYS, MOMENTS, MOST_EXAMPLES, NAMES, TEXTS, Row, by_id, in_table

VALUES: Final[dict[pa.DataType, st.SearchStrategy[Any]]] = {
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False, allow_infinity=False),
    pa.string(): TEXTS,
    pa.bool_(): st.booleans(),
    pa.date32(): DAYS,
    pa.timestamp("us"): MOMENTS,
    pa.timestamp("us", "UTC"): MOMENTS.map(lambda at: at.replace(tzinfo=dt.UTC)),
    pa.decimal128(12, 3): st.decimals(-(10**8), 10**8, places=3),
    pa.list_(pa.int64()): st.lists(st.none() | st.integers(-9, 9), max_size=3),
    pa.struct([("a", pa.int64()), ("b", pa.string())]): st.fixed_dictionaries(
        {"a": st.integers(-9, 9), "b": TEXTS}
    ),
}
# CSV has no lists and objects.
PLAIN: Final = [kind for kind in VALUES if not pa.types.is_nested(kind)]
FORMATS: Final = ["csv", "jsonl", "json", "parquet"]


@st.composite
def tables(draw: st.DrawFn, kind: str) -> tuple[pa.Schema, list[Row]]:
    """Columns with a key `id`, and rows of which each key is there once."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    types = {name: draw(st.sampled_from(PLAIN if kind == "csv" else list(VALUES))) for name in names}
    values = {name: st.none() | VALUES[each] for name, each in types.items()}
    rows = draw(st.lists(st.fixed_dictionaries(values), min_size=1, max_size=6))
    schema = pa.schema([pa.field(name, each) for name, each in {"id": pa.int64(), **types}.items()])
    return schema, [{"id": number, **row} for number, row in enumerate(rows)]


def as_csv(schema: pa.Schema, rows: Sequence[Row]) -> bytes:
    def text(value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return '"' + value.replace('"', '""') + '"'
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            return value.isoformat().replace("+00:00", "Z")
        return str(value).lower() if isinstance(value, bool) else str(value)

    lines = [",".join(schema.names), *(",".join(text(row[name]) for name in schema.names) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def as_json(row: Row) -> str:
    def iso(value: object) -> str:
        assert isinstance(value, dt.date)
        return value.isoformat()

    return str(simplejson.dumps(row, use_decimal=True, ensure_ascii=False, default=iso))


def write(path: Path, kind: str, schema: pa.Schema, rows: Sequence[Row]) -> None:
    if kind == "csv":
        path.write_bytes(as_csv(schema, rows))
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(list(rows), schema), path)
    else:
        lines = [as_json(row) for row in rows]
        path.write_text("".join(f"{line}\n" for line in lines) if kind == "jsonl" else f"[{','.join(lines)}]")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
@settings(max_examples=MOST_EXAMPLES, deadline=None)
@given(data=st.data())
def test_the_same_values_are_read_from_the_table(
    tmp_path_factory: pytest.TempPathFactory, kind: str, mode: str, data: st.DataObject
) -> None:
    schema, rows = data.draw(tables(kind))
    loads = data.draw(st.integers(1, 2))
    platform = Platform(tmp_path_factory.mktemp("random"))
    try:
        types = pa.schema(
            [
                pa.field(name, schema.field(place).type)
                for place, name in enumerate(in_table(dict.fromkeys(schema.names)))
            ]
        )
        platform.catalog.create_namespace("bronze")
        platform.catalog.create_table(TABLE, types)
        source = {"format": kind} | ({"primary_key": ["id"]} if mode == "merge" else {})
        for load in range(loads):
            for old in platform.data.iterdir():
                old.unlink()
            sent = rows if mode == "replace" else rows[load::loads]
            cuts = data.draw(st.integers(1, 3))
            for number in range(cuts):
                if part := sent[number::cuts]:
                    write(platform.data / f"{number}.{kind}", kind, schema, part)
            result = platform.load(source_config=source, schema_contract="freeze", write_mode=mode)
            assert result.success, result.errors
        assert [in_table(row) for row in rows] == by_id(platform.rows())
    finally:
        platform.plugin.shutdown()
