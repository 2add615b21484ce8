"""Every value comes back from the table as it was sent, in every type and through every reader."""

from __future__ import annotations

import math
import tempfile
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.testing import IcebergLab
from floe_ingestion_dlt.testing.lab import append

VALUES: Final = TableName(("bronze",), "values")


def whole(bits: int) -> st.SearchStrategy[int]:
    """Numbers of so many bits, the ends among them."""
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return st.sampled_from([low, high, 0, -1]) | st.integers(low, high)


def decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**digits - 1
    unscaled = st.sampled_from([most, -most, 0, 1]) | st.integers(-most, most)
    return unscaled.map(lambda n: Decimal((n < 0, tuple(map(int, str(abs(n)))), -scale)))


def floats(width: Any) -> st.SearchStrategy[float]:
    return st.sampled_from([math.nan, -0.0, 0.0, math.inf, -math.inf]) | st.floats(width=width)


moments: Final = st.sampled_from([datetime.min, datetime.max]) | st.datetimes()  # noqa: DTZ901 - a type of its own
texts: Final = st.sampled_from(["", "\0", "a\0b", "\U0001f409", "'\"\\\n"]) | st.text(
    st.characters(exclude_categories=["Cs"])
)
# The hour that Oslo has twice, and the one that it has not.
CHANGES: Final = [
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
]

KINDS: Final[Mapping[str, tuple[pa.DataType, st.SearchStrategy[Any]]]] = {
    "boolean": (pa.bool_(), st.booleans()),
    "int": (pa.int32(), whole(32)),
    "int from 16 bits": (pa.int16(), whole(16)),
    "long": (pa.int64(), whole(64)),
    "float": (pa.float32(), floats(32)),
    "double": (pa.float64(), floats(64)),
    "decimal of 38 digits": (pa.decimal128(38, 10), decimals(38, 10)),
    "decimal of 9 digits": (pa.decimal128(9, 0), decimals(9, 0)),
    "date": (pa.date32(), st.sampled_from([date(1, 1, 1), date(9999, 12, 31)]) | st.dates()),
    "time": (pa.time64("us"), st.sampled_from([time.min, time.max]) | st.times()),
    "timestamp": (pa.timestamp("us"), moments),
    "timestamptz": (
        pa.timestamp("us", "UTC"),
        moments.map(lambda moment: moment.replace(tzinfo=UTC)) | st.sampled_from(CHANGES),
    ),
    "string": (pa.string(), texts),
    "large string": (pa.large_string(), texts),
    "binary": (pa.binary(), st.sampled_from([b"", b"\0"]) | st.binary()),
    "fixed": (pa.binary(3), st.binary(min_size=3, max_size=3)),
    "uuid": (pa.uuid(), st.uuids()),
    "list": (pa.list_(pa.int64()), st.lists(st.none() | whole(64), max_size=4)),
    "struct": (
        pa.struct([("n", pa.int64()), ("t", pa.string())]),
        st.fixed_dictionaries({"n": st.none() | whole(64), "t": st.none() | texts}),
    ),
    "map": (
        pa.map_(pa.string(), pa.int64()),
        st.dictionaries(texts, st.none() | whole(64), max_size=4).map(lambda d: [*d.items()]),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_read_is_what_was_sent(kind: str, data: st.DataObject) -> None:
    arrow, strategy = KINDS[kind]
    values = data.draw(st.lists(st.none() | strategy, min_size=1, max_size=8))
    with tempfile.TemporaryDirectory() as folder:
        lab = IcebergLab(Path(folder))
        rows = pa.table({"place": range(len(values)), "value": pa.array(values, arrow)})
        commit_once(append(lab, VALUES, rows, "1"), lab.destination).unwrap()
        assert told(values) == told(by_pyiceberg(lab))
        assert told(values) == told(by_duckdb(lab))


def by_pyiceberg(lab: IcebergLab) -> list[Any]:
    rows = lab.iceberg.catalog.load_table("bronze.values").scan().to_arrow().sort_by("place")
    found: list[Any] = rows["value"].to_pylist()
    return found


def by_duckdb(lab: IcebergLab) -> list[Any]:
    """What a reader finds in the data files that knows Parquet, and nothing of Iceberg."""
    (task,) = lab.iceberg.catalog.load_table("bronze.values").scan().plan_files()
    with duckdb.connect() as sql:
        found = sql.execute("SELECT value FROM read_parquet(?) ORDER BY place", [task.file.file_path])
        return found.to_arrow_table()["value"].to_pylist()


def told(value: Any) -> Any:
    """The value so that nan is equal to itself, zero is not to minus zero, and a map is what it maps."""
    match value:
        case float():
            return repr(value)
        case list():
            return [told(inner) for inner in value]
        case tuple() | bytes() | uuid.UUID() | str():
            return str(value)
        case dict():
            return {name: told(inner) for name, inner in value.items()}
        case _:
            return value


def test_a_text_of_16_megabytes_comes_back(tmp_path: Path) -> None:
    lab = IcebergLab(tmp_path)
    text = "äß\0x" * 4_000_000
    commit_once(append(lab, VALUES, pa.table({"place": [0], "value": [text]}), "1"), lab.destination).unwrap()
    assert [text] == by_pyiceberg(lab)
