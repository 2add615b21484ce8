"""Rows come into the very partitions in which pyiceberg itself puts them."""

from __future__ import annotations

import tempfile
import uuid
from collections import Counter
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.table import Table
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    Transform,
    TruncateTransform,
    VoidTransform,
    YearTransform,
)

from floe_ingestion_dlt.adapters.arrow.types import schema_from_arrow
from floe_ingestion_dlt.adapters.iceberg.files import partitions
from floe_ingestion_dlt.adapters.iceberg.files.staging import stage
from floe_ingestion_dlt.adapters.iceberg.types import schema_to_iceberg
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import StagedFilesGone
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import FileToStage
from floe_ingestion_dlt.testing import IcebergLab
from floe_ingestion_dlt.testing.lab import file_of

OURS: Final = TableName(("bronze",), "ours")
FIRST_FIELD: Final = 1000

moments = st.datetimes(datetime.fromisoformat("1901-01-01"), datetime.fromisoformat("2200-01-01"))
KINDS: Final[dict[str, tuple[pa.DataType, st.SearchStrategy[Any], tuple[Transform[Any, Any], ...]]]] = {
    "long": (
        pa.int64(),
        st.integers(-20, 20),
        (IdentityTransform(), BucketTransform(4), TruncateTransform(5), VoidTransform()),
    ),
    "string": (
        pa.string(),
        st.sampled_from(["", "null", "a/b", "Ærø", "abcdefgh" * 4]),
        (IdentityTransform(), BucketTransform(4), TruncateTransform(3)),
    ),
    "boolean": (pa.bool_(), st.booleans(), (IdentityTransform(),)),
    "date": (
        pa.date32(),
        st.dates(date(1960, 1, 1), date(1980, 12, 31)),
        (IdentityTransform(), BucketTransform(4), YearTransform(), MonthTransform(), DayTransform()),
    ),
    "timestamp": (
        pa.timestamp("us"),
        moments,
        (IdentityTransform(), YearTransform(), MonthTransform(), DayTransform(), HourTransform()),
    ),
    "timestamptz": (
        pa.timestamp("us", "UTC"),
        moments.map(lambda moment: moment.replace(tzinfo=UTC)),
        (IdentityTransform(), BucketTransform(4), DayTransform(), HourTransform()),
    ),
    "time": (
        pa.time64("us"),
        st.sampled_from([time(1), time(2, 3, 4, 5)]),
        (IdentityTransform(),),
    ),
    "decimal": (
        pa.decimal128(9, 2),
        st.sampled_from([Decimal("1.25"), Decimal("-1.25"), Decimal("10.00")]),
        (IdentityTransform(), BucketTransform(4), TruncateTransform(100)),
    ),
    "binary": (
        pa.binary(),
        st.sampled_from([b"", b"\0", b"abcdef"]),
        (IdentityTransform(), BucketTransform(4), TruncateTransform(2)),
    ),
    "uuid": (
        pa.uuid(),
        st.sampled_from([uuid.UUID(int=1), uuid.UUID(int=2**127)]),
        (BucketTransform(4),),
    ),
}
CASES: Final = [(kind, transform) for kind, (_, _, transforms) in KINDS.items() for transform in transforms]


def named(case: object) -> str:
    return str(case)


class Twins:
    """Two tables of the same schema and spec: one that we load, one that pyiceberg appends to."""

    def __init__(self, folder: Path, columns: pa.Schema, *transforms: Transform[Any, Any]) -> None:
        self.lab = IcebergLab(folder)
        self.lab.catalog.create_namespace("bronze")
        fields = (
            PartitionField(1, FIRST_FIELD + n, transform, f"part_{n}")
            for n, transform in enumerate(transforms)
        )
        spec = PartitionSpec(*fields)
        schema = schema_to_iceberg(schema_from_arrow(columns).unwrap())
        self.ours, self.theirs = (
            self.lab.catalog.create_table(f"bronze.{name}", schema, partition_spec=spec)
            for name in ("ours", "theirs")
        )

    def load(self, rows: pa.Table, load_id: str = "1", held: int = DEFAULT_MEMORY.table) -> None:
        file = FileToStage(file_of(self.lab, rows), OURS, load_id, may_discard=False)
        files = stage(self.ours.refresh(), file, held)
        load = Load(load_id, (TableWrite(OURS, Append(), files.unwrap()),))
        commit_once(load, self.lab.destination).unwrap()


def placed(table: Table) -> Counter[tuple[object, ...]]:
    """Each row's number, with the partition of the file that has it."""
    found: Counter[tuple[object, ...]] = Counter()
    for task in table.refresh().scan().plan_files():
        rows = pq.read_table(task.file.file_path.removeprefix("file://"), columns=["row"]).to_pylist()
        partition = tuple(task.file.partition[n] for n in range(len(task.file.partition)))
        found.update((*partition, row["row"]) for row in rows)
    return found


@pytest.mark.parametrize(("kind", "transform"), CASES, ids=named)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_each_row_is_in_the_partition_in_which_pyiceberg_puts_it(
    kind: str, transform: Transform[Any, Any], data: st.DataObject
) -> None:
    arrow, values, _ = KINDS[kind]
    drawn = data.draw(st.lists(st.none() | values, min_size=1, max_size=12))
    rows = pa.table({"value": pa.array(drawn, arrow), "row": pa.array(range(len(drawn)), pa.int64())})
    with tempfile.TemporaryDirectory() as folder:
        twins = Twins(Path(folder), rows.schema, transform)
        twins.load(rows)
        twins.theirs.append(rows)
        assert placed(twins.theirs) == placed(twins.ours)


def test_uuids_are_partitions_which_pyiceberg_cannot_make(tmp_path: Path) -> None:
    ids = [uuid.UUID(int=1), None, uuid.UUID(int=2**127)]
    rows = pa.table({"value": pa.array(ids, pa.uuid()), "row": pa.array([0, 1, 2], pa.int64())})
    twins = Twins(tmp_path, rows.schema, IdentityTransform())
    twins.load(rows)
    assert Counter(zip(ids, (0, 1, 2), strict=True)) == placed(twins.ours)


def test_two_partition_fields_of_one_column_are_kept_apart(tmp_path: Path) -> None:
    rows = pa.table({"value": pa.array([1, 2, 12], pa.int64()), "row": pa.array([0, 1, 2], pa.int64())})
    twins = Twins(tmp_path, rows.schema, TruncateTransform(10), IdentityTransform())
    twins.load(rows)
    assert Counter([(0, 1, 0), (0, 2, 1), (10, 12, 2)]) == placed(twins.ours)


def test_rows_of_more_bytes_than_may_wait_are_written_in_parts(tmp_path: Path) -> None:
    numbers = pa.array(range(300_000), pa.int64())
    rows = pa.table({"value": pa.array([n % 2 for n in range(300_000)], pa.int64()), "row": numbers})
    twins = Twins(tmp_path, rows.schema, IdentityTransform())
    twins.load(rows, held=500_000)
    assert Counter((n % 2, n) for n in range(300_000)) == placed(twins.ours)
    assert 2 < len(list(twins.ours.refresh().scan().plan_files()))


def test_many_partitions_take_little_memory_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = 4_000_000
    rows = pa.table(
        {"value": pa.array(range(400_000), pa.int64()), "row": pa.array(range(400_000), pa.int64())}
    )
    twins = Twins(tmp_path, rows.schema, BucketTransform(2_000))
    calls = Counter[str]()
    split = partitions._in_order

    def counted(table: Table, held: pa.Table) -> Any:
        calls["splits"] += 1
        calls["most bytes"] = max(calls["most bytes"], held.nbytes)
        return split(table, held)

    monkeypatch.setattr(partitions, "_in_order", counted)
    batches = (rows.slice(n, 20_000) for n in range(0, 400_000, 20_000))
    parts = [part for _, of_one in partitions.by_partition(twins.ours, batches, held) for part in of_one]
    assert 400_000 == sum(len(part) for part in parts)
    assert calls["splits"] <= 6
    assert calls["most bytes"] < 2 * held


def test_a_table_that_is_partitioned_anew_does_not_take_files_of_the_old_way(tmp_path: Path) -> None:
    rows = pa.table({"value": pa.array([1, 2], pa.int64()), "row": pa.array([0, 1], pa.int64())})
    twins = Twins(tmp_path, rows.schema)
    files = twins.lab.destination.stage(
        FileToStage(file_of(twins.lab, rows), OURS, "1", may_discard=False)
    ).unwrap()
    with twins.ours.update_spec() as spec:
        spec.add_field("value", IdentityTransform(), "value_part")
    load = Load("1", (TableWrite(OURS, Append(), files),))
    fault = commit_once(load, twins.lab.destination).failure()
    assert isinstance(fault, StagedFilesGone)
    assert "partitioned anew" in fault.message
    twins.load(rows, "2")
    assert Counter([(1, 0), (2, 1)]) == placed(twins.ours)
