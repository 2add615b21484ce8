"""Rows of every kind of source have values that nobody would say by chance, everything that can quote one fails, and all that leaves is searched."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import ManualClock
from floe_ingestion_dlt.config import DltIngestionConfig
from tests.catalogs import sqlite_catalog
from tests.discretion.seen import Seen
from tests.misbehaving.databases import MisbehavingMySql, MisbehavingPostgres
from tests.misbehaving.server import MisbehavingServer, Status

MARK: Final = "JaneRoe4711"
DIGITS: Final = "47114711471147114711"
Config = dict[str, Any]


class Searched(Seen):
    """The same places, searched for the value that is in every row."""

    def lines_with_leaks(self) -> list[str]:
        forms = [MARK.lower().encode(), DIGITS.encode()]
        return [
            f"{place}: {text[max(0, at - 120) : at + 80]!r}"
            for place, text in self._all()
            for form in forms
            if (at := text.lower().find(form)) >= 0
        ]


@pytest.fixture
def seen(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Searched]:
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "DEBUG")
    made = Searched()
    made.begin()
    yield made
    made.end()
    made.text("output", "".join(capfd.readouterr()))
    assert [] == made.lines_with_leaks()[:5]


def files(folder: Path, name: str, content: str | bytes, **options: Any) -> Config:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    config = {"path": str(folder), "format": name.rpartition(".")[2]}
    return {
        "source_type": "filesystem",
        "source_config": config | ({"reader_options": options} if options else {}),
    }


def csv(text: str | bytes, **options: Any) -> Callable[[Path], Config]:
    return lambda folder: files(folder, "a.csv", text, **options)


def jsonl(text: str | bytes, **options: Any) -> Callable[[Path], Config]:
    return lambda folder: files(folder, "a.jsonl", text, **options)


def json_document(text: str) -> Callable[[Path], Config]:
    return lambda folder: files(folder, "a.json", text)


def parquet(rows: list[dict[str, Any]]) -> Callable[[Path], Config]:
    def made(folder: Path) -> Config:
        pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
        return {"source_type": "filesystem", "source_config": {"path": str(folder), "format": "parquet"}}

    return made


def sqlite(declared: str, value: object, **options: Any) -> Callable[[Path], Config]:
    def made(folder: Path) -> Config:
        with closing(sqlite3.connect(folder / "s.db")) as connection, connection:
            connection.execute(f"CREATE TABLE v (id {declared})")
            connection.execute("INSERT INTO v VALUES (?)", (value,))
            connection.execute(
                "INSERT INTO v VALUES (CAST(? AS TEXT))", (f"{MARK}\udcff".encode(errors="replace"),)
            )
            connection.execute(f"CREATE TABLE b AS SELECT CAST(x'{MARK.encode().hex()}ff' AS TEXT) AS id")
        named = {} if "query" in options else {"table": "v"}
        config = {"connection_string": f"sqlite:///{folder}/s.db", **named, **options}
        return {"source_type": "sql_database", "source_config": config}

    return made


FILES: Final[Mapping[str, Callable[[Path], Config]]] = {
    "a text in a CSV column of integers": csv(f"id,n\n1,5\n2,{MARK}\n", column_types={"n": "int64"}),
    "a date in CSV that is none": csv(f"id,n\n1,{MARK}\n", column_types={"n": "date32"}),
    "a decimal in CSV that is too large": csv(
        f"id,n\n1,{DIGITS}.5\n", column_types={"n": "decimal128(5, 2)"}
    ),
    "an integer in CSV that overflows": csv(f"id,n\n1,{DIGITS}\n", column_types={"n": "int64"}),
    "a line of CSV with too many fields": csv(f"id,n\n1,{MARK},3\n"),
    "a CSV file in another encoding": csv(b"id,n\n1," + MARK.encode() + b"\xff\xfe\n"),
    "a text in a JSONL column of integers": jsonl(f'{{"id":1,"n":"{MARK}"}}\n', column_types={"n": "int64"}),
    "a date in JSONL that is none": jsonl(f'{{"id":1,"n":"{MARK}"}}\n', column_types={"n": "timestamp[us]"}),
    "JSONL that breaks off": jsonl(f'{{"id":1,"n":"{MARK}\n'),
    "JSONL in another encoding": jsonl(b'{"id":1,"n":"' + MARK.encode() + b'\xff"}\n'),
    "a line of JSONL that is no object": jsonl(f'["{MARK}"]\n'),
    "a number in JSONL that overflows": jsonl(f'{{"id":1,"n":{DIGITS}e999}}\n'),
    "JSON that breaks off": json_document(f'[{{"id":1,"n":"{MARK}"}}, {{"id":2,"n":"{MARK}'),
    "JSON with more after it": json_document(f'[{{"id":1}}] {{"n":"{MARK}"}}'),
    "a document of JSON that is no object": json_document(f'["{MARK}"]'),
    "a decimal in Parquet that is too large": parquet([{"id": 1, "n": Decimal(DIGITS * 3)}]),
}
DATABASES: Final[Mapping[str, Callable[[Path], Config]]] = {
    "a time in SQLite that is none": sqlite("timestamp", MARK),
    "a date in SQLite that is none": sqlite("date", MARK),
    "a decimal in SQLite that is none": sqlite("decimal(5,2)", MARK),
    "a decimal in SQLite that is too large": sqlite("decimal(5,2)", DIGITS),
    "an integer in SQLite that is none": sqlite("integer", MARK),
    "bytes in SQLite that are no UTF-8": sqlite("text", MARK, query="SELECT id FROM b"),
    "a cast in SQLite that fails": sqlite("text", MARK, query="SELECT json_extract(id, '$.a') AS id FROM v"),
}


def a_plugin(seen: Searched, folder: Path, sources: list[Config] = []) -> DltIngestionPlugin:  # noqa: B006 - it is not changed
    plugin = DltIngestionPlugin(telemetry=seen.telemetry, clock=ManualClock())
    plugin.configure(
        DltIngestionConfig(
            sources=sources,
            catalog_config=sqlite_catalog(folder),
            pipelines_dir=str(folder / "pipelines"),
            retry_config={"max_retries": 0},
            progress="lines",
        )
    )
    plugin.startup()
    return plugin


def run(seen: Searched, folder: Path, source: Config, data: object = None, **options: Any) -> bool:
    """Whether a load was a success; what is raised or answered is kept."""
    config = {"name": "rows", "destination_table": "bronze.rows", **source, **options}
    plugin = a_plugin(seen, folder, [config])
    try:
        pipeline = plugin.create_pipeline(plugin.ingestion_config("rows"))
        result = plugin.run(pipeline) if data is None else plugin.run(pipeline, source=data)
        seen.text("pipeline", f"{pipeline!r} {vars(pipeline)} {pipeline.last_trace}")
        seen.text("result", repr(result))
        return bool(result.success)
    except Exception as error:  # noqa: BLE001 - all of them are looked at
        seen.error(error)
        return False
    finally:
        plugin.shutdown()
        # what is to be loaded is in the folder itself; a run that failed has nothing to load
        seen.folder("working folder", folder / "pipelines")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.mark.parametrize("name", [*FILES, *DATABASES])
def test_a_value_that_cannot_be_read_is_not_quoted(
    name: str, seen: Searched, tmp_path: Path, data: Path
) -> None:
    assert not run(seen, tmp_path, {**FILES, **DATABASES}[name](data))


OWN: Final[Mapping[str, Callable[[], object]]] = {
    "a value error": lambda: (_ for _ in [0] if int(MARK)),
    "a missing key": lambda: (dict[str, int]()[MARK] for _ in [0]),
    "an error of one's own": lambda: (_raise(RuntimeError(f"row {MARK}")) for _ in [0]),
    "a cause": lambda: (_raise(RuntimeError("bad")) for _ in [0] if _chained()),
    "a date": lambda: (dt.date.fromisoformat(MARK) for _ in [0]),
    "a number beyond 64 bits": lambda: iter([{"id": 1, "n": int(DIGITS)}, {"id": 2, "n": int(DIGITS) * 10}]),
    "a decimal too large": lambda: iter([{"id": 1, "n": Decimal(DIGITS) ** 3}]),
    "a surrogate": lambda: iter([{"id": 1, "n": f"{MARK}\ud800"}]),
    "an object": lambda: iter([{"id": 1, "n": type(MARK, (), {"__repr__": lambda _: MARK})()}]),
    "a table with parts of a microsecond": lambda: iter(
        [pa.table({"id": [1], "at": pa.array([int(DIGITS[:15])], pa.timestamp("ns"))})]
    ),
}


def _raise(error: Exception) -> object:
    raise error


def _chained() -> bool:
    try:
        return bool(int(MARK))
    except ValueError as error:
        raise LookupError(f"no {MARK}") from error


@pytest.mark.parametrize("name", OWN)
def test_rows_of_python_that_fail_are_not_quoted(
    name: str, seen: Searched, tmp_path: Path, data: Path
) -> None:
    config = {"source_type": "filesystem", "source_config": {"path": str(data), "format": "csv"}}
    resource = dlt.resource(OWN[name], name="rows")
    assert not run(seen, tmp_path, config, resource)


@pytest.mark.parametrize(
    ("options", "second"),
    [
        ({"schema_contract": "freeze"}, f'{{"id": 1, "n": "{MARK}"}}'),
        ({"schema_contract": "freeze"}, f'{{"id": 1, "n": 5, "m": "{MARK}"}}'),
        (
            {"write_mode": "merge", "primary_key": ["n"]},
            f'{{"id": 1, "n": "{MARK}"}}\n{{"id": 2, "n": "{MARK}"}}',
        ),
        ({"write_mode": "merge", "primary_key": ["id"]}, f'{{"id": null, "n": "{MARK}"}}'),
        ({"cursor_field": "n"}, f'{{"id": 1, "m": "{MARK}"}}'),
    ],
)
def test_rows_that_a_table_refuses_are_not_quoted(
    options: Config, second: str, seen: Searched, tmp_path: Path, data: Path
) -> None:
    first = files(data, "a.jsonl", '{"id": 1, "n": 5}\n')
    assert run(seen, tmp_path, first)
    assert not run(seen, tmp_path, files(data, "a.jsonl", f"{second}\n"), **options)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *(
            (MisbehavingPostgres, code)
            for code in ("22P02", "22007", "22003", "23505", "P0001", "XX000", "22023")
        ),
        *((MisbehavingMySql, code) for code in ("1292", "1366", "1264", "1062", "1406", "1105", "1064")),
    ],
)
def test_a_database_that_quotes_a_value_is_not_quoted(
    kind: Callable[..., Any], code: str, seen: Searched, tmp_path: Path
) -> None:
    words = f"invalid input '{MARK}'\nDETAIL: Key (email)=({MARK}) already exists."
    with kind(code, words=words) as database:
        config = {"connection_string": database.url, "table": "orders"}
        assert not run(seen, tmp_path, {"source_type": "sql_database", "source_config": config})


@pytest.mark.parametrize(
    "records",
    [
        [{"id": 1, "n": MARK}, {"id": 2, "n": 3}],
        [{"id": 1, "n": int(DIGITS)}, {"id": 2, "n": int(DIGITS) * 7}],
        [MARK],
    ],
)
def test_records_of_an_api_that_fail_are_not_quoted(
    records: list[Any], seen: Searched, tmp_path: Path
) -> None:
    with MisbehavingServer(Status(200, json.dumps(records).encode())) as server:
        client = {"base_url": server.url, "paginator": "single_page"}
        config = {"client": client, "resources": ["orders"]}
        source = {"source_type": "rest_api", "source_config": config}
        assert not run(seen, tmp_path, source, cursor_field="n")


def test_a_value_that_is_told_is_found() -> None:
    """The search itself works."""
    made = Searched()
    made.text("log", f"the value {MARK.upper()}")
    assert 1 == len(made.lines_with_leaks())
