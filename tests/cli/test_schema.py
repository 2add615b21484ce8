"""The JSON schema with which editors check a declaration: it takes what the command takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.cli.declared import ingest


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ingest("schema").stdout)
    return found


def a_source(source_type: str = "filesystem", **source_config: Any) -> dict[str, Any]:
    config = {"path": "in", "format": "csv"} if source_type == "filesystem" else {}
    return {
        "name": "shop",
        "source_type": source_type,
        "source_config": config | source_config,
        "destination_table": "bronze.shop",
    }


def wrong(schema: dict[str, Any], source: dict[str, Any]) -> list[str]:
    checked = jsonschema.Draft202012Validator(schema).iter_errors({"sources": [source]})
    return [error.message for error in checked]


def test_each_field_has_a_description(schema: dict[str, Any]) -> None:
    def fields() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for title, model in (("", schema), *schema["$defs"].items()):
            for name, field in model.get("properties", {}).items():
                yield title, name, field

    assert [] == [(title, name) for title, name, field in fields() if not field.get("description")]


@pytest.mark.parametrize(
    "source",
    [
        a_source(),
        a_source(reader_options={"delimiter": ";", "null_values": "-"}, provenance="file"),
        a_source(columns={"id": "long", "name": {"name": "label"}}, mask={"name": "hash"}, primary_key="id"),
        a_source(columns=["id", "name"]),
        a_source() | {"primary_key": "id", "write_mode": "merge", "merge_strategy": "scd2"},
        a_source() | {"primary_key": ["a", "b"], "credentials": {"aws_access_key_id": "x"}},
        a_source() | {"cursor": {"column": "at", "lag": "1h"}},
        a_source("rest_api", url="https://api.example/x", paginator="page_number"),
        a_source("rest_api", client={"base_url": "https://a.example", "headers": {}}, resources=["x"]),
        a_source("sql_database", connection_string="sqlite:///x.db", tables="*", schema="main"),
    ],
)
def test_what_is_right_is_right_for_an_editor(schema: dict[str, Any], source: dict[str, Any]) -> None:
    assert [] == wrong(schema, source)


@pytest.mark.parametrize(
    "source",
    [
        a_source(pth="x"),
        a_source(format="cvs"),
        a_source(reader_options={"delimter": ";"}),
        a_source("postgres"),
        a_source() | {"write_mode": "overwrite"},
        a_source() | {"schema_contract": "open"},
        a_source("sql_database", path="in"),
        a_source("rest_api", url="https://api.example/x", pages=2),
        {"name": "shop"},
    ],
)
def test_what_is_wrong_is_wrong_for_an_editor(schema: dict[str, Any], source: dict[str, Any]) -> None:
    assert len(wrong(schema, source)) > 0
