"""What a user names in the place of a kind of source is answered with the kind that reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.registry import kind_of
from floe_ingestion_dlt.domain.source_types import kind_for

KNOWN = ("rest_api", "sql_database", "filesystem", "journal")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            "sql_database",
            "postgres Postgres postgresql postgresql+psycopg mysql mariadb sqlite mssql oracle snowflake duckdb sql",
        ),
        ("filesystem", "csv CSV parquet json jsonl excel xlsx avro s3 gcs azure files local"),
        ("rest_api", "http https api rest REST-API rest-api Rest_API restapi odata"),
        ("journal", "jurnal"),
    ],
)
def test_the_answer_names_the_kind(kind: str, names: str) -> None:
    for name in names.split():
        assert kind == kind_for(name, KNOWN).partition(",")[0], name


def test_a_format_is_named_with_the_kind() -> None:
    assert "format in its source_config to excel" in kind_of("xlsx").failure().next_step


@given(st.text())
def test_any_other_name_is_answered_with_kinds_that_there_are(name: str) -> None:
    assert any(kind in kind_for(name, KNOWN) for kind in KNOWN)
