"""Blocks of rows as PostgreSQL's COPY writes them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from floe_ingestion_dlt.adapters.sources.sql_database.copied_blocks import (
    CopiedColumns,
    UnreadableTimesError,
    as_copied,
    is_whole,
    may_be_copied,
)

TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
# 29 February is not a day of each year.
TIMES: Final = st.datetimes().filter(lambda at: (at.month, at.day) != (2, 29))
OFFSET: Final = dt.timezone(dt.timedelta(minutes=19, seconds=32))
ZONED: Final = TIMES.map(lambda at: at.replace(year=min(max(at.year, 2), 9998))).flatmap(
    lambda at: st.sampled_from([at.replace(tzinfo=OFFSET), at.replace(tzinfo=dt.UTC)])
)
TYPES: Final[dict[str, tuple[sa.types.TypeEngine[Any], st.SearchStrategy[Any]]]] = {
    "text": (sa.Text(), TEXTS),
    "integer": (sa.BigInteger(), st.integers(-(2**63), 2**63 - 1)),
    "double": (sa.Double(), st.floats(allow_nan=False)),
    "bounded decimal": (sa.Numeric(10, 2), st.decimals(-(10**6), 10**6, places=2)),
    "decimal": (sa.Numeric(), st.decimals(-(10**6), 10**6, places=5)),
    "boolean": (sa.Boolean(), st.booleans()),
    "date": (sa.Date(), st.dates()),
    "time": (sa.Time(), st.times()),
    "timestamp": (postgresql.TIMESTAMP(), TIMES),
    "timestamp with a zone": (postgresql.TIMESTAMP(timezone=True), ZONED),
    "bytes": (sa.LargeBinary(), st.binary(max_size=5)),
    "money": (postgresql.MONEY(), TEXTS),
}


def field_of(value: object) -> str:
    """A value as COPY writes it."""
    match value:
        case None:
            return ""
        case bool():
            return "t" if value else "f"
        case bytes():
            return value.hex() or '""'
        case str():
            quoted = '"' + value.replace('"', '""') + '"'
            return quoted if not value or set(value) & set(',"\r\n') or value == "\\." else value
        case dt.datetime():
            return value.isoformat(" ")
        case _:
            return str(value)


def block_of(rows: list[tuple[Any, ...]]) -> bytearray:
    return bytearray("".join(",".join(map(field_of, row)) + "\n" for row in rows).encode())


def read(block: bytes, **kinds: Any) -> list[Any]:
    return list(CopiedColumns(list(kinds), list(kinds.values())).read(bytearray(block)))


def values_of(column: Any) -> list[object]:
    return column.to_pylist() if isinstance(column, pa.Array) else column


@settings(deadline=None)
@given(st.data())
def test_each_value_is_read_as_it_was_written(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=4))
    row = st.tuples(*(st.none() | TYPES[name][1] for name in names))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    block = block_of(rows)
    assert is_whole(block)
    columns = CopiedColumns(names, [TYPES[name][0] for name in names]).read(block)
    assert rows == list(zip(*map(values_of, columns), strict=True))


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5), st.data())
def test_a_part_of_a_row_is_never_taken_for_whole_rows(texts: list[str], data: st.DataObject) -> None:
    block = block_of([(text, 1) for text in texts])
    end = data.draw(st.integers(1, len(block) - 1))
    ends = {len(block_of([(text, 1) for text in texts[:count]])) for count in range(1, len(texts) + 1)}
    # A row may begin within a quoted text, but the text is then not at its end.
    assert is_whole(block[:end]) == (end in ends)


def test_the_nulls_of_a_single_column_are_rows() -> None:
    (column,) = read(b'\n""\n\n', a=sa.Text())
    assert [None, "", None] == values_of(column)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (sa.Date(), "infinity"),
        (sa.Date(), "0044-03-15 BC"),
        (postgresql.TIMESTAMP(), "10000-01-01 00:00:00"),
        (postgresql.TIMESTAMP(timezone=True), "-infinity"),
        (sa.Time(), "24:00:00"),
    ],
)
def test_a_time_that_python_has_no_value_for_is_an_error_that_names_its_column(
    kind: sa.types.TypeEngine[Any], text: str
) -> None:
    with pytest.raises(UnreadableTimesError) as caught:
        read(f"1,{text}\n".encode(), id=sa.Integer(), at=kind)
    assert ["at"] == caught.value.columns


def test_not_a_number_stays_for_the_column_to_refuse() -> None:
    bounded, free = read(b"NaN,NaN\n1.50,2\n", a=sa.Numeric(5, 2), b=sa.Numeric())
    assert ["NaN", "1.50"] == list(map(str, values_of(bounded)))
    assert ["NaN", "2"] == list(map(str, values_of(free)))


@pytest.mark.parametrize(
    "kind", [postgresql.ARRAY(sa.Integer()), postgresql.INET(), postgresql.HSTORE(), sa.types.NullType()]
)
def test_types_that_the_driver_reads_otherwise_are_not_copied(kind: sa.types.TypeEngine[Any]) -> None:
    assert not may_be_copied(kind)


def test_bytes_are_copied_as_hexadecimal_digits() -> None:
    column: sa.Column[Any] = sa.Column("b%", sa.LargeBinary())
    assert 'encode("b%", \'hex\') AS "b%"' == str(
        sa.select(as_copied(column)).compile(compile_kwargs={"literal_binds": True})
    ).removeprefix("SELECT ")


def test_a_row_with_another_number_of_columns_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        read(b"1,x\n2\n", a=sa.Integer(), b=sa.Text())


def test_decimals_keep_the_scale_of_their_type() -> None:
    (column,) = read(b"1.50\n", a=sa.Numeric(10, 2))
    assert [Decimal("1.50")] == values_of(column)
    assert isinstance(column, pa.Array)
    assert pa.decimal128(10, 2) == column.type
