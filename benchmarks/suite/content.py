"""Whether two programs have written the same rows, in whatever order and in whatever types of numbers."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
from pyiceberg.table import StaticTable, Table

from benchmarks.suite.limits import TABLE, catalog_of


def content_of(place: Path) -> tuple[int, int]:
    """The number of rows of the table, and the sum of the hashes of their texts; dlt's own columns are left out."""
    batches = _table(place).scan().to_arrow_batch_reader()
    names = sorted(name for name in batches.schema.names if not name.startswith("_dlt"))
    with duckdb.connect() as database:
        database.register("rows", batches)
        texts = ", ".join(f'{_text(batches.schema.field(name))} as "{name}"' for name in names)
        query = f"select count(*), coalesce(sum(hash(r)::hugeint), 0) from (select {texts} from rows) r"
        found = database.execute(query).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def _table(place: Path) -> Table:
    """The table in the catalog, or that of dlt, which has none; dlt-iceberg has a catalog with a name of its own."""
    if (place / "catalog.db").exists():
        catalogs = [catalog_of(place, name) for name in ("floe", "dlt_catalog")]
        return next(catalog.load_table(TABLE) for catalog in catalogs if catalog.table_exists(TABLE))
    versions = (place / "warehouse" / TABLE.replace(".", "/") / "metadata").glob("*.metadata.json")
    return StaticTable.from_metadata(str(max(versions, key=lambda file: file.stat().st_mtime_ns)))


def _text(field: pa.Field[pa.DataType]) -> str:
    """The column as a text; numbers are compared as doubles, and days as times."""
    name = f'"{field.name}"'
    if pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type):
        return f"{name}::double::varchar"
    if pa.types.is_date(field.type) or pa.types.is_timestamp(field.type):
        return f"epoch_us({name}::timestamp)::varchar"
    return f"{name}::varchar"
