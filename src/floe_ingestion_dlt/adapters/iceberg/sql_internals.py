"""The internals of pyiceberg's catalog in a database: one transaction over several tables, and metadata that is parsed once."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from typing import Final

from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationError
from pyiceberg.io import load_file_io
from pyiceberg.serializers import Compressor
from pyiceberg.table import StagedTable, Table
from pyiceberg.table.locations import load_location_provider
from pyiceberg.table.metadata import TableMetadataUtil
from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session as SqlSession

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import DamagedMetadataError
from floe_ingestion_dlt.adapters.iceberg.internals import Change, delete_old_metadata, updated
from floe_ingestion_dlt.adapters.iceberg.parsed_metadata import ParsedMetadata
from floe_ingestion_dlt.domain.safe_texts import quoted

RESTORE: Final = "Restore the file, for example from the bucket's older versions, or register the table with the newest metadata file beside it that is whole."
# What is raised for a file that is no JSON, no metadata, or not compressed as its name says.
_DAMAGES: Final = (ValidationError, ValueError, EOFError, zlib.error, gzip.BadGzipFile)


def commit_in_one_sql_transaction(catalog: SqlCatalog, changes: Sequence[Change]) -> None:
    """Commit all *changes* or none. Raises CommitFailedException if another writer has changed a table."""
    staged = [_staged(catalog, change) for change in changes]
    for table in staged:
        catalog._write_metadata(table.metadata, table.io, table.metadata_location)  # noqa: SLF001
    with SqlSession(catalog.engine) as session:
        for change, table in zip(changes, staged, strict=True):
            *namespace, name = change.base.name()
            moved = session.execute(
                update(IcebergTables)
                .where(
                    IcebergTables.catalog_name == catalog.name,
                    IcebergTables.table_namespace == Catalog.namespace_to_string(tuple(namespace)),
                    IcebergTables.table_name == name,
                    IcebergTables.metadata_location == change.base.metadata_location,
                )
                .values(
                    metadata_location=table.metadata_location,
                    previous_metadata_location=change.base.metadata_location,
                )
            )
            if not isinstance(moved, CursorResult) or moved.rowcount != 1:
                raise CommitFailedException(
                    f"{'.'.join(change.base.name())} has been changed by another writer"
                )
        session.commit()
    for change, table in zip(changes, staged, strict=True):
        delete_old_metadata(change.base, table.metadata)


def _staged(catalog: SqlCatalog, change: Change) -> StagedTable:
    """The table with the *change*, and the place of its metadata, which is not written yet."""
    base = change.base
    for requirement in change.requirements:
        requirement.validate(base.metadata)
    metadata = updated(base.metadata, change.updates, base.metadata_location)
    version = catalog._parse_metadata_version(base.metadata_location) + 1  # noqa: SLF001
    provider = load_location_provider(metadata.location, metadata.properties)
    location = provider.new_table_metadata_file_location(version)
    io = catalog._load_file_io(metadata.properties, location)  # noqa: SLF001
    return StagedTable(base.name(), metadata, location, io, catalog)


def parse_metadata_once(catalog: SqlCatalog) -> None:
    """Make *catalog* parse the metadata of a table again only if it is another one. The file is read each time: it may be gone, or damaged."""
    convert, known = catalog._convert_orm_to_iceberg, ParsedMetadata(TableMetadataUtil.parse_raw)  # noqa: SLF001

    def converted(row: IcebergTables) -> Table:
        location = row.metadata_location
        if not location:
            return convert(row)
        name = (*Catalog.identifier_to_tuple(row.table_namespace), row.table_name)
        with load_file_io(catalog.properties, location).new_input(location).open() as stored:
            try:
                text = Compressor.get_compressor(location).stream_decompressor(stored).read()
                metadata = known.metadata(location, text)
            except _DAMAGES as error:
                raise DamagedMetadataError(
                    f"the metadata file {quoted(location)} of {'.'.join(name)} is damaged ({type(error).__name__})",
                    RESTORE,
                ) from error
        io = catalog._load_file_io(metadata.properties, location)  # noqa: SLF001
        return Table(name, metadata, location, io, catalog)

    vars(catalog)["_convert_orm_to_iceberg"] = converted
