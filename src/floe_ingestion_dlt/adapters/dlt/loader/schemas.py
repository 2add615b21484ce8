"""Comparing a package's schemas with the catalog before anything is staged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import final

from returns.result import Failure

from floe_ingestion_dlt.adapters.arrow.file_schemas import columns_with_nulls, columns_without_values
from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.loader.package_state import NO_GROWTH, Growth
from floe_ingestion_dlt.adapters.dlt.loader.table_modes import (
    chain,
    replaces_all,
    table_mode,
    validity_columns,
)
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt.state import kept_window
from floe_ingestion_dlt.adapters.dlt.writable_tables import check_state
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    Schema,
    TSchemaTables,
    TTableSchema,
    TTableSchemaColumns,
    get_root_table,
)
from floe_ingestion_dlt.domain.contracts import Verdict, judge, new_columns, project, schema_change_of
from floe_ingestion_dlt.domain.events import (
    SchemaChanged,
    SchemaChangeDiscarded,
    SchemaContractViolated,
    SchemaEvent,
)
from floe_ingestion_dlt.domain.evolution import growth
from floe_ingestion_dlt.domain.faults import MergeRefused, SchemaChange
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.merge import (
    MergeNested,
    MergeRows,
    MergeVersions,
    unusable_flag,
    unusable_soft_delete,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.ownership import taken
from floe_ingestion_dlt.domain.required_columns import unfilled
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, Column, TableSchema
from floe_ingestion_dlt.domain.writable import unwritable_version
from floe_ingestion_dlt.ports.destination import Destination, TableState
from floe_ingestion_dlt.ports.milestones import Milestone


def without_missing_columns(schema: Schema, port: Destination, plan: LoadPlan) -> Schema:
    """Dlt's *schema*, in which columns that its tables lack are removed: those that a contract kept out.

    dlt writes every column of its schema into a load's files, where they would look as if the source had sent them.
    A nested table that cannot take a load of this plan is refused.
    """
    for name in schema.data_table_names():
        full_name = plan.table.sibling(name)
        state = value_or_throw(port.describe(full_name))
        if state is not None:
            if full_name != plan.table:
                value_or_throw(check_state(port, full_name, state, plan))
            table = schema.tables[name]
            there = {column.name for column in state.schema.columns}
            table["columns"] = {key: column for key, column in table["columns"].items() if key in there}
    return schema


def _rootless(table: TableName, column: str) -> MergeRefused:
    return MergeRefused(
        str(table),
        f"its rows were loaded without {column}, so it is not known to which root rows they belong",
        "Drop the root table with all its nested tables, then load it by merge from the start.",
    )


def _new_columns(
    has: TableSchema, files: Iterable[Path], schemas: Sequence[TableSchema]
) -> tuple[Column, ...]:
    """The columns that the table lacks, in types of files that have values; of one without values, in that of any file."""
    if not new_columns(has, schemas):
        return ()
    sent = zip(files, schemas, strict=True)
    filled = [schema.without(columns_without_values(file)) for file, schema in sent]
    new = new_columns(has, filled)
    return (*new, *new_columns(TableSchema((*has.columns, *new)), schemas))


def record_changes(
    dataset: Dataset, kind: type[SchemaEvent], table: TableName, changes: Iterable[SchemaChange]
) -> None:
    """Record an event of this *kind* for each of a table's *changes*."""
    binding = dataset.binding
    for change in changes:
        binding.telemetry.record(kind(table, change, binding.contract), binding.context)


@final
class SchemaUpdate:
    """The changes of schemas that a package's files need, judged by the contract and then applied."""

    def __init__(self, dataset: Dataset, package: LoadPackage | None) -> None:
        self._dataset = dataset
        self._package = package
        self._states: dict[str, TableState | None] = {}

    def apply(self, names: Iterable[str]) -> TSchemaTables:
        """Judge every table before the first one is changed; returns the added columns for dlt."""
        known = [name for name in sorted(names) if name in self._dataset.schema.tables]
        self._check_owners(known)
        verdicts = {name: self._judged(name, schemas) for name in known if (schemas := self._incoming(name))}
        for name, verdict in verdicts.items():
            self._check_required(name, verdict)
            self._check_window(name, verdict)
            self._check_flag(name, verdict)
        growths = {name: self._growth(name, verdict) for name, verdict in verdicts.items()}
        if self._package is not None:
            self._package.keep_growth(growths)
        changed = {
            name: verdict for name, verdict in verdicts.items() if verdict.changes or verdict.discarded
        }
        applied = {
            name: self._applied(name, verdict, is_at_once=growths[name] == NO_GROWTH)
            for name, verdict in changed.items()
        }
        self._note_owners(verdicts)
        return {name: table for name, table in applied.items() if verdicts[name].changes}

    def _check_owners(self, names: Iterable[str]) -> None:
        """Refuse to write a table of another source; a load also empties nested tables for which it has no rows."""
        roots = {name: root for name in names if (root := self._owner(name)) is not None}
        written = {nested: root for root in roots.values() for nested in chain(self._dataset, root.name)}
        for name, root in (written | roots).items():
            state = self._state(name)
            if state and (refused := taken(self._dataset.table(name), state.owner, root)):
                throw(refused)

    def _note_owners(self, verdicts: dict[str, Verdict]) -> None:
        """Set the owner of existing tables that have none."""
        for name in verdicts:
            state, owner = self._state(name), self._owner(name)
            if state is not None and state.owner != owner and owner is not None:
                value_or_throw(self._dataset.port.evolve(self._dataset.table(name), NO_COLUMNS, owner))

    def _owner(self, name: str) -> TableName | None:
        """The root table of the source that writes this one; dlt's own tables have no owner."""
        if name in self._dataset.own_tables():
            return None
        return self._dataset.table(str(get_root_table(self._dataset.schema.tables, name)["name"]))

    def _incoming(self, name: str) -> tuple[TableSchema, ...]:
        """The schemas of the table's files; without files, the columns in dlt's schema."""
        files = self._package.files(name) if self._package else ()
        state = self._state(name)
        has = state.schema if state else NO_COLUMNS
        schemas = self._schemas(files, has)
        if new := _new_columns(has, files, schemas):
            schemas = self._schemas(files, TableSchema((*has.columns, *new)))
        declared = self._dataset.declared(name)
        if self._replaces(name):
            # dlt remembers the types of the rows that are replaced
            declared = declared.without({column for schema in schemas for column in schema.types()})
        # The begin and end of a version are not in the files, but added to their rows.
        added = declared.only(validity_columns(self._dataset, name)) if schemas else declared
        return tuple(schema for schema in (*schemas, added) if schema.columns)

    def _schemas(self, files: Iterable[Path], table: TableSchema) -> tuple[TableSchema, ...]:
        return tuple(value_or_throw(self._dataset.port.schema_of(file, table)) for file in files)

    def _judged(self, name: str, incoming: tuple[TableSchema, ...]) -> Verdict:
        binding, table = self._dataset.binding, self._dataset.table(name)
        state = self._state(name)
        existing = state.schema if state else None
        if state is not None and (unwritable := unwritable_version(table, state.format_version)):
            throw(unwritable)
        self._check_roots(name, state)
        contract = binding.contract.of_table(being_created=self._evolves_freely(name))
        replaceable = state.replaceable if state is not None and self._replaces(name) else ()
        judged = judge(contract, table, existing, incoming, replaceable)
        if isinstance(judged, Failure):
            record_changes(self._dataset, SchemaContractViolated, table, judged.failure().changes)
            throw(judged.failure())
        return judged.unwrap()

    def _replaces(self, name: str) -> bool:
        """Whether the package has rows that replace all rows of the table."""
        package = self._package
        return (
            package is not None
            and bool(package.files(name))
            and name not in self._dataset.own_tables()
            and replaces_all(self._dataset, name, package.created_at)
        )

    def _check_roots(self, name: str, state: TableState | None) -> None:
        """Refuse to merge into nested rows that name no root row, because they could never be removed."""
        if state is None or state.being_created or self._package is None:
            return
        mode = table_mode(self._dataset, name, self._package.created_at)
        if (
            isinstance(mode, MergeNested)
            and mode.row_id is None
            and state.schema.type_of(mode.root_id) is None
        ):
            throw(_rootless(self._dataset.table(name), mode.root_id))

    def _check_required(self, name: str, verdict: Verdict) -> None:
        """Refuse nulls in required columns before a table is created for the load; staging would refuse them later."""
        state, package = self._state(name), self._package
        if state is None or package is None or verdict.schema is None or not state.required:
            return
        for file in package.files(name):
            columns = value_or_throw(self._dataset.port.schema_of(file, state.schema))
            placed = project(columns, verdict.schema)
            refused = unfilled(self._dataset.table(name), state.required, placed, columns_with_nulls(file))
            if refused is not None:
                throw(refused)

    def _check_window(self, name: str, verdict: Verdict) -> None:
        """Refuse a window that cannot be compared with the table's column, before the table is created or changed."""
        window, schema = kept_window(), verdict.schema
        if (
            window is not None
            and schema is not None
            and self._dataset.table(name) == self._dataset.binding.root_table
        ):
            value_or_throw(window.in_table(schema))

    def _check_flag(self, name: str, verdict: Verdict) -> None:
        """Refuse a hard_delete column of a type that flags no rows, before the table is created or changed."""
        if self._package is None or verdict.schema is None:
            return
        mode = table_mode(self._dataset, name, self._package.created_at)
        if isinstance(mode, MergeRows | MergeVersions):
            table, flag = self._dataset.table(name), mode.missing.flag if mode.missing else None
            refused = unusable_flag(table, mode.hard_delete, verdict.schema)
            refused = refused or unusable_soft_delete(table, flag, verdict.schema)
            if refused is not None:
                throw(refused)

    def _growth(self, name: str, verdict: Verdict) -> Growth:
        """The columns that are added with the rows of the table's files; without files they are added at once."""
        state, package = self._state(name), self._package
        if state is None or package is None or verdict.schema is None:
            return NO_GROWTH
        is_at_once = name in self._dataset.own_tables() or not package.files(name)
        if is_at_once or not verdict.changes:
            return NO_GROWTH
        return Growth(growth(state.schema, verdict.schema), tuple(map(schema_change_of, verdict.changes)))

    def _applied(self, name: str, verdict: Verdict, *, is_at_once: bool) -> TTableSchema:
        """Add the table's columns, or leave that to the load; record it, and return the new part of dlt's schema."""
        table, changes = self._dataset.table(name), tuple(map(schema_change_of, verdict.changes))
        if verdict.schema is not None and verdict.changes:
            if is_at_once:
                value_or_throw(self._dataset.port.evolve(table, verdict.schema, self._owner(name)))
            milestone = Milestone.CHANGING_SCHEMA if self._state(name) else Milestone.CREATING_TABLE
            self._dataset.binding.milestones(milestone, str(table))
            if is_at_once and name not in self._dataset.own_tables():
                record_changes(self._dataset, SchemaChanged, table, changes)
        if verdict.discarded:
            record_changes(
                self._dataset, SchemaChangeDiscarded, table, map(schema_change_of, verdict.discarded)
            )
        if verdict.schema is None and self._package:
            self._package.leave_out(name)
        new = self._dataset.schema.get_new_table_columns(
            name, self._columns_before(name), case_sensitive=True
        )
        return self._dataset.described(name, {str(column["name"]): column for column in new})

    def _columns_before(self, name: str) -> TTableSchemaColumns:
        state = self._state(name)
        return {column.name: {"name": column.name} for column in state.schema.columns} if state else {}

    def _evolves_freely(self, name: str) -> bool:
        """Whether the contract does not apply yet: dlt's own tables, and tables whose root has no rows of ours."""
        if name in self._dataset.own_tables():
            return True
        root = self._state(str(get_root_table(self._dataset.schema.tables, name)["name"]))
        return root is None or root.being_created

    def _state(self, name: str) -> TableState | None:
        if name not in self._states:
            self._states[name] = value_or_throw(self._dataset.port.describe(self._dataset.table(name)))
        return self._states[name]
