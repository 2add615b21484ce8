"""What can happen to a table, done to one of a platform."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlparse

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.typedef import Record

from floe_ingestion_dlt.adapters.iceberg.files.manifest_entries import data_file
from floe_ingestion_dlt.domain.verification.findings import Finding
from tests.platforms import TABLE, Platform

Json = dict[str, Any]
RECORD_COUNT: Final = 4


def local(path: str) -> Path:
    return Path(unquote(urlparse(path).path))


def orders(platform: Platform) -> Table:
    return platform.catalog.load_table(TABLE)


def data_files(platform: Platform) -> list[Path]:
    return [local(task.file.file_path) for task in orders(platform).scan().plan_files()]


def manifests(platform: Platform) -> list[Path]:
    table = orders(platform)
    current = table.current_snapshot()
    assert current is not None
    return [local(manifest.manifest_path) for manifest in current.manifests(table.io)]


def manifest_list(platform: Platform) -> Path:
    current = orders(platform).current_snapshot()
    assert current is not None
    return local(current.manifest_list)


def edit(platform: Platform, change: Callable[[Json], None]) -> None:
    """Change the table's current metadata file in its place."""
    path = local(orders(platform).metadata_location)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def newest(document: Json) -> Json:
    found: Json = next(
        s for s in document["snapshots"] if s["snapshot-id"] == document["current-snapshot-id"]
    )
    return found


def last_load(document: Json) -> str:
    return f"floe.load.{newest(document)['summary']['floe.load-id']}"


def set_record(platform: Platform, **values: object) -> None:
    """Change what is written down of the last load."""

    def change(document: Json) -> None:
        key = last_load(document)
        record = json.loads(document["properties"][key]) | values
        document["properties"][key] = json.dumps(record)

    edit(platform, change)


def set_state(platform: Platform, reference: str) -> None:
    """Let the newest snapshot, and the copy of its state, have another one."""

    def change(document: Json) -> None:
        newest(document)["summary"]["floe.state"] = reference
        copied = json.loads(document["properties"]["floe.state"]) | {"state": reference}
        document["properties"]["floe.state"] = json.dumps(copied)

    edit(platform, change)


def state_of(platform: Platform, back: int = 0) -> str:
    """The state of a snapshot so many before the newest."""
    snapshots = sorted(orders(platform).snapshots(), key=lambda s: s.sequence_number or 0)
    summary = snapshots[-1 - back].summary
    assert summary is not None
    return str(summary.additional_properties["floe.state"])


def state_to_file(platform: Platform) -> Path:
    """Move the state to a file of its own, as a large one has."""
    _, version, text = state_of(platform).split(":", 2)
    path = local(orders(platform).location()) / "metadata" / "floe-state-1.txt"
    path.write_text(text)
    set_state(platform, f"file:{version}:{path.as_uri()}")
    return path


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def overwrite(path: Path) -> None:
    """Other bytes of the same number."""
    path.write_bytes(b"x" * path.stat().st_size)


def swap(one: Path, other: Path) -> None:
    kept = one.with_suffix(".kept")
    shutil.copy(one, kept)
    shutil.copy(other, one)
    kept.replace(other)


def add(platform: Platform, entry: DataFile) -> None:
    with (
        orders(platform).transaction() as transaction,
        transaction.update_snapshot().fast_append() as snapshot,
    ):
        snapshot.append_data_file(entry)


def add_rows(platform: Platform, rows: pa.Table, name: str = "00000-0-foreign.parquet") -> Path:
    """Add a file whose schema is that of *rows*, with or without field ids."""
    table = orders(platform)
    path = local(table.location()) / "data" / name
    pq.write_table(rows, path)
    entry = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=path.as_uri(),
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=len(rows),
        file_size_in_bytes=path.stat().st_size,
    )
    entry.spec_id = 0
    add(platform, entry)
    return path


def with_ids(names: dict[str, int]) -> pa.Table:
    fields = [
        pa.field(name, pa.int64(), metadata={"PARQUET:field_id": str(number)})
        for name, number in names.items()
    ]
    return pa.Table.from_pylist([dict.fromkeys(names, 1)], schema=pa.schema(fields))


def with_exchanged_ids(platform: Platform) -> pa.Table:
    """No rows, in the table's two columns, of which each has the other's field id."""
    one, other = schema_to_pyarrow(orders(platform).schema(), include_field_ids=True)
    fields = [
        pa.field(one.name, one.type, metadata=other.metadata),
        pa.field(other.name, other.type, metadata=one.metadata),
    ]
    return pa.schema(fields).empty_table()


def miscount(platform: Platform) -> Path:
    table = orders(platform)
    path = local(table.location()) / "data" / "00000-0-other.parquet"
    shutil.copy(data_files(platform)[0], path)
    entry = data_file(table, path.as_uri())
    assert 1 == entry.record_count
    entry._data[RECORD_COUNT] = 7
    add(platform, entry)
    return path


def again(platform: Platform) -> Path:
    """Add a file that the table has."""
    path = data_files(platform)[0]
    add(platform, data_file(orders(platform), path.as_uri()))
    return path


def kinds(faults: Iterable[Finding]) -> list[str]:
    return [type(fault).__name__ for fault in faults]


def ill(platform: Platform, name: str = TABLE) -> list[Finding]:
    report = platform.plugin.verify(name)
    assert () == report.unchecked
    assert report.is_sound is not bool(report.faults)
    for fault in report.faults:
        assert fault.message
        assert fault.next_step.endswith(".")
    return list(report.faults)
