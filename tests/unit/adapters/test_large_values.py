"""Large values are in pages of the usual size, so that neither a writer nor a reader needs several of them at once."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dlt.common.data_writers.writers import ArrowToParquetWriter
from dlt.common.destination import DestinationCapabilitiesContext

from floe_ingestion_dlt.adapters.arrow.sizes import ENCODED_ROWS, PAGE_BYTES, rows_in_page
from floe_ingestion_dlt.adapters.dlt_api.parquet_writer import ParquetWriter
from floe_ingestion_dlt.adapters.dlt_api.row_steps import ParquetTables
from tests.parquet_pages import page_sizes


@pytest.mark.parametrize(
    ("size", "rows"), [(1, ENCODED_ROWS), (100_000, 10), (PAGE_BYTES, 1), (20 * PAGE_BYTES, 1)]
)
def test_as_many_rows_are_encoded_at_once_as_fill_a_page(size: int, rows: int) -> None:
    table = pa.table({"id": [1, 2], "text": ["x" * size] * 2})
    assert rows == rows_in_page([table])
    assert rows == rows_in_page(table.to_batches())


def test_tables_without_rows_or_columns_are_encoded_as_usual() -> None:
    empty = pa.table({"id": pa.array([], pa.int64())})
    assert ENCODED_ROWS == rows_in_page([empty, empty.select([])])


def test_files_for_dlt_have_pages_of_the_usual_size(tmp_path: Path) -> None:
    rows = pa.table({"id": range(40), "text": [chr(97 + n % 26) * 200_000 for n in range(40)]})
    tables = ParquetTables(tmp_path / "a.parquet", DestinationCapabilitiesContext.generic_capabilities())
    tables.write(rows)
    tables.close()
    assert rows.equals(pq.read_table(tmp_path / "a.parquet"))
    assert max(page_sizes(tmp_path / "a.parquet", "text")) <= 2 * PAGE_BYTES


def test_files_for_dlt_are_written_by_all_settings_of_dlt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each option that dlt's own writer gives to pyarrow is given by ours."""
    given = list[dict[str, object]]()

    def noted(_sink: object, schema: pa.Schema, **options: object) -> pq.ParquetWriter:
        given.append(options)
        return real(tmp_path / f"{len(given)}.parquet", schema)

    real = pq.ParquetWriter
    monkeypatch.setattr(pq, "ParquetWriter", noted)
    for kind in (ArrowToParquetWriter, ParquetWriter):
        with (tmp_path / "unused").open("wb") as file:
            writer = kind(file, DestinationCapabilitiesContext.generic_capabilities())
            writer.write_data([pa.table({"id": [1]})])
    theirs, ours = given
    assert theirs == {name: value for name, value in ours.items() if name != "write_batch_size"}
