"""Parts of dlt's step that normalizes rows, for which dlt has no public functions."""

# ruff: noqa: SLF001 - see above

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, final

import pyarrow as pa
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.schema import Schema
from dlt.normalize.configuration import NormalizeConfiguration
from dlt.normalize.items_normalizers import JsonLItemsNormalizer
from dlt.pipeline.pipeline import Pipeline

from floe_ingestion_dlt.adapters.dlt_api.parquet_writer import ParquetWriter


def capabilities_of(pipeline: Pipeline) -> DestinationCapabilitiesContext:
    """The capabilities of the pipeline's destination."""
    return pipeline._get_destination_capabilities()


def learn_columns(
    schema: Schema,
    capabilities: DestinationCapabilitiesContext,
    load_id: str,
    table: str,
    rows: Sequence[dict[str, Any]],
) -> None:
    """Let the schema get the tables and columns of the *rows*, as when dlt normalizes them; nothing is written."""
    config = NormalizeConfiguration(destination_capabilities=capabilities)
    unused: Any = None
    normalizer = JsonLItemsNormalizer(unused, unused, unused, schema, load_id, config)
    normalizer._normalize_chunk(table, [*rows], may_have_pua=False, skip_write=True)


@final
class ParquetTables:
    """A Parquet file of Arrow tables, written as dlt writes it by its settings."""

    def __init__(self, path: Path, capabilities: DestinationCapabilitiesContext) -> None:
        self._file = path.open("xb")
        self._writer = ParquetWriter(self._file, capabilities)
        self._writer.write_header({})

    def write(self, table: pa.Table) -> None:
        """Add the table, as one row group if it is not too large."""
        self._writer.write_data([table])

    @property
    def is_full(self) -> bool:
        """Whether it is as large as files of the destination are made."""
        return self._writer.is_full

    def close(self) -> None:
        """End the file."""
        try:
            self._writer.close()
        finally:
            self._file.close()
