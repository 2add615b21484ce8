"""Values without a type are read in the types that the table has, so that a file goes where the last one went."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig

from tests.platforms import TABLE, Platform

EVERY_CONTRACT = pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_value"])


def loaded(platform: Platform, *texts: str, contract: str, kind: str = "csv") -> list[dict[str, Any]]:
    """The table's rows after the texts were loaded, a file and a run each."""
    for text in texts:
        (platform.data / f"a.{kind}").write_text(text)
        result = platform.load(schema_contract=contract, source_config={"format": kind})
        assert result.success, result.errors
    return platform.rows()


@EVERY_CONTRACT
def test_whole_numbers_of_a_csv_go_into_a_column_of_floats(platform: Platform, contract: str) -> None:
    rows = loaded(platform, "id,price\n1,9.5\n", "id,price\n2,10\n", contract=contract)
    assert [{"id": 1, "price": 9.5}, {"id": 2, "price": 10.0}] == rows


@EVERY_CONTRACT
def test_digits_of_a_csv_go_into_a_column_of_texts_as_they_are(platform: Platform, contract: str) -> None:
    rows = loaded(platform, "id,Zip Code\n1,AB1\n", "id,Zip Code\n2,007\n", contract=contract)
    assert [{"id": 1, "zip_code": "AB1"}, {"id": 2, "zip_code": "007"}] == rows


@EVERY_CONTRACT
def test_days_of_a_csv_go_into_a_column_of_times(platform: Platform, contract: str) -> None:
    first, second = "id,at\n1,2024-01-01 10:30:00\n", "id,at\n2,2024-01-02\n"
    rows = loaded(platform, first, second, contract=contract)
    assert ["2024-01-01T10:30", "2024-01-02T00:00"] == [row["at"].isoformat()[:16] for row in rows]


@EVERY_CONTRACT
def test_numbers_of_json_lines_go_into_columns_of_floats_and_texts(platform: Platform, contract: str) -> None:
    first = json.dumps({"id": 1, "price": 9.5, "zip": "AB1"})
    second = '{"id": 2, "price": 10, "zip": 7}\n{"id": 3, "price": null, "zip": true}'
    rows = loaded(platform, first, second, contract=contract, kind="jsonl")
    assert [(1, 9.5, "AB1"), (2, 10.0, "7"), (3, None, "true")] == [tuple(row.values()) for row in rows]


@EVERY_CONTRACT
def test_whole_numbers_of_a_query_go_into_a_column_of_floats(platform: Platform, contract: str) -> None:
    path = Path(platform.folder, "shop.db")
    for price in (9.5, 10):
        with sqlite3.connect(path) as shop:
            shop.execute("CREATE TABLE IF NOT EXISTS orders (price)")
            shop.execute("DELETE FROM orders")
            shop.execute("INSERT INTO orders VALUES (?)", [price])
        source = {"connection_string": f"sqlite:///{path}", "query": "SELECT price FROM orders"}
        config = IngestionConfig("sql_database", source, TABLE, schema_contract=contract)
        assert platform.plugin.run(platform.plugin.create_pipeline(config)).success
    assert [{"price": 10.0}, {"price": 9.5}] == platform.rows()


def test_texts_of_a_csv_in_a_column_of_numbers_still_get_a_column_of_their_own(platform: Platform) -> None:
    rows = loaded(platform, "id,age\n1,30\n", "id,age\n2,unknown\n", "id,age\n3,31\n", contract="evolve")
    assert [(30, None), (None, "unknown"), (31, None)] == [(row["age"], row["age__v_text"]) for row in rows]
