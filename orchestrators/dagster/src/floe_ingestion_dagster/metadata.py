"""What a load did, as the metadata that Dagster shows and plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from dagster import AssetKey, AssetMaterialization, MetadataValue, TableColumn, TableSchema

from floe_ingestion_dagster.names import escaped
from floe_ingestion_dlt.domain.load_report import LoadReport, TableView
from floe_ingestion_dlt.domain.load_warnings import warning_text
from floe_ingestion_dlt.domain.schema import TableSchema as Columns
from floe_ingestion_dlt.domain.write_modes import Merge, name_of

Metadata: TypeAlias = Mapping[str, MetadataValue]

CURSOR_FROM: Final = "cursor_from"
CURSOR_TO: Final = "cursor_to"
# A browser rounds larger numbers.
_LARGEST_SHOWN: Final = 2**53


def metadata_of(report: LoadReport) -> Metadata:
    """The figures of a load; those of the table are its own after the load, as the catalog has them."""
    return dict(_figures(report))


def partition_metadata(report: LoadReport, partitions: Sequence[str]) -> Metadata:
    """The rows of the one partition that was loaded, which replaced those that were in it; nothing for a merge, which keeps others."""
    if len(partitions) != 1 or isinstance(report.settings.mode, Merge):
        return {}
    return {"dagster/partition_row_count": MetadataValue.int(report.rows)}


def nested_tables(
    asset: AssetKey, report: LoadReport, partitions: Sequence[str]
) -> list[AssetMaterialization]:
    """What the load brought to each table that is nested in the asset's table, and to its partitions: an asset of its own, on which others may depend.

    The asset of the table `orders__lines` is `ingestion__<source>__<resource>/lines`: no resource has a key of that kind.
    """
    root = report.table
    return [
        AssetMaterialization(
            asset_key=[*asset.path, escaped(receipt.table.name.removeprefix(f"{root.name}__"))],
            metadata={
                "dagster/table_name": str(receipt.table),
                "rows_loaded": receipt.rows,
                "bytes_written": receipt.bytes,
                "snapshot_id": str(receipt.snapshot_id),
            },
            partition=partition,
        )
        for receipt in report.receipts
        if receipt.table != root and receipt.snapshot_id is not None
        for partition in partitions or (None,)
    ]


def column_schema(columns: Columns) -> TableSchema:
    """The columns with Iceberg's types."""
    return TableSchema([TableColumn(column.name, str(column.type)) for column in columns.columns])


def _figures(report: LoadReport) -> Iterator[tuple[str, MetadataValue]]:
    """What is asked first comes first: pages show them in this order."""
    if report.after is not None and report.after.rows is not None:
        yield "dagster/row_count", MetadataValue.int(report.after.rows)
    yield "rows_loaded", MetadataValue.int(report.rows)
    yield from _cursors(report)
    yield from _changes(report)
    yield "bytes_written", MetadataValue.int(report.bytes)
    yield "duration_seconds", MetadataValue.float(round(report.seconds, 3))
    yield "retries", MetadataValue.int(report.retries)
    yield "dagster/table_name", MetadataValue.text(str(report.table))
    if report.after is not None:
        yield "dagster/column_schema", MetadataValue.table_schema(column_schema(report.after.schema))
    yield "source_type", MetadataValue.text(report.context.source_type)
    yield "write_mode", MetadataValue.text(name_of(report.settings.mode))
    yield "schema_contract", MetadataValue.text(report.settings.contract.value)
    yield from _identities(report)


def _identities(report: LoadReport) -> Iterator[tuple[str, MetadataValue]]:
    if report.snapshots:
        # A snapshot's id may be too large for a number in a browser.
        yield "snapshot_id", MetadataValue.text(", ".join(map(str, report.snapshots)))
    if report.loads:
        yield "load_id", MetadataValue.text(", ".join(report.loads))
    if report.trace_id is not None:
        yield "trace_id", MetadataValue.text(report.trace_id)


def _cursors(report: LoadReport) -> Iterator[tuple[str, MetadataValue]]:
    for name, view in ((CURSOR_FROM, report.before), (CURSOR_TO, report.after)):
        match shown_cursor(view):
            case None:
                pass
            case int() as value:
                yield name, MetadataValue.int(value)
            case float() as value:
                yield name, MetadataValue.float(value)
            case value:
                yield name, MetadataValue.text(str(value))


def shown_cursor(view: TableView | None) -> int | float | str | None:
    """The value of a table's cursor as Dagster shows it: numbers, which it can plot, and else texts."""
    if view is None or view.cursor is None:
        return None
    value = view.cursor.value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST_SHOWN:
        return value
    return str(value)


def _changes(report: LoadReport) -> Iterator[tuple[str, MetadataValue]]:
    if report.before is not None and report.new_columns.columns:
        changed = [f"{column.name}: {column.type}" for column in report.new_columns.columns]
        yield "schema_changes", MetadataValue.json(changed)
    if report.deleted:
        yield "rows_deleted", MetadataValue.int(report.deleted)
    if report.warnings:
        yield "warnings", MetadataValue.json([warning_text(warning) for warning in report.warnings])
    if report.discarded:
        yield "discarded_values", MetadataValue.json({lost.column: lost.rows for lost in report.discarded})
