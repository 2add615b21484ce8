"""Texts of a cursor: those that have no one order are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.cursor_texts import CursorTexts, TextOrder
from floe_ingestion_dlt.domain.faults import SourceFailed

ORDERS = st.sampled_from(TextOrder)
DIGITLESS = st.text(st.characters(exclude_categories=["Nd", "Cs"]))


def seen(*texts: str) -> CursorTexts:
    return CursorTexts().seen(map(form, texts), (text[-6:] for text in texts))


def form(text: str) -> str:
    return "".join("0" if char in "0123456789" else char for char in text)


def refused(order: TextOrder, *texts: str) -> SourceFailed | None:
    return seen(*texts).unordered("u", order)


@pytest.mark.parametrize(
    "texts",
    [
        ("9", "10"),
        ("1.5", "10.25"),
        ("-5", "5"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z"),
        ("2024-01-01T00:00:00+01:00", "2024-07-01T00:00:00+02:00"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00+00:00"),
        ("2024-01-01 00:00:00", "2024-01-01T00:00:00"),
        ("2024-01-01", "2024-01-01T00:00:00"),
        ("2024-01-01", "n/a"),
        ("2024-01-01", "20240101"),
        ("2024-01-01", ""),
        ("9", "", "10"),
    ],
)
def test_texts_that_are_not_ordered_as_their_values_are_refused(texts: tuple[str, ...]) -> None:
    found = refused(TextOrder.CHARACTERS, *texts)
    assert found is not None
    assert "CAST" in found.next_step


@pytest.mark.parametrize(
    "texts",
    [
        ("20240131", "20240201"),
        ("000123", "000124"),
        ("2024-01-01T00:00:00Z", "2024-07-01T12:30:00Z"),
        ("2024-01-01T00:00:00+02:00", "2024-07-01T12:30:00+02:00"),
        ("01HV5", "01HV6", "12345"),
        ("deadbeef", "12345678"),
        ("B", "a"),
        ("", "a1"),
        ("2024-01-01", "2024-01-31"),
    ],
)
def test_texts_of_one_form_and_codes_are_ordered(texts: tuple[str, ...]) -> None:
    assert refused(TextOrder.CHARACTERS, *texts) is None


def test_a_source_that_compares_times_may_have_several_forms_of_them() -> None:
    forms = ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5+02:00", "2024-01-01")
    assert refused(TextOrder.MOMENTS, *forms) is None


@given(st.lists(DIGITLESS, min_size=1))
def test_texts_without_digits_are_ordered_by_their_characters(texts: list[str]) -> None:
    assert refused(TextOrder.CHARACTERS, *texts) is None


@pytest.mark.parametrize(
    "texts",
    [("B", "a"), ("anna",), ("a1", "b12"), ("a1", "B2"), ("a-1", "ab1"), ("ä1",), ("a 1", "a-1")],
)
def test_texts_that_a_collation_may_order_otherwise_are_refused_if_the_order_is_not_known(
    texts: tuple[str, ...],
) -> None:
    found = refused(TextOrder.UNKNOWN, *texts)
    assert found is not None
    assert "sql_database" in found.next_step


@pytest.mark.parametrize(
    "texts",
    [
        ("01HV5ZZA", "01HV6AAB", "12345678"),
        ("deadbeef-0001", "12345678-9999"),
        ("2024-01-01T00:00:00Z", "2024-07-01T12:30:00Z"),
        ("2024-01-01", "2024-01-31"),
        ("20240131", "20240201", ""),
        ("",),
    ],
)
def test_codes_and_times_of_one_form_have_the_same_order_everywhere(texts: tuple[str, ...]) -> None:
    assert refused(TextOrder.UNKNOWN, *texts) is None


@given(st.lists(st.text("aB1-: .T20", max_size=12), max_size=8), st.integers(0, 8), ORDERS)
def test_texts_in_parts_are_judged_like_all_at_once(texts: list[str], cut: int, order: TextOrder) -> None:
    in_parts = seen(*texts[:cut]).seen(map(form, texts[cut:]), (text[-6:] for text in texts[cut:]))
    assert in_parts == seen(*texts)
    assert in_parts.unordered("u", order) == refused(order, *texts)


@given(st.lists(st.text("abC-1", max_size=30), min_size=50))
def test_many_texts_keep_little(texts: list[str]) -> None:
    kept = seen(*texts)
    assert len(kept.shapes) <= 2
    assert len(kept.numbers) <= 2 * 30
