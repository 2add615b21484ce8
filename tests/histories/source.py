"""A source whose rows change: as files, as a database, and as rows of Python."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from floe_core.plugins.ingestion import IngestionConfig

from tests.platforms import TABLE, Platform

KINDS: Final = ("csv", "jsonl", "parquet", "sqlite", "python")
_DAY: Final = dt.date(2024, 1, 1)
_TIME: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_WITHOUT_ROWS: Final = pa.table({"id": pa.array([], pa.int64()), "v": pa.array([], pa.string())})
# A cursor of each type, from its place in the order.
CURSORS: Final[dict[str, Callable[[int], Any]]] = {
    "int": lambda place: place,
    "float": lambda place: place / 4,
    "date": lambda place: _DAY + dt.timedelta(days=place),
    "time": lambda place: _TIME + dt.timedelta(microseconds=500_000 * place),
    "text": lambda place: f"a{place:03}",
}


@dataclass(frozen=True)
class Row:
    """A row with its *place* in the order of the cursor, None if its cursor is null; *extra* is a column that came later."""

    id: int
    place: int | None
    value: str
    extra: str | None = None

    @property
    def stored(self) -> tuple[int, str, str | None]:
        return self.id, self.value, self.extra

    def at(self, place: int | None, value: str) -> Row:
        """The row after a change."""
        return replace(self, place=place, value=value)


def written(row: Row, cursor: str, *, has_extra: bool) -> dict[str, Any]:
    """The row as a source has it."""
    place = None if row.place is None else CURSORS[cursor](row.place)
    values = {"id": row.id, "u": place, "v": row.value}
    return values | ({"w": row.extra} if has_extra else {})


def stored(platform: Platform) -> list[tuple[int, str, str | None]]:
    """What the table has, without the cursor, whose type differs from source to source."""
    if not platform.catalog.table_exists(TABLE):
        return []
    return [(row["id"], row["v"], row.get("w")) for row in platform.rows()]


def source(
    platform: Platform, kind: str, rows: Sequence[dict[str, Any]], **config: Any
) -> tuple[IngestionConfig, Any]:
    """The config of a source of this kind that has the rows, and the rows if they are given to the run."""
    source: dict[str, Any] = {"path": str(platform.data), "format": "csv" if kind == "python" else kind}
    if kind == "sqlite":
        _as_database(platform, rows)
        source = {"connection_string": f"sqlite:///{platform.folder / 'a.db'}", "table": "t"}
    elif kind != "python":
        write(platform, kind, "a", rows)
    own = config.pop("source_config", {})
    wanted = IngestionConfig(
        source_type="sql_database" if kind == "sqlite" else "filesystem",
        source_config=source | own,
        destination_table=TABLE,
        **config,
    )
    return wanted, dlt.resource([dict(row) for row in rows], name="orders") if kind == "python" else None


def write(platform: Platform, kind: str, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows to a file; without any, a file with the columns id and v, or one of no bytes."""
    path = platform.data / f"{name}.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(list(rows)) if rows else _WITHOUT_ROWS, path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row, default=_iso) + "\n" for row in rows))
    else:
        lines = [",".join("" if value is None else _iso(value) for value in row.values()) for row in rows]
        header = ",".join(rows[0] if rows else _WITHOUT_ROWS.column_names)
        path.write_text("\n".join([header, *lines]) + "\n")


def _as_database(platform: Platform, rows: Sequence[dict[str, Any]]) -> None:
    types = {int: "integer", float: "real", str: "text", dt.date: "date", dt.datetime: "datetime"}
    found = {name: value for row in rows for name, value in row.items() if value is not None}
    columns = ", ".join(f"{name} {types.get(type(found.get(name)), 'text')}" for name in rows[0])
    with closing(sqlite3.connect(platform.folder / "a.db")) as connection, connection:
        connection.execute("drop table if exists t")
        connection.execute(f"create table t ({columns})")
        marks = ", ".join("?" * len(rows[0]))
        values = [tuple(_iso(v) if isinstance(v, dt.date) else v for v in row.values()) for row in rows]
        connection.executemany(f"insert into t values ({marks})", values)


def _iso(value: object) -> str:
    """The value as a text; all times have one form."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
