"""The tables of docs/types.md are what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.arrow.types import from_arrow
from floe_ingestion_dlt.domain.schema import roomy
from tests.embedded.rows_of_each_kind import KINDS, load
from tests.platforms import TABLE, Platform

PAGE: Final = (Path(__file__).parents[2] / "docs" / "types.md").read_text()
ARROW: Final[dict[str, pa.DataType]] = {
    "bool": pa.bool_(),
    **{str(kind): kind for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    **{str(kind): kind for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())},
    "float16": pa.float16(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "decimal(p, s)": pa.decimal128(12, 3),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamp with a time zone": pa.timestamp("us", "Asia/Tokyo"),
    "string": pa.string(),
    "large_string": pa.large_string(),
    "string_view": pa.string_view(),
    "binary": pa.binary(),
    "large_binary": pa.large_binary(),
    "binary_view": pa.binary_view(),
    "fixed size binary": pa.binary(5),
    "uuid": pa.uuid(),
    "list": pa.list_(pa.bool_()),
    "struct": pa.struct([("a", pa.bool_())]),
    "map": pa.map_(pa.string(), pa.bool_()),
}
PYTHON: Final[dict[str, Any]] = {
    "int": 1,
    "float": 1.5,
    "Decimal": Decimal("1.5"),
    "datetime": datetime(2026, 1, 2, 3),  # noqa: DTZ001 - the page speaks of times without a zone
    "date": date(2026, 1, 2),
    "time": time(1, 2),
    "str": "x",
    "bytes": b"x",
    "UUID": UUID(int=7),
}


def rows_below(header: str) -> Iterator[list[str]]:
    """The cells of the rows of the table with this first cell of its header."""
    lines = PAGE[PAGE.index(f"| {header} |") :].splitlines()[2:]
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def names_in(cell: str) -> list[str]:
    """The types that a cell names; of a span, such as `int8` … `int64`, all."""
    for begin, end in re.findall(r"`(\w+?)8` … `(\w+?)64`", cell):
        spans = ", ".join(f"`{begin}{bits}`" for bits in (8, 16, 32, 64))
        cell = cell.replace(f"`{begin}8` … `{end}64`", spans)
    return re.findall(r"`([^`]+)`", cell) or [cell]


def arrow_rows() -> Iterator[tuple[str, str]]:
    for given, iceberg, _ in rows_below("Arrow (Parquet, SQL, dlt resources of Arrow)"):
        if iceberg.startswith("`"):
            kinds = ["timestamp with a time zone"] if "with a time zone" in given else names_in(given)
            found = names_in(iceberg)
            yield from zip(kinds, found if len(found) == len(kinds) else found * len(kinds), strict=True)


def python_rows() -> Iterator[tuple[str, str]]:
    for given, iceberg, _ in rows_below("Python"):
        if iceberg.startswith("`"):
            yield from zip(names_in(given), names_in(iceberg), strict=True)


def test_every_type_that_is_named_is_tried() -> None:
    assert set(ARROW) == {name for name, _ in arrow_rows()}
    assert set(PYTHON) == {name for name, _ in python_rows()} - {"dict", "list"}


@pytest.mark.parametrize(("name", "expected"), arrow_rows())
def test_arrow_types_become_those_of_the_page(name: str, expected: str) -> None:
    made = str(roomy(from_arrow(ARROW[name])))
    assert expected.split("(", maxsplit=1)[0] == re.split(r"[\[(<]", made)[0]


@pytest.mark.parametrize("name", PYTHON)
def test_python_values_become_those_of_the_page(platform: Platform, name: str) -> None:
    assert platform.load([{"id": 1, "v": PYTHON[name]}]).success
    made = str(platform.catalog.load_table(TABLE).schema().find_type("v"))
    assert dict(python_rows())[name] == made


@KINDS
def test_times_without_a_zone_stay_without_one_in_files_and_databases(platform: Platform, kind: str) -> None:
    load(
        platform,
        kind,
        [{"id": 1, "at": "2026-01-02 03:00:00"}],
        source_config={"columns": {"at": "timestamp"}},
    )
    assert "timestamp" == str(platform.catalog.load_table(TABLE).schema().find_type("at"))
    assert [datetime(2026, 1, 2, 3)] == [row["at"] for row in platform.rows("id", "at")]  # noqa: DTZ001 - it has none


def test_times_without_a_zone_are_in_utc_in_a_column_that_has_one(platform: Platform) -> None:
    platform.csv("a.csv", "id,at\n1,2026-01-02T05:00:00+02:00\n")
    assert platform.load().success
    platform.csv("a.csv", "id,at\n2,2026-01-02T03:00:00\n")
    assert platform.load().success
    assert [datetime(2026, 1, 2, 3, tzinfo=UTC)] * 2 == [row["at"].astimezone(UTC) for row in platform.rows()]
