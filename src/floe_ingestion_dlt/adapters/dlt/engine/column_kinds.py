"""What the columns of extracted rows hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, final

from floe_ingestion_dlt.adapters.dlt.colliding_keys import same_table_at_two_levels
from floe_ingestion_dlt.adapters.dlt.exact_normalizer import Table
from floe_ingestion_dlt.adapters.dlt.flat_tables import (
    ColumnNormalizer,
    FlatTable,
    RowsDifferError,
    Values,
)
from floe_ingestion_dlt.adapters.dlt.loader.extracted_rows import row_files, rows_in
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import Schema
from floe_ingestion_dlt.domain.exact_values import Kind, kind_of, kinds_of
from floe_ingestion_dlt.domain.known_rows import OWN_PREFIX

Kinds: TypeAlias = Mapping[Table, Mapping[str, set[Kind]]]

# The rows of which columns are made at once: a nested table may have many more.
SLICE_ROWS: Final = 1_000
# The kinds of values that a column of dlt's type holds. A text in the form of a moment may still be none; then it cannot be written by column.
_HELD: Final[Mapping[str, frozenset[Kind]]] = {
    "bigint": frozenset({Kind.WHOLE, Kind.LARGE_WHOLE}),
    "double": frozenset({Kind.DOUBLE, Kind.WHOLE}),
    "bool": frozenset({Kind.BOOLEAN}),
    "text": frozenset({Kind.TEXT, Kind.MOMENT}),
    "timestamp": frozenset({Kind.MOMENT}),
}


def holds_all(data_type: object, kinds: set[Kind]) -> bool:
    """Whether a column of dlt's type holds all values of these kinds, as they are."""
    return kinds <= _HELD.get(str(data_type), frozenset())


@final
class ColumnKinds:
    """The kinds of the values in each column of a package, in the order in which dlt meets the columns.

    *first_rows* are the rows of each root table that have a table or a column first; *by_rows* are the root tables with rows that have no common shape.
    """

    def __init__(self, schema: Schema) -> None:
        self.kinds: defaultdict[Table, defaultdict[str, set[Kind]]] = defaultdict(lambda: defaultdict(set))
        self.roots: defaultdict[str, set[Table]] = defaultdict(set)
        self.first_rows: defaultdict[str, list[Any]] = defaultdict(list)
        self.by_rows: set[str] = set()
        self._schema, self._normalizer = schema, ColumnNormalizer(schema)
        self._nested_in = {name: table.get("parent") for name, table in schema.tables.items()}

    @classmethod
    def of_package(cls, schema: Schema, working_dir: Path, load_id: str) -> ColumnKinds:
        """The kinds of all rows that are not in Arrow tables."""
        found = cls(schema)
        for root, files in row_files(working_dir, load_id).items():
            for rows in in_slices(rows_in(files)):
                found.add(root, rows)
        return found

    def add(self, root: str, rows: Sequence[Any]) -> None:
        """Look at the *rows* of a root table."""
        tables = None if root.startswith(OWN_PREFIX) else tables_of(self._normalizer, root, rows)
        if tables is None:
            self.by_rows.add(root)
            for row in rows:
                self._add_row(root, row)
            return
        for place in sorted({place for table in tables for place in self._first_places(table)}):
            self.first_rows[root].append(rows[place])
            self._add_row(root, rows[place])
        for table in tables:
            self._add_table(root, table)

    def _first_places(self, table: FlatTable) -> Iterator[int]:
        """The root rows that have the table first, and each of its columns."""
        if table.table not in self.kinds and table.rows:
            yield table.root_place(0)
        known = self.kinds[table.table]
        for column, values in table.columns.items():
            if column not in known and not column.startswith(OWN_PREFIX):
                first = next((place for place, value in enumerate(values) if value is not None), None)
                if first is not None:
                    yield table.root_place(first)

    def _add_table(self, root: str, table: FlatTable) -> None:
        self._meet(root, table.table)
        found = self.kinds[table.table]
        for column, values in table.columns.items():
            if not column.startswith(OWN_PREFIX) and (kinds := kinds_of(values)):
                found[column] |= kinds
        if any(None in table.columns.get(column, (None,)) for column in self._required(table.name)):
            self.by_rows.add(root)

    def _required(self, table: str) -> Iterator[str]:
        columns = self._schema.tables[table]["columns"] if table in self._schema.tables else {}
        for name, column in columns.items():
            if column.get("nullable") is False and not name.startswith(OWN_PREFIX):
                yield name

    def _add_row(self, root: str, row: object) -> None:
        for table, flat in self._normalizer.flat_rows(row, root):
            self._meet(root, table)
            found = self.kinds[table]
            for column, value in flat.items():
                if value is not None and not column.startswith(OWN_PREFIX):
                    found[column].add(kind_of(value))

    def _meet(self, root: str, table: Table) -> None:
        """Note the table; it is nested in one other table only."""
        name, above = table
        if (other := self._nested_in.setdefault(name, above)) != above:
            throw(same_table_at_two_levels(name, (str(other), str(above))))
        self.roots[root].add(table)


def flat_columns(
    schema: Schema, working_dir: Path, load_id: str
) -> Iterator[tuple[Table, Mapping[str, Values]]]:
    """The columns of all tables, of some rows at once."""
    normalizer = ColumnNormalizer(schema)
    for root, files in row_files(working_dir, load_id).items():
        for rows in in_slices(rows_in(files)):
            if (tables := tables_of(normalizer, root, rows)) is not None:
                yield from ((table.table, table.columns) for table in tables)
                continue
            for row in rows:
                for name, flat in normalizer.flat_rows(row, root):
                    yield name, {column: (value,) for column, value in flat.items()}


def tables_of(normalizer: ColumnNormalizer, root: str, rows: Sequence[Any]) -> list[FlatTable] | None:
    """The tables of the rows; None if these have no common shape."""
    try:
        return [*normalizer.flat_tables(rows, root)]
    except RowsDifferError:
        return None


def in_slices(batches: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The rows, at most `SLICE_ROWS` at once."""
    for rows in batches:
        for start in range(0, len(rows), SLICE_ROWS):
            yield rows[start : start + SLICE_ROWS]
