"""The rows of a package's files that are not in the window that the load is of.

Rows near the window are read, too, because values may change on their way into the table. Here they have the types of the table.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack

from floe_ingestion_dlt.adapters.arrow.parquet_rows import open_parquet
from floe_ingestion_dlt.adapters.arrow.stubs import Column
from floe_ingestion_dlt.adapters.arrow.windows import outside
from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.loader.nested_places import Places, ids_at, nested_places
from floe_ingestion_dlt.adapters.dlt.loader.table_modes import chain
from floe_ingestion_dlt.adapters.dlt.loader.typed_files import TypedFile
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt.state import window_has_values
from floe_ingestion_dlt.domain.evolution import extended
from floe_ingestion_dlt.domain.merge import of_another_type, without_values
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.windows import Limits, Window


def rows_outside(dataset: Dataset, package: LoadPackage, window: Window) -> Mapping[str, Places]:
    """The places of rows that are not in the *window*, and of rows nested in them, for each of the package's files by its job id.

    Refused if it is not known which rows are in the window, because they have values of another type, or no values at all.
    """
    root = dataset.binding.root_table
    state = None if root is None else value_or_throw(dataset.port.describe(root))
    if root is None or state is None:
        return {}
    schema = value_or_throw(extended(root, state.schema, package.growth(root.name).columns))
    limits = value_or_throw(window.in_table(schema))
    with ExitStack() as opened:
        files = package.open_files(root.name, opened)
        typed = {job: TypedFile(open_parquet(file), schema) for job, file in files.items()}
        _check_types(root, window.column, typed.values())
        found = {job: _outside(file.column(window.column), limits) for job, file in typed.items()}
        if not window_has_values() and any(found.values()):
            _check_values(root, window.column, typed.values())
        if any(found.values()):
            above = {root.name: ids_at(dataset, root.name, files, found)}
            for name in chain(dataset, root.name)[1:]:
                found |= nested_places(dataset, package, name, above)
        return found


def _check_types(root: TableName, column: str, files: Iterable[TypedFile]) -> None:
    counts = Counter({name: rows for file in files for name, rows in file.values_beside(column)})
    for name, rows in counts.items():
        if rows:
            throw(of_another_type(root, column, name, rows))


def _check_values(root: TableName, column: str, files: Iterable[TypedFile]) -> None:
    """Refuse rows of which none has a value: the column may have another name in the source now."""
    batches = [values for file in files for values in file.column(column)]
    if all(values.null_count == len(values) for values in batches):
        throw(without_values(root, column, sum(map(len, batches))))


def _outside(batches: Iterable[Column], limits: Limits) -> Places:
    places = array("q")
    start = 0
    for values in batches:
        for chunk in values.chunks:
            places.extend(start + place for place in outside(chunk, limits))
            start += len(chunk)
    return places
