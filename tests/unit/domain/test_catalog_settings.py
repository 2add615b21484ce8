"""Misspelled settings of a catalog are refused with the right ones; no property that pyiceberg reads is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Final

import pytest
from pyiceberg.catalog import CatalogType
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.catalog_settings import KNOWN, TYPES, check_spelling

MODULES: Final = ["catalog", "catalog.rest", "catalog.sql", "io"]


def properties() -> Iterator[str]:
    for module in MODULES:
        for name, value in vars(import_module(f"pyiceberg.{module}")).items():
            if name.isupper() and isinstance(value, str):
                yield value


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("warehose", "warehouse"),
        ("s3.acces-key-id", "s3.access-key-id"),
        ("s3.access_key_id", "s3.access-key-id"),
        ("S3.Region", "s3.region"),
        ("credentials", "credential"),
        ("allowed-locations", "allowed_locations"),
        ("s3.endpont", "s3.endpoint"),
        ("adls.account-nam", "adls.account-name"),
    ],
)
def test_a_misspelled_name_is_refused_with_the_right_one(given: str, meant: str) -> None:
    found = check_spelling({"type": "rest", given: "x"}, "catalog_config")
    assert isinstance(found, Failure)
    assert f"catalog_config.{given} cannot be used here" == found.failure().message
    assert found.failure().next_step.endswith(f"it is no setting of a catalog, but {meant} is.")


@pytest.mark.parametrize(
    "name", ["header.X-Tenant", "s3.my-own", "adls.sas-token.acc.dfs", "x", "catalog-impl"]
)
def test_other_names_are_left_to_the_catalog(name: str) -> None:
    assert Success(None) == check_spelling({name: "x"}, "catalog_config")


def test_no_property_that_pyiceberg_reads_is_refused() -> None:
    read = {*properties(), *KNOWN} - {"type"}
    assert len(read) > len(KNOWN) / 2
    assert Success(None) == check_spelling(dict.fromkeys(read, "x"), "catalog_config")


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("sqlite", "sql, with a uri such as sqlite:///"),
        ("nessie", "one of rest, sql, hive"),
        ("resst", "one of"),
    ],
)
def test_an_unknown_kind_is_refused_with_those_that_there_are(kind: str, hint: str) -> None:
    found = check_spelling({"type": kind}, "catalog_config")
    assert hint in found.failure().next_step
    assert f"catalog_config.type: {kind!r} cannot be used" == found.failure().message


def test_the_kinds_are_those_of_pyiceberg() -> None:
    assert {kind.value for kind in CatalogType} == set(TYPES)
