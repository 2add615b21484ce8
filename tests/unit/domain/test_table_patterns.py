"""Which tables names and patterns mean."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.table_patterns import TablePatterns

TABLES = ["orders", "sales_2025", "sales_2026", "Sales", "[x]"]
VIEWS = ["sales_all"]


@pytest.mark.parametrize(
    ("wanted", "excluded", "include_views", "expected"),
    [
        (("*",), (), False, ("Sales", "[x]", "orders", "sales_2025", "sales_2026")),
        (("sales_*",), (), False, ("sales_2025", "sales_2026")),
        (("sales_*",), (), True, ("sales_2025", "sales_2026", "sales_all")),
        (("sales_*",), ("*_2025",), False, ("sales_2026",)),
        (("sales_202?", "orders"), (), False, ("orders", "sales_2025", "sales_2026")),
        (("o*", "sales_all"), (), False, ("orders", "sales_all")),
        (("*",), ("tmp_*", "orders", "Sales", "sales_*"), False, ("[x]",)),
        (("*", "[x]"), ("s*", "S*", "o*"), False, ("[x]",)),
    ],
)
def test_tables_are_found_by_names_and_patterns(
    wanted: tuple[str, ...], excluded: tuple[str, ...], include_views: object, expected: tuple[str, ...]
) -> None:
    patterns = TablePatterns(wanted, excluded, include_views=bool(include_views))
    assert Success(expected) == patterns.among(TABLES, VIEWS, "the database")


@pytest.mark.parametrize(
    ("wanted", "excluded", "cause"),
    [
        (("sale_*",), (), "tables: sale_* matches no table in the database, which has Sales, [x], orders"),
        (("s*", "order"), (), "tables: order is no table in the database, which has Sales"),
        (("*",), ("order",), "exclude_tables: order is no table in the database"),
        (("*",), ("*",), "exclude_tables leaves none of the tables in the database, which has Sales"),
        (("*_all",), (), "tables: *_all matches no table"),
    ],
)
def test_a_name_that_means_no_table_is_refused_with_those_that_are_there(
    wanted: tuple[str, ...], excluded: tuple[str, ...], cause: str
) -> None:
    found = TablePatterns(wanted, excluded).among(TABLES, VIEWS, "the database")
    assert isinstance(found, Failure)
    assert cause in found.failure().cause


def test_a_database_without_tables_says_so() -> None:
    found = TablePatterns(("*",)).among([], [], "the schema s")
    assert "in the schema s, which has no tables" in found.failure().cause


@given(st.text("ab*?", max_size=4), st.text("ab", max_size=4))
def test_a_pattern_matches_as_in_a_shell(pattern: str, name: str) -> None:
    assert fnmatchcase(name, pattern) == TablePatterns((pattern,)).matches(name)
