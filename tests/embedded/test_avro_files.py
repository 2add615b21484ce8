"""Avro files in tables: the files of a load may differ in their schemas."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from tests.platforms import TABLE, Platform

U = uuid.UUID(int=7)


def write(platform: Platform, name: str, fields: dict[str, Any], *rows: dict[str, Any]) -> None:
    schema = {"type": "record", "name": "R", "fields": [{"name": k, "type": v} for k, v in fields.items()]}
    with (platform.data / f"{name}.avro").open("wb") as file:
        fastavro.writer(file, schema, rows)


def load(platform: Platform, **options: Any) -> dict[str, str]:
    result = platform.load(source_config={"format": "avro"}, **options)
    assert result.success, result.errors
    fields = platform.catalog.load_table(TABLE).schema().fields
    return {field.name: str(field.field_type) for field in fields}


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_files_of_a_load_share_their_types(platform: Platform, names: str) -> None:
    decimal = {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 1}
    of_uuids = {"type": "string", "logicalType": "uuid"}
    first = {"id": "int", "d": decimal, "u": ["null", of_uuids]}
    write(platform, names[0], first, {"id": 1, "d": Decimal("1.5"), "u": None})
    other = {"id": "long", "d": decimal | {"scale": 3}, "u": of_uuids}
    write(platform, names[1], other, {"id": 2**40, "d": Decimal("1.234"), "u": U})
    assert {"id": "long", "d": "decimal(7, 3)", "u": "uuid"} == load(platform)
    assert [(1, Decimal("1.500"), None), (2**40, Decimal("1.234"), U)] == [
        tuple(row.values()) for row in platform.rows("id", "d", "u")
    ]


def test_structs_get_the_fields_of_later_files(platform: Platform) -> None:
    for load_number, name in enumerate("xy"):
        record = {"type": "record", "name": "S", "fields": [{"name": name, "type": "int"}]}
        write(platform, "a", {"id": "int", "s": record}, {"id": load_number, "s": {name: 1}})
        load(platform)
    assert [{"x": 1, "y": None}, {"x": None, "y": 1}] == [row["s"] for row in platform.rows("id", "s")]


def test_values_of_a_union_are_in_columns_of_their_own(platform: Platform) -> None:
    write(platform, "a", {"id": "int", "v": ["long", "string"]}, {"id": 1, "v": 2}, {"id": 2, "v": "x"})
    assert {"id": "long", "v": "long", "v__v_text": "string"} == load(platform)


def test_a_file_without_records_makes_the_table(platform: Platform) -> None:
    write(platform, "a", {"id": "int", "v": "string"})
    assert {"id": "long", "v": "string"} == load(platform)
