"""A source whose rows change: as files, as a database, as an API, and as rows of Python."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, final

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from floe_core.plugins.ingestion import IngestionConfig

from tests.conformance.source_labs import RestLab
from tests.platforms import TABLE, Platform

KINDS: Final = ("csv", "jsonl", "parquet", "rest_api", "sqlite", "python")
_DAY: Final = dt.date(2024, 1, 1)
_TIME: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_WITHOUT_ROWS: Final = pa.table({"id": pa.array([], pa.int64()), "v": pa.array([], pa.string())})
# A cursor of each type, from its place in the order.
CURSORS: Final[dict[str, Callable[[int], Any]]] = {
    "int": lambda place: place,
    "float": lambda place: place / 4,
    "decimal": lambda place: Decimal(place) / 4,
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


@final
class Source:
    """A source of one kind, whose rows are put there anew for each run."""

    def __init__(self, platform: Platform, kind: str) -> None:
        self._platform, self._kind = platform, kind
        self._api = RestLab(platform.folder) if kind == "rest_api" else None

    def close(self) -> None:
        if self._api is not None:
            self._api.close()

    def config(self, rows: Sequence[dict[str, Any]], **config: Any) -> tuple[IngestionConfig, Any]:
        """The config of the source, which has the rows now, and the rows if they are given to the run."""
        kind, own = self._put(rows)
        wanted = IngestionConfig(
            source_type=kind,
            source_config=own | config.pop("source_config", {}),
            destination_table=TABLE,
            **config,
        )
        given = [dict(row) for row in rows]
        return wanted, dlt.resource(given, name="orders") if self._kind == "python" else None

    def _put(self, rows: Sequence[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        match self._kind:
            case "sqlite":
                _as_database(self._platform, rows)
                place = f"sqlite:///{self._platform.folder / 'a.db'}"
                return "sql_database", {"connection_string": place, "table": "t"}
            case "rest_api" if self._api is not None:
                self._api.replace(json.loads(json.dumps(rows, default=_json)))
                return "rest_api", {"url": self._api.url}
            case "python":
                return "filesystem", {"path": str(self._platform.data), "format": "csv"}
            case format_:
                write(self._platform, format_, "a", rows)
                return "filesystem", {"path": str(self._platform.data), "format": format_}


def write(platform: Platform, kind: str, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows to a file; without any, a file with the columns id and v, or one of no bytes."""
    path = platform.data / f"{name}.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(list(rows)) if rows else _WITHOUT_ROWS, path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row, default=_json) + "\n" for row in rows))
    else:
        lines = [",".join("" if value is None else _iso(value) for value in row.values()) for row in rows]
        header = ",".join(rows[0] if rows else _WITHOUT_ROWS.column_names)
        path.write_text("\n".join([header, *lines]) + "\n")


def _as_database(platform: Platform, rows: Sequence[dict[str, Any]]) -> None:
    types = {
        int: "integer",
        float: "real",
        str: "text",
        Decimal: "decimal(10,2)",
        dt.date: "date",
        dt.datetime: "datetime",
    }
    found = {name: value for row in rows for name, value in row.items() if value is not None}
    columns = ", ".join(f"{name} {types.get(type(found.get(name)), 'text')}" for name in rows[0])
    with closing(sqlite3.connect(platform.folder / "a.db")) as connection, connection:
        connection.execute("drop table if exists t")
        connection.execute(f"create table t ({columns})")
        marks = ", ".join("?" * len(rows[0]))
        values = [
            tuple(_iso(v) if isinstance(v, dt.date | Decimal) else v for v in row.values()) for row in rows
        ]
        connection.executemany(f"insert into t values ({marks})", values)


def _iso(value: object) -> str:
    """The value as a text; all times have one form."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _json(value: object) -> str | float:
    return float(value) if isinstance(value, Decimal) else _iso(value)
