"""Fields are left out by themselves; items of lists and pairs of maps are not."""

from __future__ import annotations

import pytest
from hypothesis import given

from floe_ingestion_dlt.domain.held_parts import Parts, parts_of, unheld_fields
from floe_ingestion_dlt.domain.schema import Column, ColumnType, ListOf, MapOf, Scalar, StructOf
from floe_ingestion_dlt.domain.wider_types import holds
from tests.unit.domain.strategies import column_types

LONG, TEXT = Scalar.LONG, Scalar.STRING


def struct(**kinds: ColumnType) -> StructOf:
    return StructOf(tuple(Column(name, kind) for name, kind in kinds.items()))


def without(kind: ColumnType, path: tuple[str, ...]) -> ColumnType:
    """The type without the field at the path."""
    match kind:
        case ListOf():
            return ListOf(without(kind.element, path[1:]))
        case MapOf():
            return MapOf(kind.key, without(kind.value, path[1:]))
        case StructOf():
            name, *below = path
            fields = (
                Column(f.name, without(f.type, tuple(below))) if f.name == name else f
                for f in kind.fields
                if f.name != name or below
            )
            return StructOf(tuple(fields))
        case _:
            raise AssertionError(kind)


def is_held(value: object, kind: ColumnType) -> bool:
    match kind:
        case StructOf(fields) if isinstance(value, dict):
            kinds = {field.name: field.type for field in fields}
            return all(k in kinds and (v is None or is_held(v, kinds[k])) for k, v in value.items())
        case ListOf(element) if isinstance(value, list):
            return all(v is None or is_held(v, element) for v in value)
        case MapOf() if isinstance(value, dict):
            return all(is_held(k, kind.key) and is_held(v, kind.value) for k, v in value.items())
        case Scalar.LONG:
            return isinstance(value, int)
        case _:
            return kind is Scalar.STRING and isinstance(value, str)


class TestUnheldFields:
    @pytest.mark.parametrize(
        ("table", "sent", "expected"),
        [
            (struct(a=LONG), struct(a=LONG, b=TEXT), (("b",),)),
            (struct(a=LONG), struct(a=TEXT, b=TEXT), (("a",), ("b",))),
            (ListOf(struct(a=LONG)), ListOf(struct(b=TEXT)), (("element", "b"),)),
            (MapOf(TEXT, struct(a=LONG)), MapOf(TEXT, struct(a=LONG, b=TEXT)), (("value", "b"),)),
            (struct(a=struct(b=LONG)), struct(a=struct(b=LONG, c=LONG)), (("a", "c"),)),
            (struct(a=ListOf(LONG)), struct(a=ListOf(TEXT)), (("a",),)),
            (struct(a=struct(b=LONG)), struct(a=TEXT), (("a",),)),
            (ListOf(LONG), ListOf(TEXT), None),
            (MapOf(LONG, struct(a=LONG)), MapOf(TEXT, struct(a=LONG)), None),
            (LONG, TEXT, None),
        ],
    )
    def test_they_are_those_that_the_column_cannot_hold(
        self, table: ColumnType, sent: ColumnType, expected: tuple[tuple[str, ...], ...] | None
    ) -> None:
        assert expected == unheld_fields(table, sent)

    @given(column_types, column_types)
    def test_without_them_the_column_holds_the_rest(self, table: ColumnType, sent: ColumnType) -> None:
        unheld = unheld_fields(table, sent)
        if unheld is None:
            assert not holds(table, sent)
        for path in unheld or ():
            sent = without(sent, path)
        assert unheld is None or holds(table, sent)

    @given(column_types, column_types)
    def test_none_is_left_out_of_what_the_column_holds(self, table: ColumnType, sent: ColumnType) -> None:
        assert holds(table, sent) == (unheld_fields(table, sent) == ())


class TestParts:
    @pytest.mark.parametrize(
        ("value", "kind", "expected"),
        [
            ({"a": 1}, struct(a=LONG), Parts({"a": 1}, None)),
            ({"a": 1, "b": 2}, struct(a=LONG), Parts({"a": 1}, {"b": 2})),
            ({"a": "x", "b": 2}, struct(a=LONG, b=LONG), Parts({"b": 2}, {"a": "x"})),
            ({"b": 2}, struct(a=LONG), Parts({}, {"b": 2})),
            ([{"a": 1}, None, {"b": 2}], ListOf(struct(a=LONG)), Parts([{"a": 1}, None, {}], [{"b": 2}])),
            ({"k": {"a": 1, "b": 2}}, MapOf(TEXT, struct(a=LONG)), Parts({"k": {"a": 1}}, {"k": {"b": 2}})),
            ({"a": {"b": 1, "c": 2}}, struct(a=struct(b=LONG)), Parts({"a": {"b": 1}}, {"a": {"c": 2}})),
            ({"a": [1, "x"], "b": 2}, struct(a=ListOf(LONG), b=LONG), Parts({"b": 2}, {"a": [1, "x"]})),
            ([1, "x"], ListOf(LONG), None),
            ({"k": "x"}, MapOf(TEXT, LONG), None),
            ("x", struct(a=LONG), None),
        ],
    )
    def test_a_column_gets_what_it_holds(
        self, value: object, kind: ColumnType, expected: Parts | None
    ) -> None:
        found = parts_of(value, kind, is_held)
        assert expected == found
        assert found is None or is_held(found.held, kind)
