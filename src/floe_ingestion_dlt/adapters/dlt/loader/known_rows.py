"""The rows of a package's files that the table has already, because a source sends rows at its last cursor value again.

They are found in the package's own files, which do not change until the load is done, so that a run that is resumed finds
the same rows again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.adapters.arrow.parquet_rows import open_parquet
from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.loader.nested_places import Places, ids_at, nested_places
from floe_ingestion_dlt.adapters.dlt.loader.row_match import row_match
from floe_ingestion_dlt.adapters.dlt.loader.table_modes import chain
from floe_ingestion_dlt.adapters.dlt.loader.typed_files import TypedFile
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt.state import is_read_by_cursor
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.known_rows import compared
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import Destination, Since, TableState


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
        typed = {job: TypedFile(open_parquet(file), state.schema) for job, file in files.items()}
        known = _known_roots(dataset.port, root, state, tuple(typed.values()), cursor)
        found = dict(zip(files, known, strict=True))
        if any(known):
            above = {root.name: ids_at(dataset, root.name, files, found)}
            for name in chain(dataset, root.name)[1:]:
                found |= nested_places(dataset, package, name, above)
        return found


def _without_cursor(root: TableName, cursor: str) -> DestinationFailed:
    return DestinationFailed(
        f"{root} has no column {cursor} any more: rows at the cursor's last value cannot be distinguished from new ones",
        Category.CONFIGURATION,
        f"Rename the table's column back to {cursor}; or have the source send it under its new name, and set cursor_field to that.",
    )


def _known_roots(
    port: Destination, root: TableName, state: TableState, files: Sequence[TypedFile], cursor: str
) -> list[Places]:
    """The places of rows that the table has, for each of the root's files; the table is read from the load's lowest cursor value on."""
    none: list[Places] = [() for _ in files]
    since = _since(files, cursor) if cursor else None
    if since is not None and since.value is None and not since.has_nulls:
        return none
    stream = value_or_throw(port.scan(root, since))
    if stream is None:
        return none
    columns = compared(column.name for column in state.schema.columns)
    added = [column for column in columns if column in state.added]
    with row_match([file.sent(columns, cursor) for file in files], added, cursor) as match:
        if not match.read_table(pa.RecordBatchReader.from_stream(stream)):
            return none
        last = match.last_cursor() if cursor else None
        for number, file in enumerate(files):
            for rows in file.rows(columns, cursor):
                match.add_rows(number, rows if last is None else _up_to(rows, cursor, last))
        match.match()
        return [match.known(number) for number in range(len(files))]


def _since(files: Sequence[TypedFile], cursor: str) -> Since:
    """The rows of the table that the load may have: those from its lowest cursor value on, and if it has rows without one, those too."""
    found = [file.lowest(cursor) for file in files]
    lowest = min((low for low, _ in found if low is not None), default=None)
    return Since(cursor, lowest, has_nulls=any(has_nulls for _, has_nulls in found))


def _up_to(rows: pa.Table, cursor: str, last: pa.Scalar[pa.DataType]) -> pa.Table:
    """The rows that the table may have: those up to its last cursor value, and those without one."""
    values = rows[cursor]
    return rows.filter(pc.or_kleene(pc.less_equal(values, last.cast(values.type)), pc.is_null(values)))
