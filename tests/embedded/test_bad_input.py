"""Bad input gets an error that says what to do next, and leaves the table's rows as they were."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import dlt
import pytest
from floe_core.plugin_errors import PluginConfigurationError
from floe_core.plugin_registry import PluginRegistry
from floe_core.plugin_types import PluginType
from floe_core.plugins.ingestion import IngestionConfig
from pydantic import ValidationError

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import ManualClock, MemoryDestination
from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig
from floe_ingestion_dlt.errors import ErrorCategory, PipelineConfigurationError, SourceConnectionError
from tests.platforms import TABLE, Platform

PASSWORD = "s3cret-w0rd"


@pytest.fixture
def loaded(platform: Platform) -> Platform:
    """A platform whose table has a row already."""
    assert platform.load([{"id": 1, "name": "ann"}]).success
    return platform


def assert_unharmed(platform: Platform) -> None:
    assert [{"id": 1, "name": "ann"}] == platform.rows("id", "name")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"source_type": ""}, "source_type"),
        ({"source_type": "ftp"}, "source_type"),
        ({"write_mode": "upsert"}, "write_mode"),
        ({"write_mode": ""}, "write_mode"),
        ({"schema_contract": "strict"}, "schema_contract"),
        ({"destination_table": ""}, "destination_table"),
        ({"destination_table": "orders"}, "destination_table"),
        ({"destination_table": "bronze..orders"}, "destination_table"),
        ({"write_mode": "merge"}, "primary_key"),
        ({"source_config": {"path": "/x", "format": "xlsx"}}, "format"),
        ({"source_config": {"path": "/x", "format": "csv", "colour": "red"}}, "colour"),
        ({"source_config": {"format": "csv"}}, "path"),
    ],
)
def test_an_unusable_setting_is_a_validation_error_that_names_it(
    platform: Platform, changed: dict[str, Any], field: str
) -> None:
    settings = {
        "source_type": "filesystem",
        "source_config": {"path": str(platform.data), "format": "csv"},
        "destination_table": TABLE,
    }
    with pytest.raises(ValidationError, match=field):
        platform.plugin.create_pipeline(IngestionConfig(**(settings | changed)))


def test_an_unusable_configuration_is_refused_by_the_registry_field_by_field() -> None:
    registry = PluginRegistry()
    registry.discover_all()
    source = {"name": "a", "source_type": "ftp", "destination_table": "orders"}
    with pytest.raises(PluginConfigurationError) as refused:
        registry.configure(PluginType.INGESTION, "dlt", {"sources": [source], "retries": 3})
    told = str(refused.value)
    assert all(field in told for field in ("source_type", "destination_table", "retries"))


def test_several_resources_are_refused_by_name(platform: Platform) -> None:
    source = {"connection_string": "sqlite://", "tables": ["a", "b"]}
    with pytest.raises(PipelineConfigurationError, match="a, b") as refused:
        platform.plugin.create_pipeline(IngestionConfig("sql_database", source, "bronze.all"))
    assert ErrorCategory.CONFIGURATION == refused.value.category


def test_a_folder_that_is_not_there_is_told_when_the_pipeline_is_created(platform: Platform) -> None:
    source = {"path": str(platform.folder / "nowhere"), "format": "csv"}
    with pytest.raises(SourceConnectionError, match="nowhere") as refused:
        platform.plugin.create_pipeline(IngestionConfig("filesystem", source, TABLE))
    error = refused.value
    assert ("filesystem", TABLE, "bronze-orders") == (
        error.source_type,
        error.destination_table,
        error.pipeline_name,
    )


def test_an_api_that_refuses_connections_is_told_when_the_pipeline_is_created(platform: Platform) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    source = {"client": {"base_url": url}, "resources": ["orders"]}
    with pytest.raises(SourceConnectionError) as refused:
        platform.plugin.create_pipeline(IngestionConfig("rest_api", source, TABLE))
    assert ErrorCategory.TRANSIENT == refused.value.category


def test_a_catalog_that_is_down_is_told_when_the_pipeline_is_created(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{closed.getsockname()[1]}"
    plugin = DltIngestionPlugin(clock=ManualClock())
    plugin.configure(DltIngestionConfig(catalog_config={"uri": uri, "warehouse": "w"}))
    source = {"path": str(tmp_path), "format": "csv"}
    with pytest.raises(SourceConnectionError, match="catalog"):
        plugin.create_pipeline(IngestionConfig("filesystem", source, TABLE))


def test_a_cursor_that_is_not_there_names_those_that_are(loaded: Platform) -> None:
    loaded.csv("a.csv", "id,name\n2,bob\n")
    result = loaded.load(cursor="updated_at")
    assert not result.success
    assert all(word in result.errors[0] for word in ("updated_at", "id", "name", TABLE, "bronze-orders"))
    assert_unharmed(loaded)


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_files_that_are_not_there_or_have_no_bytes_replace_nothing(loaded: Platform, mode: str) -> None:
    for name in (None, "empty.csv"):
        if name:
            loaded.csv(name, "")
        result = loaded.load(write_mode=mode)
        assert (True, 0) == (result.success, result.rows_loaded)
        assert_unharmed(loaded)
    assert 1 == loaded.snapshots()


def test_a_header_without_rows_replaces_all_rows(loaded: Platform) -> None:
    loaded.csv("a.csv", "id,name\n")
    result = loaded.load(write_mode="replace")
    assert (True, 0) == (result.success, result.rows_loaded)
    assert [] == loaded.rows()


def test_a_setting_that_the_api_source_does_not_know_is_refused_when_the_pipeline_is_created(
    platform: Platform,
) -> None:
    source = {"url": "http://127.0.0.1:9/orders", "paginator": {"type": "jsonlink"}}
    with pytest.raises(PipelineConfigurationError, match=r"paginator.*json_link") as refused:
        platform.plugin.create_pipeline(IngestionConfig("rest_api", source, TABLE))
    assert ErrorCategory.CONFIGURATION == refused.value.category


def test_a_csv_with_a_broken_line_names_the_file_and_the_line(loaded: Platform) -> None:
    loaded.csv("a.csv", "id,name\n2,bob\n3\n")
    result = loaded.load()
    assert not result.success
    assert "a.csv" in result.errors[0]
    assert "3" in result.errors[0]
    assert_unharmed(loaded)


def test_lines_that_are_not_json_objects_name_the_file_and_the_line(loaded: Platform) -> None:
    (loaded.data / "a.jsonl").write_text('{"id": 2}\n[1, 2]\n')
    result = loaded.load(source_config={"format": "jsonl"})
    assert not result.success
    assert "a.jsonl" in result.errors[0]
    assert "line 2" in result.errors[0]
    assert_unharmed(loaded)


def test_an_api_that_answers_json_without_records_is_an_error(loaded: Platform, answering: Answering) -> None:
    source = {"client": {"base_url": answering('"sorry"')}, "resources": ["orders"]}
    pipeline = loaded.plugin.create_pipeline(IngestionConfig("rest_api", source, TABLE))
    result = loaded.plugin.run(pipeline)
    assert not result.success
    assert TABLE in result.errors[0]
    assert_unharmed(loaded)


def test_a_database_that_refuses_the_password_says_so_and_does_not_show_it(
    platform: Platform, refusing_postgres: int
) -> None:
    address = f"postgresql+psycopg://ann:{PASSWORD}@127.0.0.1:{refusing_postgres}/shop"
    source = {"connection_string": address, "table": "orders"}
    with pytest.raises(SourceConnectionError) as refused:
        platform.plugin.create_pipeline(IngestionConfig("sql_database", source, TABLE))
    assert ErrorCategory.PERMANENT == refused.value.category
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("what", ["/data/", "/metadata/snap-", ".metadata.json"])
def test_a_full_disk_loses_nothing_and_blocks_nothing(tmp_path: Path, what: str) -> None:
    platform = Platform(tmp_path, {"py-io-impl": "tests.embedded.full_disk.FullDisk"})
    platform.load([{"id": 1, "name": "ann"}])
    (tmp_path / "full").write_text(what)
    result = platform.load([{"id": 2, "name": "bob"}])
    assert not result.success
    assert "No space left" in result.errors[0]
    assert_unharmed(platform)
    (tmp_path / "full").unlink()
    assert platform.load([{"id": 2, "name": "bob"}]).success
    assert [1, 2] == [row["id"] for row in platform.rows("id")]


def test_a_catalog_that_goes_down_during_a_run_leaves_the_load_pending(tmp_path: Path) -> None:
    destination = MemoryDestination()
    plugin = DltIngestionPlugin(destination=destination, clock=ManualClock())
    plugin.configure(DltIngestionConfig(pipelines_dir=str(tmp_path / "pipelines")))
    (tmp_path / "data").mkdir()
    source = {"path": str(tmp_path / "data"), "format": "csv"}
    pipeline = plugin.create_pipeline(IngestionConfig("filesystem", source, TABLE))

    @dlt.resource(name="orders")
    def rows() -> Any:
        yield {"id": 1}
        destination.down = True

    result = plugin.run(pipeline, source=rows)
    assert not result.success
    assert "[TRANSIENT]" in result.errors[0]
    destination.down = False
    again = plugin.run(pipeline, source=dlt.resource([{"id": 2}], name="orders"))
    assert (True, 2) == (again.success, again.rows_loaded)


def test_settings_of_a_run_that_cannot_be_used_are_a_failed_result(loaded: Platform) -> None:
    result = loaded.plugin.run(loaded.pipeline(), write_disposition="upsert")
    assert not result.success
    assert "write_mode" in result.errors[0]
    assert_unharmed(loaded)


def test_errors_of_the_configuration_do_not_show_what_was_given() -> None:
    shop = {"connection_string": f"postgresql://ann:{PASSWORD}@db/shop", "table": 7}
    source = IngestionSourceConfig(
        name="shop", source_type="sql_database", source_config=shop, destination_table=TABLE
    )
    config = DltIngestionConfig(sources=(source,), catalog_config={"uri": "http://x", "credential": PASSWORD})
    with pytest.raises(ValidationError) as refused:
        DltIngestionPlugin().create_pipeline(IngestionConfig("sql_database", shop, TABLE))
    assert PASSWORD not in str(refused.value)
    assert PASSWORD not in repr(config)


Answering = Callable[[str], str]


@pytest.fixture
def answering() -> Any:
    """A function that starts an API which gives one answer to everything, and returns its address."""
    servers: list[HTTPServer] = []

    def start(body: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None: ...

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def refusing_postgres() -> Any:
    """A server that speaks just enough of Postgres's protocol to ask for a password and refuse it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        Thread(target=_refuse_all, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


def _refuse_all(listening: socket.socket) -> None:
    fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0"
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        with client:
            startup = client.recv(4096)
            if startup[4:8] == (80877103).to_bytes(4, "big"):  # asks for TLS first
                client.sendall(b"N")
                client.recv(4096)
            client.sendall(b"R" + (8).to_bytes(4, "big") + (3).to_bytes(4, "big"))
            client.recv(4096)
            client.sendall(b"E" + (4 + len(fields)).to_bytes(4, "big") + fields)
