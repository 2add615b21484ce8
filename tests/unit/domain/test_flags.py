from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.merge.flags import BLANKS, DELETING_TEXTS, KEEPING_TEXTS, can_flag, deletes
from floe_ingestion_dlt.domain.schema import ColumnType, Fixed, ListOf, Scalar
from floe_ingestion_dlt.domain.schema import Decimal as DecimalType

blanks = st.text(BLANKS, max_size=2)
words = st.sampled_from([*DELETING_TEXTS, *KEEPING_TEXTS, "x", "ja", "active", "2"])
texts = st.builds(
    lambda before, word, after, case: before + case(word) + after,
    blanks,
    words,
    blanks,
    st.sampled_from([str.upper, str.lower, str.title]),
)


class TestDeletes:
    @pytest.mark.parametrize(
        "value", [True, 1, 1.0, Decimal("1.00"), "Y", " True ", "1", "DELETED", dt.date(2026, 1, 1)]
    )
    def test_yes(self, value: object) -> None:
        assert deletes(value) is True

    @pytest.mark.parametrize("value", [None, False, 0, -0.0, Decimal("0.00"), "N", "false", "0", "", "  "])
    def test_no(self, value: object) -> None:
        assert deletes(value) is False

    @pytest.mark.parametrize(
        "value", [2, -1, 0.5, float("nan"), Decimal("1.1"), "X", "2026-01-01", b"1", [], dt.time(1)]
    )
    def test_neither(self, value: object) -> None:
        assert deletes(value) is None

    @given(words, blanks, blanks)
    def test_case_and_blanks_around_a_text_do_not_matter(self, word: str, before: str, after: str) -> None:
        assert deletes(word) == deletes(before + word.upper() + after)

    @given(st.datetimes(timezones=st.none() | st.just(dt.UTC)) | st.dates())
    def test_any_moment_is_the_time_of_a_deletion(self, moment: dt.date) -> None:
        assert deletes(moment) is True

    def test_no_text_means_both(self) -> None:
        assert not set(DELETING_TEXTS) & set(KEEPING_TEXTS)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Scalar.BOOLEAN, True),
        (Scalar.LONG, True),
        (DecimalType(38, 9), True),
        (Scalar.TIMESTAMPTZ, True),
        (Scalar.TIME, False),
        (Scalar.BINARY, False),
        (Scalar.UUID, False),
        (Fixed(1), False),
        (ListOf(Scalar.BOOLEAN), False),
    ],
)
def test_a_type_flags_rows_if_a_value_of_it_can_say_yes(kind: ColumnType, *, expected: bool) -> None:
    assert expected is can_flag(kind)
