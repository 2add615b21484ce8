"""The places of nested rows in a package's files, by their parent rows."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.adapters.arrow.parquet_rows import open_parquet
from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt_api.internals import get_first_column_name_with_prop

Places = Sequence[int]


def nested_places(
    dataset: Dataset, package: LoadPackage, name: str, above: dict[str, list[str]]
) -> dict[str, Places]:
    """The places of nested rows whose parent row is one of *above*; their ids are added to *above*."""
    table = dataset.schema.get_table(name)
    ids = above.get(str(table.get("parent")), [])
    parent = str(get_first_column_name_with_prop(table, "parent_key"))
    with ExitStack() as opened:
        files = package.open_files(name, opened)
        found = {job: _places_of(file, parent, ids) for job, file in files.items()}
        above[name] = ids_at(dataset, name, files, found)
    return found


def ids_at(
    dataset: Dataset, name: str, files: Mapping[str, BinaryIO], places: Mapping[str, Places]
) -> list[str]:
    """The ids of the rows at *places*; rows without ids have no nested rows."""
    key = get_first_column_name_with_prop(dataset.schema.get_table(name), "row_key")
    found: list[str] = []
    for job, file in files.items():
        parquet = open_parquet(file)
        if places[job] and key in parquet.schema_arrow.names:
            column = parquet.read(columns=[str(key)]).column(0)
            found += map(str, column.take(pa.array(places[job], pa.int64())).to_pylist())
    return found


def _places_of(file: BinaryIO, parent: str, ids: Sequence[str]) -> Places:
    column = open_parquet(file).read(columns=[parent]).column(0)
    mask = pc.is_in(column, value_set=pa.array(ids, column.type))
    return array("q", (place.as_py() for place in pc.indices_nonzero(mask)))
