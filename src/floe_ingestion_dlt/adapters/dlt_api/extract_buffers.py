"""The buffers in which dlt holds items that are extracted, and their files, for which dlt has no public functions."""

# ruff: noqa: SLF001 - see above

from __future__ import annotations

from typing import Any

from dlt.common.data_writers import BufferedDataWriter, DataWriter
from dlt.common.data_writers.writers import ArrowToParquetWriter
from dlt.extract.extract import Extract
from dlt.extract.storage import ExtractorItemStorage, ExtractStorage
from dlt.pipeline.pipeline import Pipeline

from floe_ingestion_dlt.adapters.dlt_api.parquet_writer import ParquetWriter


class _Files(ExtractorItemStorage):
    """Files of rows that are not compressed, and Parquet files of our own writer."""

    def _get_writer(self, load_id: str, schema_name: str, table_name: str) -> BufferedDataWriter[DataWriter]:
        name, known = self.get_active_writer(load_id, schema_name, table_name)
        if known is not None:
            return known
        path = self._get_data_item_path_template(load_id, schema_name, table_name)
        writer = self.buffered_writers[name] = BufferedDataWriter(
            self.writer_spec, path, disable_compression=True
        )
        if writer.writer_cls is ArrowToParquetWriter:
            _use_own_writer(writer)
        return writer


def _use_own_writer(writer: BufferedDataWriter[DataWriter]) -> None:
    """Let our writer decide when a file is full: it knows when tables are in it."""
    writer.writer_cls = ParquetWriter
    writer._caps = writer._caps.copy()
    writer._caps.recommended_file_size, writer.file_max_bytes = writer.file_max_bytes, 0


class BufferingPipeline(Pipeline):
    """A dlt pipeline whose buffers can be written before they have dlt's number of rows, which may have any size.

    Files of rows are not compressed, which takes longer than all else that is done to large texts.
    """

    _extracted: ExtractStorage | None = None

    def _extract_source(self, extract: Extract, *args: Any, **options: Any) -> str:
        self._extracted = extract.extract_storage
        storages = self._extracted.item_storages
        for kind, storage in storages.items():
            if type(storage) is ExtractorItemStorage:
                storages[kind] = _Files(storage.package_storage, storage.writer_spec)
        try:
            return super()._extract_source(extract, *args, **options)
        finally:
            self._extracted = None

    def write_buffers(self) -> None:
        """Write the items that are held; nothing happens if the pipeline extracts nothing."""
        storages = () if self._extracted is None else self._extracted.item_storages.values()
        for storage in storages:
            for writer in storage.buffered_writers.values():
                writer._flush_items()
