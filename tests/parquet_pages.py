"""The pages in Parquet files."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.sources.filesystem.parquet_pages import DATA, STORED, UNPACKED, _header


def page_sizes(file: Path, column: str) -> list[int]:
    """The sizes of the column's pages of data in the first row group, unpacked."""
    footer = pq.read_metadata(file)
    chunk = footer.row_group(0).column(footer.schema.names.index(column))
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data = file.read_bytes()[start : start + chunk.total_compressed_size]
    sizes, at = list[int](), 0
    while at < len(data):
        header, at = _header(data, at)
        stored, unpacked = header[STORED], header[UNPACKED]
        assert isinstance(stored, int)
        assert isinstance(unpacked, int)
        at += stored
        if header.get(DATA) is not None:
            sizes.append(unpacked)
    return sizes
