from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.writable import (
    Unreadable,
    not_a_table,
    unreadable_files,
    unwritable_version,
)

ORDERS = TableName(("bronze",), "orders")


def test_version_2_is_written() -> None:
    assert unwritable_version(ORDERS, 2) is None


@pytest.mark.parametrize(
    ("version", "help_"), [(1, "'format-version' = '2'"), (3, "as soon as"), (4, "as soon as")]
)
def test_other_versions_are_refused_with_what_helps(version: int, help_: str) -> None:
    refused = unwritable_version(ORDERS, version)
    assert refused is not None
    assert Category.PERMANENT is refused.category
    assert f"bronze.orders has format version {version}" in refused.message
    assert help_ in refused.next_step


@given(st.sets(st.sampled_from(Unreadable)))
def test_whatever_cannot_be_read_is_named(found: set[Unreadable]) -> None:
    refused = unreadable_files(ORDERS, found)
    assert (refused is None) is (not found)
    assert refused is None or all(kind.value in refused.message for kind in found)
    assert refused is None or "rewrite_data_files" in refused.next_step


def test_what_is_no_table_is_named() -> None:
    assert "bronze.orders is a view" in not_a_table(ORDERS, "a view").message
