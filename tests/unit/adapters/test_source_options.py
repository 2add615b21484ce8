from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from floe_ingestion_dlt.adapters.sources.filesystem.kind import FILESYSTEM
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.adapters.sources.kinds import AnyKind
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.rest_api.kind import REST_API
from floe_ingestion_dlt.adapters.sources.rest_api.settings import RestApi
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.cursors import Cursor
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.table_settings import TableSettings

REST, SQL, FILES = REST_API, SQL_DATABASE, FILESYSTEM


def message_of(kind: AnyKind, config: dict[str, object], credentials: Secret | None = None) -> str:
    with pytest.raises(ValidationError) as caught:
        parse_source(kind, config, credentials)
    return str(caught.value)


class TestParallel:
    def test_one_connection_reads_unless_more_are_asked_for(self) -> None:
        for given, connections in (({}, 1), ({"parallel": 4}, 4)):
            settings = parse_source(SQL, {"table": "t", **given}, None).source
            assert isinstance(settings, SqlDatabase)
            assert settings.parallel == connections

    @pytest.mark.parametrize("given", [0, 17, "4", True, 1.5])
    def test_what_is_no_such_number_is_refused(self, given: object) -> None:
        assert "parallel" in message_of(SQL, {"table": "t", "parallel": given})

    def test_a_query_has_no_parts(self) -> None:
        refused = message_of(SQL, {"query": "SELECT 1", "parallel": 2})
        assert "parallel: goes with table or tables" in refused


class TestCommon:
    def test_cursor_key_and_strategy_stand_beside_the_source(self) -> None:
        config = {
            "table": "t",
            "cursor_field": "updated_at",
            "primary_key": ["a", "b"],
            "merge_strategy": "upsert",
        }
        parsed = parse_source(SQL, config, None)
        assert TableSettings(Cursor("updated_at"), ("a", "b"), "upsert") == parsed.table

    def test_a_key_of_one_column_may_be_a_text(self) -> None:
        assert ("id",) == parse_source(SQL, {"table": "t", "primary_key": "id"}, None).table.primary_key

    def test_what_is_none_is_not_given(self) -> None:
        parsed = parse_source(SQL, {"table": "t", "primary_key": None, "cursor_field": None}, None)
        assert TableSettings() == parsed.table

    @pytest.mark.parametrize(
        ("kind", "config"),
        [
            (REST, {"client": {"base_url": "http://h"}, "resources": ["a"], "resorces": []}),
            (REST, {"url": "http://h/x", "resorces": []}),
            (SQL, {"table": "t", "resorces": []}),
            (FILES, {"path": "x", "format": "csv", "resorces": []}),
        ],
    )
    def test_an_unknown_key_is_named(self, kind: AnyKind, config: dict[str, object]) -> None:
        assert "resorces" in message_of(kind, config)

    def test_an_unknown_strategy_is_told_the_known_ones(self) -> None:
        assert "delete-insert, upsert, insert-only, scd2" in message_of(
            SQL, {"table": "t", "merge_strategy": "overwrite"}
        )


class TestRestApi:
    def test_dlts_configuration_is_taken_as_it_is(self) -> None:
        config = {
            "client": {"base_url": "https://h/v1", "auth": {"token": "hush"}},
            "resource_defaults": {"primary_key": "id"},
            "resources": ["posts", {"name": "notes", "endpoint": {"path": "notes"}}],
        }
        parsed = parse_source(REST, config, None)
        assert isinstance(parsed.source, RestApi)
        assert ("posts", "notes") == parsed.source.resources
        assert config["client"] == parsed.source.config["client"]
        assert "hush" not in repr(parsed)

    def test_a_resource_that_is_not_selected_is_no_unit(self) -> None:
        resources = ["posts", {"name": "parents", "selected": False}]
        source = parse_source(REST, {"client": {"base_url": "http://h"}, "resources": resources}, None).source
        assert ("posts",) == source.resources

    def test_the_short_form_becomes_one_resource(self) -> None:
        source = parse_source(REST, {"url": "https://h:8/v1/things/?a=b", "method": "POST"}, None).source
        assert isinstance(source, RestApi)
        assert {
            "client": {"base_url": "https://h:8/"},
            "resources": ({"name": "things", "endpoint": {"path": "v1/things/?a=b", "method": "POST"}},),
        } == source.config
        assert ("things",) == source.resources

    @pytest.mark.parametrize(
        ("config", "named"),
        [
            ({"client": {}, "resources": ["a"]}, "client.base_url"),
            ({"client": {"base_url": "ftp://h"}, "resources": ["a"]}, "client.base_url"),
            ({"client": {"base_url": "http://h"}, "resources": []}, "resources"),
            ({"client": {"base_url": "http://h"}, "resources": ["a", {}]}, "resources[1]"),
            ({"url": "http://h/{id}/x"}, "url: {id} needs a value in params"),
            ({"url": "http://h/{/x"}, "url: a single brace"),
            ({"url": "http://h/x", "params": {"a": "{b}"}}, "params.a: {b} has no value"),
            (
                {"url": "http://h/x", "params": {"a": {"type": "resolve"}}},
                "params.a: there is no parent resource",
            ),
            ({"url": "http://h/x", "headers": {"A": "{b}"}}, "headers.A: {b} has no value"),
            ({"client": {"base_url": "http://h"}, "resources": ["a", "a"]}, "name of its own"),
            (
                {"client": {"base_url": "http://h"}, "resources": [{"name": "a", "selected": False}]},
                "selected",
            ),
            ({"resources": ["a"]}, "client"),
            ({"url": "h/x"}, "url: an http:// or https:// URL"),
            ({"url": "http://h/x", "method": "DELETE"}, "method"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named(self, config: dict[str, object], named: str) -> None:
        assert named in message_of(REST, config)


class TestSqlDatabase:
    def test_tables_of_a_schema_are_resources(self) -> None:
        source = parse_source(SQL, {"tables": ["a", "b"], "schema": "s", "chunk_rows": 10}, None).source
        assert SqlDatabase(None, ("a", "b"), schema="s", chunk_rows=10) == source

    @pytest.mark.parametrize("key", ["connection_string", "credentials"])
    def test_a_connection_is_kept_secret(self, key: str) -> None:
        url = "postgresql://u:hush@h/d"
        for given in (url, SecretStr(url)):
            parsed = parse_source(SQL, {key: given, "query": "SELECT 1"}, None)
            assert isinstance(parsed.source, SqlDatabase)
            assert Secret(url) == parsed.source.connection
            assert "hush" not in repr(parsed)

    def test_credentials_are_the_connection_or_its_password(self) -> None:
        whole = parse_source(SQL, {"table": "t"}, Secret("postgresql://u:p@h/d")).source
        assert isinstance(whole, SqlDatabase)
        assert Secret("postgresql://u:p@h/d") == whole.connection
        config = {"table": "t", "connection_string": "postgresql://u@h:5432/d?x=1"}
        filled = parse_source(SQL, config, Secret("p@/")).source
        assert isinstance(filled, SqlDatabase)
        assert Secret("postgresql://u:p%40%2F@h:5432/d?x=1") == filled.connection

    @pytest.mark.parametrize(
        ("config", "named"),
        [
            ({}, "exactly one of table, tables, query (given: none)"),
            ({"table": "a", "query": "b"}, "(given: table, query)"),
            ({"tables": ["a", "a"]}, "tables: a is at the positions 0 and 1: name each table once"),
            ({"query": "q", "schema": "s"}, "schema"),
            ({"table": "a", "chunk_rows": 0}, "chunk_rows"),
            ({"table": " "}, "table"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named(self, config: dict[str, object], named: str) -> None:
        assert named in message_of(SQL, config)

    def test_a_wrong_connection_is_not_shown(self) -> None:
        message = message_of(SQL, {"table": "t", "connection_string": "hush"})
        assert "connection_string" in message
        assert "hush" not in message


class TestFilesystem:
    def test_the_orchestrators_words_are_understood(self) -> None:
        config = {
            "format": "parquet",
            "path": "data/in",
            "include_glob": None,
            "file_glob": None,
            "reader_options": None,
        }
        assert Filesystem("data/in", FileFormat.PARQUET) == parse_source(FILES, config, None).source

    @pytest.mark.parametrize("key", ["file_glob", "include_glob"])
    def test_either_glob_chooses_the_files(self, key: str) -> None:
        config = {"bucket_url": "s3://b/in", "format": "jsonl", key: "2024/*.ndjson"}
        source = parse_source(FILES, config, None).source
        assert isinstance(source, Filesystem)
        assert ("s3://b/in", "2024/*.ndjson") == (source.url, source.glob)

    @pytest.mark.parametrize(
        ("path", "url", "glob"),
        [
            ("in/*.csv", "in", "*.csv"),
            ("*.csv", ".", "*.csv"),
            ("/a/b/2024-*/x.csv", "/a/b", "2024-*/x.csv"),
            ("s3://b/**/*.csv", "s3://b", "**/*.csv"),
            ("in/[a].csv", "in/[a].csv", None),
        ],
    )
    def test_a_path_may_end_in_a_pattern(self, path: str, url: str, glob: str | None) -> None:
        source = parse_source(FILES, {"path": path, "format": "csv"}, None).source
        assert isinstance(source, Filesystem)
        assert (url, glob) == (source.url, source.glob)

    def test_reader_options_are_kept(self) -> None:
        options = {"delimiter": ";", "column_types": {"zip": "string"}, "null_values": "-"}
        config = {"path": "x", "format": "csv", "reader_options": options}
        source = parse_source(FILES, config, None).source
        assert isinstance(source, Filesystem)
        kept = source.reader_options
        assert (";", {"zip": "string"}, ("-",)) == (
            kept["delimiter"],
            kept["column_types"],
            kept["null_values"],
        )

    @pytest.mark.parametrize(
        ("config", "named"),
        [
            ({"path": "x"}, "format"),
            (
                {"path": "x", "format": "xml"},
                "one of avro, csv, excel, json, jsonl, parquet is needed; 'xml' was given",
            ),
            ({"format": "csv"}, "exactly one of path, bucket_url (given: none)"),
            ({"path": "x", "bucket_url": "s3://b", "format": "csv"}, "(given: path, bucket_url)"),
            ({"path": "x", "format": "csv", "file_glob": "a", "include_glob": "b"}, "they differ"),
            ({"path": "x/*.csv", "format": "csv", "file_glob": "a"}, "path: has a *"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named(self, config: dict[str, object], named: str) -> None:
        assert named in message_of(FILES, config)

    @pytest.mark.parametrize(
        ("kind", "options", "named"),
        [
            ("csv", {"sep": ";"}, "reader_options.sep"),
            ("csv", {"delimiter": ";;"}, "reader_options.delimiter"),
            ("csv", {"encoding": "utf-9"}, "reader_options.encoding"),
            ("csv", {"column_types": {"a": "integer"}}, "timestamp[us, tz=UTC]"),
            ("csv", {"column_types": {"a": "decimal128(39, 0)"}}, "reader_options.column_types.a"),
            ("csv", {"has_header": False}, "column_names: needed"),
            ("csv", {"column_names": ["a", "a"]}, "a name of its own"),
            ("csv", {"skip_rows": -1}, "reader_options.skip_rows"),
            ("jsonl", {"delimiter": ";"}, "reader_options.delimiter"),
            ("parquet", {"columns": []}, "reader_options.columns"),
            ("parquet", "columns", "reader_options"),
        ],
    )
    def test_a_wrong_reader_option_is_named(self, kind: str, options: object, named: str) -> None:
        assert named in message_of(FILES, {"path": "x", "format": kind, "reader_options": options})
