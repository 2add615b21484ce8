"""Where the errors of a configuration are, in words that lead to the line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from floe_ingestion_dlt.config import DltIngestionConfig


def source(**options: Any) -> dict[str, Any]:
    return {"name": "shop", "source_type": "filesystem", "destination_table": "bronze.shop"} | options


def errors_of(*sources: Any, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        DltIngestionConfig.model_validate({"sources": list(sources), **options})
    assert "Value error" not in str(refused.value)
    assert "errors.pydantic.dev" not in str(refused.value)
    return [(".".join(map(str, error["loc"])), error["msg"]) for error in refused.value.errors()]


@pytest.mark.parametrize(
    "options",
    [
        {"write_mode": "overwrite"},
        {"write_mode": "merge"},
        {"hard_delete": "gone"},
        {"merge_strategy": "upsert"},
        {"dedup_sort": {"at": "desc"}},
        {"write_mode": "merge", "primary_key": "id", "dedup_sort": {"at": "down"}},
    ],
)
def test_an_error_of_a_whole_source_has_its_name(options: dict[str, Any]) -> None:
    good = source(name="other", destination_table="bronze.other")
    ((place, _),) = errors_of(good, source(**options))
    assert "sources.1.shop" == place


def test_an_error_of_a_field_has_the_name_once() -> None:
    assert [
        ("sources.0.shop.primary_key.0", "a text is needed, in quotes if it looks like a number; 1 was given")
    ] == (errors_of(source(primary_key=[1])))


def test_a_source_without_a_name_has_its_position() -> None:
    ((place, text),) = errors_of({"source_type": "filesystem", "destination_table": "a.b"})
    assert ("sources.0.name", "it is missing") == (place, text)


def test_sources_of_one_name_are_reported_with_their_positions() -> None:
    names = [source(name=name, destination_table=f"bronze.t{n}") for n, name in enumerate("aba")]
    ((_, text),) = errors_of(*names)
    assert "sources: a is at the positions 0 and 2: give each source a name of its own" == text


@pytest.mark.parametrize("name", ["write_mode", "source_type", "destination_table"])
def test_a_secret_that_stands_beside_is_not_shown(name: str) -> None:
    texts = errors_of(source(credentials=["hush-hush"], **{name: 3}))
    assert 2 == len(texts)
    assert "hush-hush" not in str(texts)
