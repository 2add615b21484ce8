"""The buffers in which dlt holds items that are extracted, and their files, for which dlt has no public functions."""

# ruff: noqa: SLF001 - see above

from __future__ import annotations

from typing import Any

from dlt.common.data_writers import BufferedDataWriter, DataWriter
from dlt.extract.extract import Extract
from dlt.extract.storage import ExtractorItemStorage, ExtractStorage
from dlt.pipeline.pipeline import Pipeline


class _PlainRows(ExtractorItemStorage):
    """Files of rows that are not compressed."""

    def _get_writer(self, load_id: str, schema_name: str, table_name: str) -> BufferedDataWriter[DataWriter]:
        name, known = self.get_active_writer(load_id, schema_name, table_name)
        if known is not None:
            return known
        path = self._get_data_item_path_template(load_id, schema_name, table_name)
        writer = self.buffered_writers[name] = BufferedDataWriter(
            self.writer_spec, path, disable_compression=True
        )
        return writer


class BufferingPipeline(Pipeline):
    """A dlt pipeline whose buffers can be written before they have dlt's number of rows, which may have any size.

    Files of rows are not compressed, which takes longer than all else that is done to large texts.
    """

    _extracted: ExtractStorage | None = None

    def _extract_source(self, extract: Extract, *args: Any, **options: Any) -> str:
        self._extracted = extract.extract_storage
        storages = self._extracted.item_storages
        if not isinstance(rows := storages["object"], _PlainRows):
            storages["object"] = _PlainRows(rows.package_storage, rows.writer_spec)
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
