"""Rows by column: the tables into which dlt flattens rows, made for many rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import NoneType
from typing import Any, Final, TypeAlias, final

from floe_ingestion_dlt.adapters.dlt.exact_normalizer import DataItemNormalizer, Table
from floe_ingestion_dlt.adapters.dlt.merge_hints import ROW_ID
from floe_ingestion_dlt.adapters.dlt.naming import table_columns
from floe_ingestion_dlt.adapters.dlt_api.internals import get_nested_row_hash, get_row_hash, new_row_ids
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.known_rows import OWN_PREFIX

Row: TypeAlias = dict[str, Any]
Values: TypeAlias = Sequence[Any]
# The parts of a nested table's name, and the lists with its rows.
_Lists: TypeAlias = dict[tuple[str, ...], Values]

_NESTED: Final = frozenset({dict, list})
_NO_FIELDS: Final[Row] = {}
# A table of rows with other keys each would have this many values; it may have so many for each value that the rows have.
_MOST_VALUES: Final = 4 << 20
_MOST_SPARSE: Final = 20


class RowsDifferError(Exception):
    """Rows have no common shape: a key is an object in one and a value in another, or two keys are one column."""


@final
@dataclass(frozen=True, slots=True)
class FlatTable:
    """The rows of one table by column; a value is None where a row does not have its key.

    *rows* are as the source has them. Each row of a nested table is in the list of one of the rows *above*: *parents* are their places,
    *positions* the places in the lists.
    """

    name: str
    rows: Sequence[Any]
    columns: Mapping[str, Values]
    above: FlatTable | None = None
    parents: Sequence[int] = ()
    positions: Sequence[int] = ()

    @property
    def table(self) -> Table:
        """The table by its name, and that in which it is nested."""
        return self.name, None if self.above is None else self.above.name

    def root_place(self, place: int) -> int:
        """The place of the row of the root table in which the row at *place* is."""
        return place if self.above is None else self.above.root_place(self.parents[place])


@final
@dataclass(slots=True)
class _Flat:
    """The columns and the lists that are found in the objects of a table."""

    table: str
    names: ColumnNames | None
    columns: dict[str, Values]
    lists: _Lists
    # Engines that know no case see one column.
    taken: set[tuple[str, bool]]

    def add_column(self, name: str, values: Values) -> None:
        self._take(name.lower(), is_list=False)
        self.columns[name] = values

    def add_list(self, name: str, path: tuple[str, ...], values: Values) -> None:
        self._take(name, is_list=True)
        self.lists[path] = values

    def _take(self, name: str, *, is_list: bool) -> None:
        is_unknown = name.startswith(OWN_PREFIX) and (is_list or name != ROW_ID)
        if (name, is_list) in self.taken or is_unknown:
            raise RowsDifferError(name)
        self.taken.add((name, is_list))


@final
class ColumnNormalizer(DataItemNormalizer):
    """Makes the same tables and keys of rows as dlt's normalizer, by column."""

    def flat_tables(self, rows: Sequence[Any], table_name: str) -> Iterator[FlatTable]:
        """The tables of the rows, each after that in which it is nested; raises RowsDifferError."""
        root = self._normalize_table_identifier(table_name)
        if {*map(type, rows)} != {dict}:
            raise RowsDifferError(root)
        level = self._get_table_nesting_level(root, self.max_nesting) or 0
        yield from self._tables(rows, (root,), level)

    def _tables(
        self,
        rows: Sequence[Row],
        path: tuple[str, ...],
        level: int,
        above: FlatTable | None = None,
        places: tuple[Sequence[int], Sequence[int]] = ((), ()),
    ) -> Iterator[FlatTable]:
        name = self._shorten_fragments(*path)
        columns = table_columns()
        is_plain = columns is None or (columns.of_root.is_plain and columns.of(name).is_plain)
        flat = _Flat(name, None if columns is None or is_plain else columns.of(name), {}, {}, set())
        self._collect(flat, rows, level, ((), ()))
        table = FlatTable(name, rows, flat.columns, above, *places)
        yield table
        for names, values in flat.lists.items():
            yield from self._nested(table, (*path, *names), values, level - 1)

    def _nested(
        self, above: FlatTable, path: tuple[str, ...], lists: Values, level: int
    ) -> Iterator[FlatTable]:
        name = self._shorten_fragments(*path)
        if not self._should_be_nested(name):
            raise RowsDifferError(name)
        parents = [place for place, items in enumerate(lists) if items for _ in items]
        positions = [position for items in lists if items for position in range(len(items))]
        rows = [*chain.from_iterable(filter(None, lists))]
        kinds = {*map(type, rows)}
        if kinds == {dict}:
            yield from self._tables(rows, path, level, above, (parents, positions))
        elif kinds & _NESTED:
            raise RowsDifferError(name)
        elif rows:
            yield FlatTable(name, rows, {self.c_value: rows}, above, parents, positions)

    def _collect(
        self, flat: _Flat, rows: Sequence[Row], level: int, above: tuple[tuple[str, ...], tuple[str, ...]]
    ) -> None:
        """Add the values of the rows' keys, and of the objects in them."""
        for key, values in _by_key(rows):
            path, keys = (*above[0], self._fragment(key, flat.names)), (*above[1], key)
            column = self._shorten_fragments(*path)
            name = column if flat.names is None else flat.names.in_table(column)
            kinds = {*map(type, values)} - {NoneType}
            if not kinds & _NESTED or self._is_nested_type(flat.table, name, level):
                flat.add_column(name, values)
            elif kinds == {dict}:
                objects = [_NO_FIELDS if value is None else value for value in values]
                self._collect(flat, objects, level - 1, (path, keys))
            elif kinds == {list}:
                parts = self._table_path(path, keys)
                flat.add_list(self._shorten_fragments(*parts), parts, values)
            else:
                raise RowsDifferError(name)

    def row_ids(self, table: FlatTable, above: Sequence[str]) -> Sequence[str]:
        """The rows' own keys, else those that dlt gives them; those of the rows *above* are in those of nested ones."""
        if (own := table.columns.get(self.c_dlt_id)) is not None:
            if table.above is not None or {*map(type, own)} != {str} or not all(own):
                raise RowsDifferError(table.name)
            return own
        if table.above is not None:
            pairs = zip(table.parents, table.positions, strict=True)
            return [get_nested_row_hash(above[parent], table.name, position) for parent, position in pairs]
        kind = self._get_root_row_id_type(table.name)
        if kind == "row_hash":
            return [*map(get_row_hash, table.rows)]
        if kind == "key_hash":
            key = self._get_primary_key(table.name)
            columns = [table.columns.get(name, (None,)) for name in key]
            if any(None in values for values in columns):
                raise RowsDifferError(table.name)
            values = zip(*columns, strict=True)
            return [get_row_hash(dict(zip(key, each, strict=True)), key) for each in values]
        return new_row_ids(len(table.rows))

    def propagated(self, table: str, *, is_root: bool) -> Mapping[str, str]:
        """The columns of the table that its nested tables have too, with their names there."""
        if self._get_propagation_mapping is None:
            return {}
        return {
            str(name): str(there) for name, there in self._get_propagation_mapping(table, is_root).items()
        }


def _by_key(rows: Sequence[Row]) -> Iterator[tuple[str, Values]]:
    names = dict.fromkeys(chain.from_iterable(rows))
    count = len(names) * len(rows)
    if count > _MOST_VALUES and count > _MOST_SPARSE * sum(map(len, rows)):
        raise RowsDifferError
    for name in names:
        yield name, [row.get(name) for row in rows]
