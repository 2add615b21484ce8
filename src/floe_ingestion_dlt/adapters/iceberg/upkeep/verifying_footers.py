"""Compares the footers of data files with their manifests."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import (
    MetricModeTypes,
    MetricsMode,
    StatisticsCollector,
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.types import BinaryType, StringType

from floe_ingestion_dlt.adapters.arrow.fitting import by_id
from floe_ingestion_dlt.adapters.arrow.stubs import Field
from floe_ingestion_dlt.adapters.iceberg.upkeep.verifying_files import DATA_FILE, Walk
from floe_ingestion_dlt.adapters.iceberg.upkeep.verifying_storage import Damaged, Storage, parsed
from floe_ingestion_dlt.domain.leftovers import file_name, is_ours
from floe_ingestion_dlt.domain.verification.facts import RowsFact

TAIL: Final = 65_536
# The size of the footer's length and of the four letters that end a Parquet file.
ENDING: Final = 8
# Some engines write other names in another form.
PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def rows_in(table: Table, storage: Storage, found: Walk) -> tuple[RowsFact, ...]:
    """The facts in the footer of each data file that has the right length."""
    sound = {file.path for file in found.files if file.has == file.says}
    files = [file for file in found.data.values() if file.file_path in sound and _is_parquet(file)]
    read = storage.each(lambda file: _footer(storage, file), files)
    facts = []
    for file, footer in zip(files, read, strict=True):
        if isinstance(footer, Damaged):
            found.damaged.append((file.file_path, DATA_FILE, footer.cause))
        elif footer is not None:
            facts.append(_fact(table, file, footer))
    return tuple(facts)


def _is_parquet(file: DataFile) -> bool:
    return file.file_format is FileFormat.PARQUET


def _footer(storage: Storage, file: DataFile) -> pq.FileMetaData | Damaged | None:
    length = file.file_size_in_bytes
    tail = storage.tail(file.file_path, length, TAIL)
    if isinstance(tail, bytes) and len(tail) < length and (size := _size(tail)) > TAIL:
        tail = storage.tail(file.file_path, length, size)
    return parsed(lambda: pq.read_metadata(pa.BufferReader(tail))) if isinstance(tail, bytes) else None


def _size(tail: bytes) -> int:
    """The size of the footer, including its ending."""
    return int.from_bytes(tail[-ENDING:-4], "little") + ENDING


def _fact(table: Table, file: DataFile, footer: pq.FileMetaData) -> RowsFact:
    if file.content is not DataFileContent.DATA:
        return RowsFact(file.file_path, file.record_count, footer.num_rows)
    columns = parsed(footer.schema.to_arrow_schema)
    if isinstance(columns, Damaged):
        return RowsFact(file.file_path, file.record_count, footer.num_rows)
    outside: tuple[str, ...] = ()
    if is_ours(file_name(file.file_path)):
        outside = tuple(_outside(table, file, footer, columns))
    foreign = tuple(dict.fromkeys(_unknown_columns(table, columns)))
    return RowsFact(file.file_path, file.record_count, footer.num_rows, foreign, outside)


def _unknown_columns(table: Table, columns: Iterable[Field]) -> Iterator[str]:
    """Columns whose ids are not the table's, or belong to a column of another name. Columns without ids need a name mapping."""
    metadata, by_names = table.metadata, table.metadata.name_mapping() is not None
    names: dict[int, set[str]] = defaultdict(set)
    for schema in metadata.schemas:
        for field in schema.fields:
            names[field.field_id].add(field.name)
    # If old schemas were removed, the earlier names of a column are unknown.
    is_known = len(metadata.schemas) == 1 + max(schema.schema_id for schema in metadata.schemas)
    for column in columns:
        known = names.get(by_id(column) or 0, set()) if is_known else set()
        is_named = not known or column.name in known or not all(map(PLAIN_NAME.fullmatch, known))
        if not is_named:
            yield column.name
        for part in _parts(column):
            number = by_id(part)
            if (number is None and not by_names) or (number or 0) > metadata.last_column_id:
                yield column.name


def _parts(column: Field) -> Iterator[Field]:
    """The column and all fields in it."""
    yield column
    inner: Iterable[Field] = ()
    match column.type:
        case pa.StructType() as kind:
            inner = list(kind)
        case pa.MapType() as kind:
            inner = (kind.key_field, kind.item_field)
        case pa.ListType() | pa.LargeListType() | pa.FixedSizeListType() as kind:
            inner = (kind.value_field,)
    for part in inner:
        yield from _parts(part)


def _outside(table: Table, file: DataFile, footer: pq.FileMetaData, columns: pa.Schema) -> Iterator[str]:
    """The columns whose bounds differ between the footer and the manifest. A load made both from one footer."""
    schema = table.metadata.schema()
    ids = {column.name: number for column in columns if (number := by_id(column)) is not None}
    paths = {footer.schema.column(place).path: place for place in range(len(footer.schema))}
    mapping = {path: ids.get(path, -1 - place) for path, place in paths.items()}
    plan = _Plan(compute_statistics_plan(schema, table.metadata.properties))
    statistics = parsed(
        lambda: data_file_statistics_from_parquet_metadata(footer, plan, mapping).to_serialized_dict()
    )
    if isinstance(statistics, Damaged):
        return  # a column has another type by now
    for name, number in ids.items():
        field = next((f for f in schema.fields if f.field_id == number), None)
        is_text = field is not None and isinstance(field.field_type, StringType | BinaryType)
        for kind in ("lower_bounds", "upper_bounds"):
            says = (getattr(file, kind) or {}).get(number)
            has = statistics[kind].get(number)
            if says is None or has is None or (is_text and kind == "upper_bounds"):
                continue
            if _differ(says, has, is_text=is_text):
                yield name
                break


def _differ(says: bytes, has: bytes, *, is_text: bool) -> bool:
    """Whether bounds differ. Text is cut at a length that may have been changed since; a type may have been widened since."""
    if is_text:
        common = min(len(says), len(has))
        return says[:common] != has[:common]
    return len(says) == len(has) and says != has


class _Plan(dict[int, StatisticsCollector]):
    """Which statistics are collected for a column: none for one that the table no longer has."""

    def __init__(self, known: Mapping[int, StatisticsCollector]) -> None:
        super().__init__(known)

    def __missing__(self, number: int) -> StatisticsCollector:
        return StatisticsCollector(number, StringType(), MetricsMode(MetricModeTypes.NONE), "")
