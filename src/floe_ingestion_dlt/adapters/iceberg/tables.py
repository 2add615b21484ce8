"""Describes, creates, extends and drops tables and namespaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pyiceberg import exceptions as ice
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from returns.result import Failure, Result, Success
from sqlalchemy.exc import IntegrityError

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.internals import DraftTransaction, change_of, set_schema
from floe_ingestion_dlt.adapters.iceberg.owners import owner_in, owner_properties
from floe_ingestion_dlt.adapters.iceberg.schema_changes import grown, replaceable_columns
from floe_ingestion_dlt.adapters.iceberg.types import required_columns, schema_from_iceberg, schema_to_iceberg
from floe_ingestion_dlt.adapters.iceberg.vended_credentials import with_lasting_keys
from floe_ingestion_dlt.domain.evolution import extended
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed, TableTaken
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.ownership import taken
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.writable import METADATA_TABLES, WRITABLE_VERSION, not_a_table, refused_name
from floe_ingestion_dlt.ports.destination import TableState

# Marks tables that a load created: unlike tables that somebody declared, they may evolve while they are empty.
CREATED_BY_LOAD: Final = "floe.created-by-load"
SCHEMA_ATTEMPTS: Final = 10


def identifier(table: TableName) -> tuple[str, ...]:
    return (*table.namespace, table.name)


def load(catalog: Catalog, table: TableName) -> Table:
    """The table. Raises pyiceberg's errors."""
    return with_lasting_keys(catalog, catalog.load_table(identifier(table)))


def find(catalog: Catalog, table: TableName) -> Table | None:
    """The table, or None. Raises pyiceberg's other errors."""
    if table.name.lower() in METADATA_TABLES and table not in tables_in(catalog, table.namespace):
        # Asked for a missing `bronze.files`, a catalog looks for the files of a table `bronze`, and Polaris fails then.
        return None
    try:
        return load(catalog, table)
    except (ice.NoSuchTableError, ice.NoSuchNamespaceError):
        return None


def describe(
    catalog: Catalog, table: TableName, found: Table | None
) -> Result[TableState | None, DestinationFailed]:
    """The state of the table that was *found*; a fault if a view has its name."""
    if found is not None:
        return Success(state_of(found, table))
    return (
        Failure(not_a_table(table, "a view"))
        if kind_of(catalog).has_view(identifier(table))
        else Success(None)
    )


def state_of(table: Table, name: TableName) -> TableState:
    """The state of the table with this *name*."""
    version = table.metadata.format_version
    return TableState(
        schema=schema_from_iceberg(table.metadata.schema(), only_known=version > WRITABLE_VERSION),
        format_version=version,
        required=required_columns(table.metadata.schema()),
        replaceable=replaceable_columns(table.metadata),
        being_created=CREATED_BY_LOAD in table.properties and ledger.is_being_created(table.metadata),
        files=_total(table, "total-data-files") or 0,
        rows=_total(table, "total-records"),
        owner=owner_in(table.properties, name),
        added=_added_columns(table),
        version=str(table.metadata.current_snapshot_id or ""),
    )


def _added_columns(table: Table) -> frozenset[str]:
    """The columns that are not in the oldest schema of the table's metadata."""
    first = min(table.metadata.schemas, key=lambda schema: schema.schema_id)
    known = {field.field_id for field in first.fields}
    return frozenset(field.name for field in table.schema().fields if field.field_id not in known)


def _total(table: Table, name: str) -> int | None:
    """A total in the newest snapshot's summary; 0 without a snapshot."""
    current = table.metadata.current_snapshot()
    if current is None:
        return 0
    counted = current.summary.additional_properties.get(name, "") if current.summary else ""
    return int(counted) if counted.isdecimal() else None


def evolve(
    catalog: Catalog, table: TableName, schema: TableSchema, owner: TableName | None = None
) -> Result[None, DestinationFailed | TableTaken]:
    """Create or extend the table until it has room for *schema*, also if other writers do the same."""
    for _ in range(SCHEMA_ATTEMPTS):
        found = find(catalog, table)
        try:
            if found is None:
                return _create(catalog, table, schema, owner)
            known = owner_in(found.properties, table)
            if owner and (refused := taken(table, known, owner)):
                return Failure(refused)
            has = schema_from_iceberg(found.metadata.schema())
            wider = extended(table, has, schema)
            if isinstance(wider, Failure):
                return wider
            owned = {} if known == owner else owner_properties(table, owner)
            _extend(catalog, found, has, wider.unwrap(), owned)
        except (ice.CommitFailedException, ice.TableAlreadyExistsError) as first:
            if isinstance(first, ice.TableAlreadyExistsError) and find(catalog, table) is None:
                return Failure(not_a_table(table, "something that is no Iceberg table"))
            continue  # another writer was first: load the table again, and add what is still missing
        return Success(None)
    return Failure(
        DestinationFailed(
            f"the schema of {table} kept changing while it was extended",
            Category.TRANSIENT,
            "Run again when fewer writers change the table's schema.",
        )
    )


def _create(
    catalog: Catalog, table: TableName, schema: TableSchema, owner: TableName | None
) -> Result[None, DestinationFailed]:
    create_namespace(catalog, table.namespace)
    properties = {
        "format-version": "2",
        CREATED_BY_LOAD: "true",
        # Every commit writes a metadata file. Without this, they are never deleted.
        "write.metadata.delete-after-commit.enabled": "true",
        # Every load adds a manifest, and a scan reads all of them. With this, 100 are merged into one.
        "commit.manifest-merge.enabled": "true",
    }
    try:
        catalog.create_table(
            identifier(table),
            schema_to_iceberg(schema),
            properties=properties | owner_properties(table, owner),
        )
    except ice.ServerError as error:
        if table.name.lower() in METADATA_TABLES:
            return Failure(refused_name(table, str(error)))
        raise
    return Success(None)


def _extend(
    catalog: Catalog, table: Table, has: TableSchema, wider: TableSchema, properties: dict[str, str]
) -> None:
    """Add and widen columns and set *properties*, in one commit, if anything is missing."""
    transaction = DraftTransaction(table)
    if wider != has:
        set_schema(transaction, grown(table.metadata, wider))
    if properties:
        transaction.set_properties(properties)
    change = change_of(transaction)
    if change.updates:
        kind_of(catalog).commit(change)


def create_namespace(catalog: Catalog, namespace: tuple[str, ...]) -> None:
    """Make the namespace and its parents."""
    for depth in range(1, len(namespace) + 1):
        try:
            catalog.create_namespace_if_not_exists(namespace[:depth])
        except IntegrityError:
            # A SQL catalog raises this if another writer has just created it.
            if not catalog.namespace_exists(namespace[:depth]):
                raise


def tables_in(catalog: Catalog, namespace: tuple[str, ...]) -> tuple[TableName, ...]:
    try:
        return tuple(TableName(tuple(levels), name) for *levels, name in catalog.list_tables(namespace))
    except ice.NoSuchNamespaceError:
        return ()


def drop_namespace(catalog: Catalog, namespace: tuple[str, ...]) -> None:
    for table in catalog.list_tables(namespace):
        catalog.drop_table(table)
    catalog.drop_namespace(namespace)


def drop_table(catalog: Catalog, table: TableName) -> None:
    unless_absent(lambda: catalog.drop_table(identifier(table)))


def unless_absent(act: Callable[[], None]) -> None:
    """Run *act*; if the table or namespace does not exist, that is a success."""
    try:
        act()
    except (ice.NoSuchTableError, ice.NoSuchNamespaceError):
        return
