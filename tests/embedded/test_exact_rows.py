"""Values of rows without types are exact in their column, or go the way of the schema contract, in any order of the rows."""

from __future__ import annotations

from typing import Any

import pytest

from floe_ingestion_dlt.domain.events import ValuesDiscarded
from tests.platforms import TABLE, Platform

MOMENT = "2026-01-01T00:00:00Z"
NINE_DIGITS = "2026-01-01T00:00:00.123456789Z"


def types_of(platform: Platform) -> dict[str, str]:
    fields = platform.catalog.load_table(TABLE).schema().fields
    return {field.name: str(field.field_type) for field in fields if not field.name.startswith("_dlt")}


def filled(platform: Platform) -> dict[int, dict[str, Any]]:
    """The values that are not null, by the rows' ids."""
    rows = [{name: value for name, value in row.items() if value is not None} for row in platform.rows()]
    return {
        row["id"]: {k: v for k, v in row.items() if k != "id" and not k.startswith("_dlt")} for row in rows
    }


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize(
    ("values", "types", "kept"),
    [
        ((10, 10.5, 3), {"v": "double"}, ({"v": 10.0}, {"v": 10.5}, {"v": 3.0})),
        ((12345, "01234"), {"v": "long", "v__v_text": "string"}, ({"v": 12345}, {"v__v_text": "01234"})),
        ((1, "0x10"), {"v": "long", "v__v_text": "string"}, ({"v": 1}, {"v__v_text": "0x10"})),
        ((True, 5), {"v": "long", "v__v_bool": "boolean"}, ({"v__v_bool": True}, {"v": 5})),
        ((True, "no"), {"v": "boolean", "v__v_text": "string"}, ({"v": True}, {"v__v_text": "no"})),
        (
            (2**53 + 1, 0.5),
            {"v": "long", "v__v_double": "double"},
            ({"v": 2**53 + 1}, {"v__v_double": 0.5}),
        ),
        ((MOMENT, NINE_DIGITS), {"v": "string"}, ({"v": MOMENT}, {"v": NINE_DIGITS})),
        ((MOMENT, "soon"), {"v": "string"}, ({"v": MOMENT}, {"v": "soon"})),
        ((1.5, MOMENT), {"v": "double", "v__v_text": "string"}, ({"v": 1.5}, {"v__v_text": MOMENT})),
    ],
)
def test_the_values_of_one_load_are_exact_in_any_order(
    platform: Platform,
    values: tuple[object, ...],
    types: dict[str, str],
    kept: tuple[dict[str, Any], ...],
    *,
    is_reversed: bool,
) -> None:
    rows = [{"id": number, "v": value} for number, value in enumerate(values)]
    assert platform.load(rows[::-1] if is_reversed else rows).success
    assert {"id": "long", **types} == types_of(platform)
    assert dict(enumerate(kept)) == filled(platform)


@pytest.mark.parametrize(
    ("first", "then", "place"),
    [
        (5, "01234", "v__v_text"),
        (5, 10.5, "v__v_double"),
        (0.5, 2**53 + 1, "v__v_bigint"),
        (True, 1, "v__v_bigint"),
        (True, "no", "v__v_text"),
        (MOMENT, NINE_DIGITS, "v__v_text"),
    ],
)
class TestLaterLoads:
    def test_a_value_that_does_not_fit_gets_a_column_of_its_own(
        self, platform: Platform, first: object, then: object, place: str
    ) -> None:
        assert platform.load([{"id": 1, "v": first}]).success
        assert platform.load([{"id": 2, "v": then}, {"id": 3, "v": first}]).success
        found = filled(platform)
        assert {place: then} == found[2]
        assert found[1] == found[3]

    def test_a_frozen_table_refuses_it(
        self, platform: Platform, first: object, then: object, place: str
    ) -> None:
        assert platform.load([{"id": 1, "v": first}]).success
        result = platform.load([{"id": 2, "v": then}], schema_contract="freeze")
        assert f"new column {place}" in result.errors[0]
        assert [1] == list(filled(platform))

    def test_a_contract_that_discards_values_counts_it(
        self, platform: Platform, first: object, then: object, place: str
    ) -> None:
        assert platform.load([{"id": 1, "v": first}]).success
        rows = [{"id": 2, "v": then}, {"id": 3, "v": first}]
        assert platform.load(rows, schema_contract="discard_value").success
        assert {} == filled(platform)[2]
        events = [heard.event for heard in platform.telemetry.events]
        assert [(place, 1)] == [(e.column, e.rows) for e in events if isinstance(e, ValuesDiscarded)]


def test_columns_stay_in_the_order_of_the_source(platform: Platform) -> None:
    first: dict[str, Any] = {"id": 1, "name": "a", "price": 10, "at": MOMENT, "end": None}
    rows = [first, {"id": 2, "price": 10.5, "end": 1}]
    assert platform.load(rows).success
    assert ["id", "name", "price", "at", "end"] == list(types_of(platform))


def test_nested_rows_and_objects_are_exact_too(platform: Platform) -> None:
    lines = [{"price": 10, "code": "01"}, {"price": 10.5, "code": 7}]
    assert platform.load([{"id": 1, "lines": lines, "at": {"lon": 1}}, {"id": 2, "at": {"lon": 1.5}}]).success
    assert "double" == types_of(platform)["at__lon"]
    rows = platform.rows("price", "code", "code__v_text", table=f"{TABLE}__lines")
    assert [(10.0, None, "01"), (10.5, 7, None)] == [tuple(row.values()) for row in rows]


def test_values_that_fit_exactly_fill_the_columns_of_the_table(platform: Platform) -> None:
    assert platform.load([{"id": 1, "n": 1, "d": 0.5, "b": True, "t": "x", "at": MOMENT}]).success
    assert platform.load([{"id": 2, "n": "2", "d": 7, "b": "true", "t": 5, "at": "2026-01-02"}]).success
    row = filled(platform)[2]
    assert {"n": 2, "d": 7.0, "b": True, "t": "5"} == {name: row[name] for name in ("n", "d", "b", "t")}
    assert "2026-01-02" == row["at"].date().isoformat()


def test_types_of_the_table_hold_where_dlt_has_forgotten_them(platform: Platform) -> None:
    assert platform.load([{"id": 1, "v": 5}]).success
    platform.forget_local_state()
    platform.forget_dlt_tables()
    assert platform.load([{"id": 2, "v": 10.5}, {"id": 3, "v": 6}]).success
    assert {1: {"v": 5}, 2: {"v__v_double": 10.5}, 3: {"v": 6}} == filled(platform)


class TestKeysThatMeet:
    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ({"a": {"b": 1}, "a__b": 2}, "the keys 'a.b', 'a__b', which all become the column a__b"),
            ({"a": {"b": {"c": 1}, "b__c": 2}}, "the keys 'a.b.c', 'a.b__c', which all become"),
            ({"lines": [{"A": 1, "a": 2}]}, "the keys 'A', 'a', which all become the column a"),
            ({"lines": [{"x": {"y": 1}, "x__y": 2}]}, "the keys 'x.y', 'x__y', which all become"),
            (
                {"a": {"b": [1]}, "a__b": [2]},
                "lists under the keys 'a.b', 'a__b', which all become the table",
            ),
            (
                {"a": [{"b": [1]}], "a__b": [2]},
                "rows of orders__a and of orders have lists that all become the table",
            ),
        ],
    )
    def test_keys_that_meet_when_objects_are_flattened_are_refused(
        self, platform: Platform, row: dict[str, Any], told: str
    ) -> None:
        result = platform.load([{"id": 1, **row}])
        assert told in result.errors[0]
        assert not platform.catalog.table_exists(TABLE)

    def test_keys_that_stay_apart_are_loaded(self, platform: Platform) -> None:
        assert platform.load([{"id": 1, "a": {"b": 1}}, {"id": 2, "a__b": 2}]).success
        assert {1: {"a__b": 1}, 2: {"a__b": 2}} == filled(platform)
