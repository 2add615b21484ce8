"""The rows of a package's files that the table has already, because a source sends rows at its last cursor value again.

They are found in the package's own files, which do not change until the load is done, so that a run that is resumed finds
the same rows again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO, Final, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.arrow.types import cast, schema_from_arrow, to_arrow
from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.loader.row_match import PLACE, row_match
from floe_ingestion_dlt.adapters.dlt.loader.table_modes import chain
from floe_ingestion_dlt.adapters.dlt.merge_hints import ROW_ID
from floe_ingestion_dlt.adapters.dlt.nested_digests import nested_digests
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt.state import is_read_by_cursor
from floe_ingestion_dlt.adapters.dlt_api.internals import get_first_column_name_with_prop
from floe_ingestion_dlt.domain.contracts import project
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.known_rows import NESTED, compared
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.ports.destination import Destination, Since, TableState

BATCH_ROWS: Final = 65_536

Places = Sequence[int]


def known_rows(dataset: Dataset, package: LoadPackage, cursor: str) -> Mapping[str, Places]:
    """The places of rows that the table has, for each of the package's files by its job id."""
    root = dataset.binding.root_table
    state = None if root is None else value_or_throw(dataset.port.describe(root))
    if root is None or state is None or not state.files:
        return {}
    if cursor and state.schema.type_of(cursor) is None:
        if is_read_by_cursor(value_or_throw(dataset.port.read_state(root))):
            throw(_without_cursor(root, cursor))
        return {}
    with ExitStack() as opened:
        files = package.open_files(root.name, opened)
        typed = {job: _TypedFile(pq.ParquetFile(file), state.schema) for job, file in files.items()}
        known = _known_roots(dataset.port, root, state, tuple(typed.values()), cursor)
        found = dict(zip(files, known, strict=True))
        if any(known):
            above = {root.name: _ids(dataset, root.name, files, found)}
            for name in chain(dataset, root.name)[1:]:
                found |= _known_nested(dataset, package, name, above)
        return found


def _without_cursor(root: TableName, cursor: str) -> DestinationFailed:
    return DestinationFailed(
        f"{root} has no column {cursor} any more: rows at the cursor's last value cannot be distinguished from new ones",
        Category.CONFIGURATION,
        f"Rename the table's column back to {cursor}; or have the source send it under its new name, and set cursor_field to that.",
    )


def _known_roots(
    port: Destination, root: TableName, state: TableState, files: Sequence[_TypedFile], cursor: str
) -> list[Places]:
    """The places of rows that the table has, for each of the root's files; the table is read from the load's lowest cursor value on."""
    none: list[Places] = [() for _ in files]
    lows = [low for file in files if (low := file.lowest(cursor)) is not None] if cursor else []
    if cursor and not lows:
        return none
    stream = value_or_throw(port.scan(root, Since(cursor, min(lows)) if cursor else None))
    if stream is None:
        return none
    columns = compared(column.name for column in state.schema.columns)
    added = [column for column in columns if column in state.added]
    with row_match([file.sent(columns) for file in files], added, cursor) as match:
        if not match.read_table(pa.RecordBatchReader.from_stream(stream)):
            return none
        last = match.last_cursor() if cursor else None
        for number, file in enumerate(files):
            for rows in file.rows(columns, cursor):
                match.add_rows(number, rows if last is None else _up_to(rows, cursor, last))
        match.match()
        return [match.known(number) for number in range(len(files))]


def _up_to(rows: pa.Table, cursor: str, last: pa.Scalar[pa.DataType]) -> pa.Table:
    """The rows that the table may have: those up to its last cursor value."""
    return rows.filter(pc.less_equal(rows[cursor], last.cast(rows[cursor].type)))


@final
class _TypedFile:
    """A file's rows in the table's columns and types."""

    def __init__(self, parquet: pq.ParquetFile, table: TableSchema) -> None:
        self._parquet = parquet
        kept = project(value_or_throw(schema_from_arrow(parquet.schema_arrow)), table).kept
        # dlt adds columns of its schema that the source does not send, filled with nulls.
        sent = _filled_columns(parquet.metadata)
        self._names = {place: name for name, place in kept if name in sent}
        self._types = {column.name: to_arrow(column.type) for column in table.columns}

    def lowest(self, cursor: str) -> Any:
        """The lowest value of the cursor; None if all are null."""
        lows = (pc.min_max(rows[cursor])["min"].as_py() for rows in self.rows([cursor], cursor))
        return min((low for low in lows if low is not None), default=None)

    def sent(self, columns: Sequence[str]) -> list[str]:
        """Those of *columns* that the file has."""
        return [column for column in columns if column in self._names]

    def rows(self, columns: Sequence[str], cursor: str) -> Iterator[pa.Table]:
        """The rows with those of *columns* that the file has, and their places; no rows if the file has no cursor."""
        if cursor and cursor not in self._names:
            return
        places = self.sent(columns)
        names = [self._names[column] for column in places]
        target = pa.schema([(column, self._types[column]) for column in places])
        ids = [ROW_ID] if ROW_ID in self._parquet.schema_arrow.names else []
        start = 0
        for batch in self._parquet.iter_batches(BATCH_ROWS, columns=[*names, *ids]):
            found = pa.Table.from_batches([batch])
            rows = cast(found.select(names), target)
            nested = nested_digests(found[ROW_ID]) if ids else pa.repeat("", len(found))
            rows = rows.append_column(NESTED, nested)
            yield rows.append_column(PLACE, pa.array(range(start, start + len(rows)), pa.int64()))
            start += len(rows)


def _filled_columns(metadata: pq.FileMetaData) -> set[str]:
    """The columns that have a value in some row, or no statistics."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = (group.column(number) for group in groups for number in range(metadata.num_columns))
    return {
        column.path_in_schema.split(".")[0]
        for column in columns
        if column.statistics is None or (column.statistics.null_count or 0) < column.num_values
    }


def _known_nested(
    dataset: Dataset, package: LoadPackage, name: str, above: dict[str, list[str]]
) -> dict[str, Places]:
    """The places of nested rows whose parent row the table has; their ids are added to *above*."""
    table = dataset.schema.get_table(name)
    ids = above.get(str(table.get("parent")), [])
    parent = str(get_first_column_name_with_prop(table, "parent_key"))
    with ExitStack() as opened:
        files = package.open_files(name, opened)
        found = {job: _places_of(file, parent, ids) for job, file in files.items()}
        above[name] = _ids(dataset, name, files, found)
    return found


def _ids(
    dataset: Dataset, name: str, files: Mapping[str, BinaryIO], places: Mapping[str, Places]
) -> list[str]:
    """The ids of the rows at *places*; rows without ids have no nested rows."""
    key = get_first_column_name_with_prop(dataset.schema.get_table(name), "row_key")
    found: list[str] = []
    for job, file in files.items():
        parquet = pq.ParquetFile(file)
        if places[job] and key in parquet.schema_arrow.names:
            column = parquet.read(columns=[str(key)]).column(0)
            found += map(str, column.take(pa.array(places[job], pa.int64())).to_pylist())
    return found


def _places_of(file: BinaryIO, parent: str, ids: Sequence[str]) -> Places:
    column = pq.ParquetFile(file).read(columns=[parent]).column(0)
    mask = pc.is_in(column, value_set=pa.array(ids, column.type))
    return array("q", (place.as_py() for place in pc.indices_nonzero(mask)))
