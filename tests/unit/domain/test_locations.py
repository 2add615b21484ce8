"""Places of tables and catalogs: read as they are written, from whatever folder, or refused."""

from __future__ import annotations

from os.path import normpath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Result, Success
from sqlalchemy import make_url

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.locations import (
    Surroundings,
    parse_catalog_uri,
    parse_warehouse,
    sqlite_path,
)
from floe_ingestion_dlt.domain.redaction import redacted

AROUND = Surroundings("/work/a project", "/home/ann")
paths = st.text(st.characters(exclude_characters="\0\r\n\t$"), max_size=12).map(lambda text: f"/lake/{text}")


def warehouse(text: str) -> Result[str, Invalid]:
    return parse_warehouse(text, AROUND, "catalog_config.warehouse")


def database(text: str) -> Result[str, Invalid]:
    return parse_catalog_uri(text, AROUND, "catalog_config.uri")


class TestWarehouse:
    @given(paths)
    def test_a_path_from_the_root_is_left_as_it_is(self, path: str) -> None:
        assert Success(path) == warehouse(path)

    @given(paths)
    def test_a_url_of_a_file_is_left_as_it_is_unless_it_would_be_cut(self, path: str) -> None:
        found = warehouse(f"file://{path}")
        assert isinstance(found, Success) is not ("#" in path or "?" in path)
        assert found.value_or(f"file://{path}") == f"file://{path}"

    @given(st.text(max_size=12))
    def test_what_is_written_out_is_from_the_root_and_stays_so(self, text: str) -> None:
        found = warehouse(text)
        if isinstance(found, Success):
            assert found == parse_warehouse(found.unwrap(), Surroundings("/elsewhere", "/root"), "x")

    @pytest.mark.parametrize(
        "text",
        [
            "s3://lake/warehouse",
            "s3a://lake",
            "S3://lake/a b",
            "gs://lake/x",
            "abfss://files@account.dfs.core.windows.net/lake",
            "hdfs:///lake",
            "file:/lake",
            "FILE:///lake",
            "file:////lake",
            "file:///a b/50%off/%20/☃/é;,:@&=+*[x]{y}'\"|~",
            "file:///C:/lake",
            "/lake/w#h",
            "/lake/w?h",
            "/lake/a\\b",
            "/a:b/c",
            "/lake/$HOME",
        ],
    )
    def test_what_pyiceberg_reads_as_it_is_written_is_left_alone(self, text: str) -> None:
        assert Success(text) == warehouse(text)

    @pytest.mark.parametrize(
        ("text", "whole"),
        [
            ("wh", "/work/a project/wh"),
            ("./wh", "/work/a project/wh"),
            ("../wh", "/work/wh"),
            (".", "/work/a project"),
            ("w#h/x?y", "/work/a project/w#h/x?y"),
            ("~", "/home/ann"),
            ("~/wh", "/home/ann/wh"),
        ],
    )
    def test_relative_paths_and_the_own_folder_are_written_out(self, text: str, whole: str) -> None:
        assert Success(whole) == warehouse(text)

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("file:///lake/w#h", "/lake/w#h, the path alone"),
            ("file:///lake/w?h=1", "/lake/w?h=1, the path alone"),
            ("s3://lake/w#h", "without it"),
            ("s3://lake/?region=eu", "without it"),
            ("abfss://files@account/lake#1", "without it"),
            ("file:///lake/w\nh", "line break"),
            ("s3://lake/w\th", "tab"),
            ("file:///lake/wh\r", "line break"),
            ("file://wh", "file:///absolute/path"),
            ("file://./wh", "file:///absolute/path"),
            ("file://~/wh", "file:///absolute/path"),
            ("file://localhost/wh", "file:///absolute/path"),
            ("file:wh", "file:///absolute/path"),
            ("file:", "file:///absolute/path"),
            ("C:\\lake\\wh", "file:///C:/lake/wh"),
            ("c:/lake", "file:///c:/lake"),
            ("~bob/wh", "full path"),
            ("$HOME/wh", "variables"),
            ("s3://${BUCKET}/wh", "variables"),
            (" /lake/wh", "blanks"),
            ("\ts3://lake", "blanks"),
            ("/lake/\0", "null"),
            ("s3:///wh", "s3://bucket/path"),
            ("s3:/lake/wh", "s3://bucket/path"),
            ("gs:lake", "gs://bucket/path"),
        ],
    )
    def test_what_it_would_read_as_another_place_is_refused_with_what_is_right(
        self, text: str, wanted: str
    ) -> None:
        fault = warehouse(text).failure()
        assert ("catalog_config.warehouse", redacted(text)) == (fault.field, fault.given)
        assert wanted in fault.wanted

    def test_a_credential_in_a_place_is_not_shown(self) -> None:
        fault = warehouse("s3://AKIAIOSFODNN7EXAMPLE:hush-hush-hush@lake/w#h").failure()
        assert "hush" not in fault.message + fault.next_step


class TestCatalogUri:
    @pytest.mark.parametrize(
        "text",
        [
            "postgresql+psycopg2://floe:a#b@db/catalog?sslmode=require",
            "mysql://db/x",
            "sqlite:////lake/catalog.db",
            "sqlite:////lake/catalog.db?timeout=20&check_same_thread=false",
            "sqlite+pysqlite:////lake/catalog.db",
            "sqlite:////lake/w#h/50%25/a b/é;☃.db",
            "sqlite:////lake/a%3Fb.db",
            "sqlite:///file:/lake/c.db?mode=rwc&uri=true",
        ],
    )
    def test_what_is_one_place_for_all_is_left_alone(self, text: str) -> None:
        assert Success(text) == database(text)

    @pytest.mark.parametrize(
        ("text", "whole"),
        [
            ("sqlite:///catalog.db", "sqlite:////work/a project/catalog.db"),
            ("sqlite:///./x/catalog.db?timeout=5", "sqlite:////work/a project/x/catalog.db?timeout=5"),
            ("sqlite+pysqlite:///../c.db", "sqlite+pysqlite:////work/c.db"),
            ("sqlite:///~/catalog.db", "sqlite:////home/ann/catalog.db"),
        ],
    )
    def test_relative_paths_and_the_own_folder_are_written_out(self, text: str, whole: str) -> None:
        assert Success(whole) == database(text)

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("sqlite://", "in memory"),
            ("sqlite:///", "in memory"),
            ("sqlite:///:memory:", "in memory"),
            ("sqlite:///:memory:?cache=shared", "in memory"),
            ("sqlite://catalog.db", "sqlite:///"),
            ("sqlite:catalog.db", "sqlite:///"),
            ("sqlite:////lake/w?h/catalog.db", "without ?"),
            ("sqlite:////lake/catalog?.db", "without ?"),
            ("sqlite:////lake/catalog.db?", "without ?"),
            ("sqlite:///~bob/c.db", "full path"),
            ("sqlite:///$HOME/c.db", "variables"),
            ("sqlite:////${LAKE}/c.db", "variables"),
            ("sqlite:///C:\\lake\\c.db", "without a drive"),
            ("sqlite:/// c.db", "blanks"),
        ],
    )
    def test_what_would_be_another_database_is_refused(self, text: str, wanted: str) -> None:
        fault = database(text).failure()
        assert "catalog_config.uri" == fault.field
        assert wanted in fault.wanted

    @given(paths)
    def test_sqlalchemy_finds_a_file_by_its_escaped_path(self, path: str) -> None:
        assert path == make_url(f"sqlite:///{sqlite_path(path)}").database

    @given(paths)
    def test_a_relative_path_is_below_the_folder_whatever_that_is_called(self, folder: str) -> None:
        found = parse_catalog_uri("sqlite:///c.db", Surroundings(folder, "/"), "uri").unwrap()
        assert normpath(f"{folder}/c.db") == make_url(found).database
