"""What people let Spark do with their tables, and what becomes of the rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from tests.platforms import TABLE
from tests.spark.lake import Lake
from tests.spark.stories import SPARKS_ROW, Rows


def _unchanged(rows: Rows) -> Rows:
    return rows


@final
@dataclass(frozen=True)
class Work:
    """Statements about a table; `{t}` is its name in SQL, and `{name}` its name for procedures."""

    name: str
    statements: tuple[str, ...]
    change: Callable[[Rows], Rows] = _unchanged

    def __str__(self) -> str:
        return self.name

    def done(self, lake: Lake, table: str) -> None:
        lake.sql(*(each.format(t=f"floe.{table}", name=table) for each in self.statements))


EVER: Final = "TIMESTAMP '2100-01-01 00:00:00'"
EXPIRE: Final = (
    f"CALL floe.system.expire_snapshots(table => '{{name}}', older_than => {EVER}, retain_last => 1)"
)
REWRITE: Final = (
    "CALL floe.system.rewrite_data_files(table => '{name}', options => map('rewrite-all', 'true'))"
)
SET: Final = "ALTER TABLE {t} SET TBLPROPERTIES"

# What changes no row, and is done to root and nested tables alike.
CARE: Final = (
    Work("expire snapshots", (EXPIRE,)),
    Work("rewrite data files", (REWRITE,)),
    Work("rewrite data files and expire the others", (REWRITE, EXPIRE)),
    Work("rewrite manifests", ("CALL floe.system.rewrite_manifests('{name}')",)),
    Work(
        "set write properties",
        (
            f"{SET} ('write.parquet.compression-codec' = 'gzip', 'write.target-file-size-bytes' = '1000000')",
            f"{SET} ('commit.manifest.min-count-to-merge' = '2', 'write.metadata.previous-versions-max' = '1')",
            "ALTER TABLE {t} WRITE ORDERED BY _dlt_id DESC",
        ),
    ),
    Work("partition", ("ALTER TABLE {t} ADD PARTITION FIELD bucket(2, _dlt_id)",)),
    Work(
        "partition, rewrite, and partition otherwise",
        (
            "ALTER TABLE {t} ADD PARTITION FIELD truncate(1, _dlt_id)",
            REWRITE,
            "ALTER TABLE {t} DROP PARTITION FIELD truncate(1, _dlt_id)",
            "ALTER TABLE {t} ADD PARTITION FIELD bucket(2, _dlt_id)",
        ),
    ),
)


def _updated(rows: Rows) -> Rows:
    return [row | {"v": row["v"] + 100} if row["id"] in {1, 2} else row for row in rows]


def _deleted(rows: Rows) -> Rows:
    return [row for row in rows if row["id"] not in {2, 3}]


def _merged(rows: Rows) -> Rows:
    changed = [row | {"s": "by Spark"} if row["id"] in {1, 2} else row for row in rows if row["id"] != 3]
    return [*changed, {"id": SPARKS_ROW, "v": 5}]


UPDATE: Final = "UPDATE {t} SET v = v + 100 WHERE id IN (1, 2)"
DELETE: Final = "DELETE FROM {t} WHERE id IN (2, 3)"
MERGE: Final = f"""
    MERGE INTO {{t}} USING (SELECT explode(array(1L, 2L, 3L, {SPARKS_ROW}L)) AS key) ON id = key
    WHEN MATCHED AND id = 3 THEN DELETE
    WHEN MATCHED THEN UPDATE SET s = 'by Spark'
    WHEN NOT MATCHED THEN INSERT (id, v) VALUES (key, 5)"""


def _by(how: str) -> str:
    modes = (f"'write.{verb}.mode' = '{how}'" for verb in ("update", "delete", "merge"))
    return f"{SET} ({', '.join(modes)})"


# What changes rows of the root table.
CHANGES: Final = tuple(
    Work(f"{name} {how}", (_by(how), statement), change)
    for how in ("copy-on-write", "merge-on-read")
    for name, statement, change in (
        ("UPDATE", UPDATE, _updated),
        ("DELETE", DELETE, _deleted),
        ("MERGE INTO", MERGE, _merged),
    )
)


def _renamed(rows: Rows) -> Rows:
    return [{"t" if name == "s" else name: value for name, value in row.items()} for row in rows]


def _dropped(rows: Rows) -> Rows:
    return [{name: value for name, value in row.items() if name != "s"} for row in rows]


# What changes columns of the root table; the source goes on to send what it sent.
COLUMNS: Final = (
    Work(
        "add columns", ("ALTER TABLE {t} ADD COLUMNS (note string, at struct<x: int, y: array<date>> FIRST)",)
    ),
    Work("rename a column", ("ALTER TABLE {t} RENAME COLUMN s TO t",), _renamed),
    Work("drop a column", ("ALTER TABLE {t} DROP COLUMN s",), _dropped),
    Work(
        "reorder columns", ("ALTER TABLE {t} ALTER COLUMN s FIRST", "ALTER TABLE {t} ALTER COLUMN id AFTER v")
    ),
    Work(
        "drop a column, and give its name to another",
        ("ALTER TABLE {t} DROP COLUMN s", "ALTER TABLE {t} ADD COLUMN s string FIRST"),
        _dropped,
    ),
)


def insert(lake: Lake, table: str = TABLE, **values: int | str) -> None:
    """Add a row, with null in all columns without a value: Spark wants every column named."""
    names = lake.platform.catalog.load_table(table).schema().column_names
    row = ", ".join(f"{values.get(name, 'NULL')!s} AS `{name}`" for name in names)
    lake.sql(f"INSERT INTO floe.{table} SELECT {row}")
