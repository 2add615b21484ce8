"""Schema contracts: which changes of the source's schema are applied, refused or discarded.

The rule uses the table in the catalog, so the result is the same on a new host and on one that lost its local state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import ContractViolated, Invalid, SchemaChange
from floe_ingestion_dlt.domain.held_parts import FieldPath, unheld_fields
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import (
    NO_COLUMNS,
    Column,
    ColumnType,
    TableSchema,
    roomy,
    variant_name,
)
from floe_ingestion_dlt.domain.wider_types import holds, new_type, widened


class SchemaContract(Enum):
    """The changes that are allowed in an existing table."""

    EVOLVE = "evolve"
    FREEZE = "freeze"
    DISCARD_VALUE = "discard_value"

    def of_table(self, *, being_created: bool) -> SchemaContract:
        """The contract that applies: a table that is *being_created* may evolve with any."""
        return SchemaContract.EVOLVE if being_created else self

    @classmethod
    def parse(cls, text: str) -> Result[SchemaContract, Invalid]:
        known = {contract.value: contract for contract in cls}
        if text in known:
            return Success(known[text])
        return Failure(Invalid("schema_contract", text, f"one of {', '.join(known)}"))


@final
@dataclass(frozen=True, slots=True)
class NewTable:
    """A new nested table of a root table that existed before."""

    table: TableName
    columns: TableSchema

    def __str__(self) -> str:
        return f"new table {self.table}"


@final
@dataclass(frozen=True, slots=True)
class NewColumn:
    column: Column

    def __str__(self) -> str:
        column, is_variant, _ = self.column.name.rpartition("__v_")
        values = f" for values that {column} cannot hold" if is_variant else ""
        return f"new column {self.column.name} ({self.column.type}){values}"


@final
@dataclass(frozen=True, slots=True)
class WiderType:
    """Values of a wider type, to which Iceberg can promote the column."""

    column: Column
    was: ColumnType

    def __str__(self) -> str:
        return f"column {self.column.name} widens from {self.was} to {self.column.type}"


@final
@dataclass(frozen=True, slots=True)
class OtherType:
    """Values of a type that the column cannot hold; with 'evolve' they go to a new column."""

    column: Column
    has: ColumnType

    def __str__(self) -> str:
        return f"column {self.column.name} is {self.has} but the source sends {self.column.type}"


@final
@dataclass(frozen=True, slots=True)
class ReplacedType:
    """Values of a type that the column cannot hold, in a load that replaces all rows: the column gets their type."""

    column: Column
    was: ColumnType

    def __str__(self) -> str:
        return f"column {self.column.name} changes from {self.was} to {self.column.type}, as all rows are replaced"


Change: TypeAlias = NewTable | NewColumn | WiderType | OtherType | ReplacedType


def schema_change_of(change: Change) -> SchemaChange:
    """The change in the form for faults and events."""
    if isinstance(change, NewTable):
        return SchemaChange(str(change), "*", "table")
    return SchemaChange(str(change), change.column.name, str(change.column.type))


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """The schema that the table gets (None: no table), the changes in it, and the changes that are discarded."""

    schema: TableSchema | None
    changes: tuple[Change, ...] = ()
    discarded: tuple[Change, ...] = ()


def judge(
    contract: SchemaContract,
    table: TableName,
    existing: TableSchema | None,
    incoming: tuple[TableSchema, ...],
    replaceable: Collection[str] = (),
) -> Result[Verdict, ContractViolated]:
    """Apply the contract to the schemas of the *incoming* files.

    *existing* is None for a table that is not in the catalog. No column is ever removed. Those that are *replaceable* may get
    another type, because no row that is there now is kept.
    """
    evolved, changes = _evolve(table, existing, incoming, replaceable)
    if not changes or contract is SchemaContract.EVOLVE:
        return Success(Verdict(evolved, changes))
    if contract is SchemaContract.FREEZE:
        return Failure(ContractViolated(str(table), tuple(map(schema_change_of, changes))))
    left_out = changes if existing is None else _left_out(existing, incoming)
    return Success(Verdict(existing, discarded=left_out))


def _evolve(
    table: TableName,
    existing: TableSchema | None,
    incoming: tuple[TableSchema, ...],
    replaceable: Collection[str],
) -> tuple[TableSchema, tuple[Change, ...]]:
    types = existing.types() if existing else {}
    replaced = [name for name in other_types(types, incoming) if name in replaceable]
    kept = (existing or NO_COLUMNS).without(replaced)
    changes: dict[Change, None] = {}
    for column in new_columns(kept, incoming):
        needed = _changed_type(column, types.get(column.name))
        if needed is not None:
            types[column.name] = needed.column.type
            changes[needed] = None
    for file in incoming:
        for column, place in _places(file, types.copy(), room_for_more=True):
            change = _change(types, column, place)
            if change is not None:
                types[place] = change.column.type
                changes[change] = None
    schema = TableSchema.of(types)
    if existing is None:
        return schema, (NewTable(table, schema),)
    return schema, tuple(changes)


def other_types(types: Mapping[str, ColumnType], incoming: Iterable[TableSchema]) -> tuple[str, ...]:
    """The columns for which *incoming* files have values that their *types* neither hold nor can be widened to hold."""
    sent = (column for file in incoming for column in file.columns)
    return tuple(dict.fromkeys(c.name for c in sent if not _fits(types.get(c.name), c, widen=True)))


def new_columns(existing: TableSchema, incoming: Iterable[TableSchema]) -> tuple[Column, ...]:
    """The columns that *existing* lacks, each with one type for all *incoming* files, in whatever order they come.

    It is the type that holds the values of all files. If there is none, it is one of theirs, and the others need columns of their own.
    """
    known, found = existing.types(), dict[str, dict[ColumnType, None]]()
    for column in (column for file in incoming for column in file.columns if column.name not in known):
        found.setdefault(column.name, {})[roomy(column.type)] = None
    return tuple(Column(name, new_type(kinds)) for name, kinds in found.items())


def _changed_type(column: Column, was: ColumnType | None) -> NewColumn | WiderType | ReplacedType | None:
    """The change that makes a *column* of a table out of what it *was*: where values of both types fit into one, it is that one."""
    if was is None:
        return NewColumn(column)
    wider = widened(was, column.type)
    if wider is None:
        return ReplacedType(column, was)
    return None if wider == was else WiderType(Column(column.name, wider), was)


def _left_out(existing: TableSchema, incoming: tuple[TableSchema, ...]) -> tuple[Change, ...]:
    """The changes of each file compared with the table alone; `_evolve` finds fewer, because a file may use another file's new column."""
    types = existing.types()
    changes: dict[Change, None] = {}
    for file in incoming:
        discarded = project(file, existing).columns_with_discards
        unfit = (column for column in file.columns if column.name in discarded)
        changes |= dict.fromkeys(_unfit(column, types.get(column.name)) for column in unfit)
    return tuple(changes)


def _unfit(column: Column, has: ColumnType | None) -> NewColumn | WiderType | OtherType:
    if has is None:
        return NewColumn(column)
    wider = widened(has, column.type)
    return OtherType(column, has) if wider is None else WiderType(Column(column.name, wider), has)


def _change(
    types: Mapping[str, ColumnType], column: Column, place: str
) -> NewColumn | WiderType | OtherType | None:
    has = types.get(place)
    if has is not None:
        wider = widened(has, column.type) or has
        return None if wider == has else WiderType(Column(column.name, wider), has)
    new = Column(column.name, roomy(column.type))
    taken = types.get(column.name)
    return NewColumn(new) if taken is None or place == column.name else OtherType(new, taken)


@final
@dataclass(frozen=True, slots=True)
class Projection:
    """The table's column for each column of a file, as pairs (column of the file, column of the table), and the discarded columns.

    *fields* of columns that are kept are discarded, too; each path begins with a column of the file.
    """

    kept: tuple[tuple[str, str], ...]
    discarded: tuple[str, ...]
    fields: tuple[FieldPath, ...] = ()

    @property
    def columns_with_discards(self) -> frozenset[str]:
        """The columns of the file of which not all is kept."""
        return frozenset((*self.discarded, *(path[0] for path in self.fields)))


def project(file: TableSchema, table: TableSchema) -> Projection:
    """Match a file's columns with the table's: by name, or else by a variant of the name; others are discarded.

    Of objects, only the fields are discarded that the column cannot hold.
    """
    types = table.types()
    places = {column.name: place for column, place in _places(file, types, room_for_more=False)}
    fields: list[FieldPath] = []
    for column in file.columns:
        has = types.get(column.name)
        if column.name not in places and has is not None:
            unheld = unheld_fields(has, column.type)
            if unheld is not None:
                places[column.name] = column.name
                fields += ((column.name, *path) for path in unheld)
    kept = tuple((c.name, places[c.name]) for c in file.columns if c.name in places)
    return Projection(kept, tuple(c.name for c in file.columns if c.name not in places), tuple(fields))


def _places(
    file: TableSchema, table: Mapping[str, ColumnType], *, room_for_more: bool
) -> Iterator[tuple[Column, str]]:
    """Each column of a file with its column of the table, no two with the same; a column without one is left out."""
    taken = {column.name for column in file.columns}
    for column in file.columns:
        place = next(
            name
            for name in _candidates(column)
            if (name == column.name or name not in taken)
            and _fits(table.get(name), column, widen=room_for_more)
        )
        if room_for_more or place in table:
            taken.add(place)
            yield column, place


def _candidates(column: Column) -> Iterator[str]:
    """The column's own name, its variant's name, and numbered variants for tables in which that name is in use."""
    variant = variant_name(column)
    yield from (column.name, variant)
    yield from (f"{variant}_{number}" for number in count(2))


def _fits(has: ColumnType | None, column: Column, *, widen: bool) -> bool:
    return has is None or holds(has, column.type) or (widen and widened(has, column.type) is not None)
