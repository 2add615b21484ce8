"""Values on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.cli.values import bound_of, range_of
from floe_ingestion_dlt.domain.window_bounds import Bound


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-17", -17),
        ("1.50", Decimal("1.50")),
        ("2026-03-01", date(2026, 3, 1)),
        ("2026-03-01T12:00:00", datetime(2026, 3, 1, 12)),  # noqa: DTZ001 - without a zone, as it is written
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ('"5"', "5"),
        ("'2026-03-01'", "2026-03-01"),
        ("acme", "acme"),
        ("true", "true"),
        ("null", "null"),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        ("[a", "[a"),
        ("{a: b}", "{a: b}"),
        ("2026-13-45", "2026-13-45"),
        ("a: b", "a: b"),
    ],
)
def test_a_value_is_read_as_in_yaml(text: str, value: Bound) -> None:
    found = bound_of(text)
    assert (type(value), value) == (type(found), found)


@given(st.text())
def test_every_text_is_some_value(text: str) -> None:
    assert isinstance(bound_of(text), int | Decimal | date | str)


def test_a_range_has_two_ends() -> None:
    assert (date(2026, 1, 1), date(2026, 2, 1)) == range_of("2026-01-01..2026-02-01")
    assert (1, 5) == range_of(" 1 .. 5 ")


@pytest.mark.parametrize("text", ["", "5", "..", "5..", "..5"])
def test_half_a_range_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"start\.\.end"):
        range_of(text)
