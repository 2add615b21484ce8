"""Random tables of a database, loaded in steps by each write mode: the same values are read from Iceberg."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from floe_core.plugins.ingestion import IngestionConfig
from hypothesis import strategies as st

from tests.platforms import TABLE, Platform
from tests.random_tables import NAMES, Row, by_id, exact, in_table

MODES: Final = ["append", "append by a cursor", "replace", "merge"]
# What SQL, SQLAlchemy and the drivers read as more than a name.
SQL_NAMES: Final = [*NAMES, 'q"q', "it's", "50%", "%(p)s", "x:y", ":id", "a;b", "user", "keys", "count"]
TABLE_NAMES: Final = ["orders", "Größe 名前", "select", 'a "b"', "c.d", "it's 50%", ":id", "%(p)s"]


@dataclass(frozen=True)
class SqlType:
    """A type of a database: its values, and what becomes of it.

    With *as_written*, a value is what the database itself writes as text. With *is_json*, it is a list, which is loaded as JSON.
    """

    declared: str
    iceberg: str
    values: st.SearchStrategy[Any]
    may_be_cursor: bool = False
    as_written: bool = False
    is_json: bool = False
    in_queries: bool = True


@dataclass(frozen=True)
class RandomTable:
    """A table with a key `id`, and the rows that it has at each of several loads."""

    name: str
    columns: Mapping[str, SqlType]
    steps: Sequence[Sequence[Row]]
    mode: str
    cursor: str | None
    is_query: bool
    chunk_rows: int


class RandomDatabase(Protocol):
    """A database in which a random table is made."""

    @property
    def url(self) -> str: ...

    @property
    def schema(self) -> str | None: ...

    def create(self, table: RandomTable) -> None: ...

    def query(self, table: RandomTable) -> str: ...

    def clear(self, table: RandomTable) -> None: ...

    def insert(self, table: RandomTable, rows: Sequence[Row]) -> list[Row]:
        """Insert the rows, and return them as they are expected in Iceberg."""


class ServerTables(ABC):
    """Tables in a *schema* of a server, whose names are written between two quotes of its own."""

    quote = '"'

    def __init__(self, schema: str) -> None:
        self.schema = schema

    @abstractmethod
    def run(self, statement: str) -> object:
        """Run the statement, which may have a percent sign in it."""

    def quoted(self, name: str) -> str:
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def place_of(self, table: RandomTable) -> str:
        return f"{self.quoted(self.schema)}.{self.quoted(table.name)}"

    def create(self, table: RandomTable) -> None:
        columns = ", ".join(f"{self.quoted(name)} {kind.declared}" for name, kind in table.columns.items())
        self.run(f"DROP TABLE IF EXISTS {self.place_of(table)}")
        self.run(f"CREATE TABLE {self.place_of(table)} ({columns})")

    def query(self, table: RandomTable) -> str:
        return f"SELECT * FROM {self.place_of(table)}"

    def clear(self, table: RandomTable) -> None:
        self.run(f"DELETE FROM {self.place_of(table)}")


@st.composite
def random_tables(draw: st.DrawFn, types: Sequence[SqlType], key: SqlType, mode: str) -> RandomTable:
    is_query = draw(st.booleans())
    usable = [kind for kind in types if kind.in_queries or not is_query]
    unique = st.lists(
        st.sampled_from(SQL_NAMES), min_size=1, max_size=4, unique_by=lambda n: str(in_table({n: 0}))
    )
    columns = {name: draw(st.sampled_from(usable)) for name in draw(unique)}
    ordered = [name for name, kind in columns.items() if kind.may_be_cursor]
    cursor = draw(st.sampled_from(["id", *ordered])) if mode == "append by a cursor" else None
    rows = st.fixed_dictionaries(
        {name: kind.values if name == cursor else st.none() | kind.values for name, kind in columns.items()}
    )
    steps = draw(st.lists(st.lists(rows, min_size=1, max_size=4), min_size=1, max_size=3))
    return RandomTable(
        draw(st.sampled_from(TABLE_NAMES)),
        {"id": key, **columns},
        _numbered(steps, mode, cursor),
        mode,
        cursor,
        is_query,
        draw(st.sampled_from([1, 2, 100])),
    )


def _numbered(steps: Sequence[Sequence[Row]], mode: str, cursor: str | None) -> list[list[Row]]:
    """The rows with ids: new ones in each step if rows are appended, and else the same ones."""
    if not mode.startswith("append"):
        return [[{"id": number, **row} for number, row in enumerate(step)] for step in steps]
    rows = [row for step in steps for row in step]
    if cursor not in (None, "id"):
        rows.sort(key=lambda row: row[cursor])
    numbered = iter([{"id": number, **row} for number, row in enumerate(rows)])
    return [[next(numbered) for _ in step] for step in steps]


def check_values(database: RandomDatabase, table: RandomTable, folder: Path) -> None:
    """Load the table in its steps, and compare types and values with those of Iceberg."""
    platform = Platform(folder)
    expected: dict[int, Row] = {}
    try:
        database.create(table)
        for step in table.steps:
            if table.mode != "append by a cursor":
                database.clear(table)
            if table.mode == "replace":
                expected = {}
            expected |= {row["id"]: row for row in database.insert(table, step)}
            _load(platform, database, table)
        _compare(platform, table, [expected[number] for number in sorted(expected)])
    finally:
        platform.plugin.shutdown()


def _load(platform: Platform, database: RandomDatabase, table: RandomTable) -> None:
    what = (
        {"query": database.query(table)}
        if table.is_query
        else {"table": table.name, "schema": database.schema}
    )
    options = {
        "connection_string": database.url,
        "chunk_rows": table.chunk_rows,
        "cursor_field": table.cursor,
        "primary_key": ["id"] if table.mode == "merge" else [],
    }
    mode = table.mode.partition(" ")[0]
    config = IngestionConfig("sql_database", what | options, TABLE, write_mode=mode)
    result = platform.plugin.run(platform.plugin.create_pipeline(config))
    assert result.success, result.errors


def _compare(platform: Platform, table: RandomTable, expected: Sequence[Row]) -> None:
    kinds = in_table(dict(table.columns))
    fields = platform.catalog.load_table(TABLE).schema().fields
    found = {field.name: str(field.field_type) for field in fields if not field.name.startswith("_dlt_")}
    rows = by_id(platform.rows())
    wanted = [in_table(row) for row in expected]
    for row in rows:
        for name in kinds.keys() - found.keys():
            # a column without a declared type is added with its first value
            row[name] = None
        for name in (name for name, kind in kinds.items() if kind.is_json and row[name] is not None):
            row[name] = json.loads(row[name])
    assert exact(wanted) == exact([{name: row[name] for name in wanted[0]} for row in rows])
    assert {name: kind.iceberg for name, kind in kinds.items() if name in found} == found
