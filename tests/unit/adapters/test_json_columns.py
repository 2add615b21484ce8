"""JSON values are exact in a column, or stand beside it: none is bent, and none is lost."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal as Number
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.json_columns import columns_of
from floe_ingestion_dlt.adapters.sources.json_values import MISFIT, fitted
from floe_ingestion_dlt.domain.schema import Column, ColumnType, Decimal, ListOf, MapOf, Scalar, StructOf

UTC = dt.UTC
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=5)
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=2), scalars, max_size=2)
wanted = st.none() | st.sampled_from([Scalar.LONG, Scalar.DOUBLE, Scalar.STRING, Scalar.BOOLEAN, Scalar.DATE])


def made(sent: list[Any], kind: ColumnType | None = None) -> dict[str, list[Any]]:
    columns = columns_of("v", sent, kind).unwrap()
    return pa.table(columns).to_pydict() if columns else {}


def is_same(sent: object, found: object) -> bool:
    """Whether a value was found as it was sent: itself, or as JSON."""
    if isinstance(found, str) and not isinstance(sent, str):
        return bool(json.loads(found) == sent)
    if isinstance(found, Number) and isinstance(sent, float):
        # a decimal has the number as JSON writes it, which is the shortest text that means this double
        return float(found) == sent
    return bool(sent == found) and isinstance(sent, bool) == isinstance(found, bool)


class TestColumns:
    @settings(deadline=None)
    @given(st.lists(values, min_size=1, max_size=6), wanted)
    @example([1180591620717411303423, 5.589907590376882e16], None)
    def test_each_value_is_in_exactly_one_column_and_equal(
        self, sent: list[Any], kind: ColumnType | None
    ) -> None:
        columns = made(sent, kind)
        for place, value in enumerate(sent):
            found = [column[place] for column in columns.values() if column[place] is not None]
            assert len(found) == (value is not None)
            assert all(is_same(value, each) for each in found)

    @settings(deadline=None)
    @given(st.lists(values, min_size=1, max_size=5), st.randoms())
    def test_the_order_of_the_values_is_of_no_account(self, sent: list[Any], random: Any) -> None:
        order = random.sample(range(len(sent)), len(sent))
        one, other = made(sent), made([sent[place] for place in order])
        assert {name: [column[place] for place in order] for name, column in one.items()} == other

    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            ([None, None], {}),
            ([1, "x", 3], {"v": [1, None, 3], "v__v_text": [None, "x", None]}),
            ([10, 10.5, 3], {"v": [10.0, 10.5, 3.0]}),
            ([2**53 + 1, 0.5], {"v": [None, 0.5], "v__v_bigint": [2**53 + 1, None]}),
            ([2**64, 1], {"v": [Number(2**64), Number(1)]}),
            ([10**40, 1], {"v": [None, 1], "v__v_text": [str(10**40), None]}),
            ([True, 5], {"v": [None, 5], "v__v_bool": [True, None]}),
            ([{"a": [1.5]}, "x"], {"v": ['{"a": [1.5]}', "x"]}),
        ],
    )
    def test_a_new_column_is_that_of_the_numbers(
        self, sent: list[Any], expected: dict[str, list[Any]]
    ) -> None:
        assert expected == made(sent)

    def test_digits_of_decimals_in_objects_are_kept(self) -> None:
        assert {"v": ['{"a": 1.10}']} == made([{"a": Number("1.10")}])

    def test_a_name_that_the_source_has_is_left_to_it(self) -> None:
        columns = columns_of("v", [1, "x"], None, {"v", "v__v_text"}).unwrap()
        assert ["v", "v__v_text_2"] == list(columns)

    @pytest.mark.parametrize("number", [float("1e999"), Number("1e999")])
    def test_a_number_that_is_too_large_for_a_double_is_refused(self, number: Any) -> None:
        assert 1 == columns_of("v", [1, number], None).failure().position

    def test_half_of_a_character_is_refused(self) -> None:
        misfit = columns_of("v", ["a", "\ud83d"], None).failure()
        assert (1, True) == (misfit.position, "surrogate" in misfit.reason)


STRUCT = StructOf((Column("a", Scalar.LONG), Column("b", Scalar.DATE)))


class TestFitted:
    @pytest.mark.parametrize(
        ("value", "kind", "expected"),
        [
            (2.0, Scalar.LONG, 2),
            (Number("2.00"), Scalar.LONG, 2),
            (2**31 - 1, Scalar.INT, 2**31 - 1),
            (3, Scalar.DOUBLE, 3.0),
            (1.5, Decimal(10, 2), Number("1.50")),
            (Number("1.500"), Decimal(10, 2), Number("1.50")),
            ("1.50", Decimal(10, 2), Number("1.50")),
            ("-0.5", Decimal(1, 1), Number("-0.5")),
            ("2026-01-31", Scalar.DATE, dt.date(2026, 1, 31)),
            ("10:30", Scalar.TIME, dt.time(10, 30)),
            ("10:30:01.5", Scalar.TIME, dt.time(10, 30, 1, 500_000)),
            ("2026-01-31T10:30:01.123456000", Scalar.TIMESTAMP, dt.datetime(2026, 1, 31, 10, 30, 1, 123_456)),  # noqa: DTZ001 - without a zone
            ("2026-01-31", Scalar.TIMESTAMP, dt.datetime(2026, 1, 31)),  # noqa: DTZ001 - without a zone
            ("2026-01-31 10:30Z", Scalar.TIMESTAMPTZ, dt.datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
            ("2026-01-31T10:30:00+0200", Scalar.TIMESTAMPTZ, dt.datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
            ("2026-01-31T10:30:00", Scalar.TIMESTAMPTZ, dt.datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
            (str(uuid.UUID(int=5)), Scalar.UUID, uuid.UUID(int=5).bytes),
            ([1, None], ListOf(Scalar.LONG), [1, None]),
            ({"b": "2026-01-31"}, STRUCT, {"b": dt.date(2026, 1, 31)}),
            ({"k": 1}, MapOf(Scalar.STRING, Scalar.LONG), [("k", 1)]),
        ],
    )
    def test_a_value_is_read_in_the_type_of_the_column(
        self, value: object, kind: ColumnType, expected: object
    ) -> None:
        assert expected == fitted(value, kind)

    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            (True, Scalar.LONG),
            ("1", Scalar.LONG),
            (2.5, Scalar.LONG),
            (2**31, Scalar.INT),
            (2**63, Scalar.LONG),
            (float("nan"), Scalar.LONG),
            (float("inf"), Scalar.LONG),
            (2**53 + 1, Scalar.DOUBLE),
            ("no", Scalar.BOOLEAN),
            (0, Scalar.BOOLEAN),
            (1.505, Decimal(10, 2)),
            (100, Decimal(4, 2)),
            ("01.5", Decimal(10, 2)),
            ("1e2", Decimal(10, 2)),
            (float("nan"), Decimal(10, 2)),
            ("20260131", Scalar.DATE),
            ("2026-02-30", Scalar.DATE),
            ("2026-01-31T00:00:00", Scalar.DATE),
            ("24:00", Scalar.TIME),
            ("10:30+01:00", Scalar.TIME),
            ("2026-01-31T10:30:00.1234567", Scalar.TIMESTAMP),
            ("2026-01-31T10:30:00Z", Scalar.TIMESTAMP),
            (1_700_000_000, Scalar.TIMESTAMPTZ),
            ("6f1c", Scalar.UUID),
            ("YQ==", Scalar.BINARY),
            ([1, "x"], ListOf(Scalar.LONG)),
            ({"a": 1, "z": 2}, STRUCT),
            ({"a": 1.5}, STRUCT),
            ("[1]", ListOf(Scalar.LONG)),
            (5, Scalar.STRING),
        ],
    )
    def test_what_a_column_cannot_hold_exactly_is_not_bent(self, value: object, kind: ColumnType) -> None:
        assert fitted(value, kind) is MISFIT
