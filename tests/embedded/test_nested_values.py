"""Random objects and lists come back the same, whether they are JSON texts, structs, or nested tables that are joined."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.platforms import TABLE, Platform

# A plain type, a list of a shape, or an object with shapes.
Shape: TypeAlias = "str | list[Any] | dict[str, Any]"
PLAIN: Final[dict[str, st.SearchStrategy[Any]]] = {
    "long": st.integers(-(2**63), 2**63 - 1),
    "text": st.text('aä"\\\n😀{[', max_size=4) | st.just("007"),
    "boolean": st.booleans(),
    "double": st.floats(allow_nan=False, allow_infinity=False).map(
        lambda n: n + 0.5 if n.is_integer() else n
    ),
}
NAMES: Final = st.sampled_from("abc")


def _deeper(shapes: st.SearchStrategy[Shape]) -> st.SearchStrategy[Shape]:
    return shapes.map(lambda shape: [shape]) | st.dictionaries(NAMES, shapes, min_size=1, max_size=2)


SHAPES: Final[st.SearchStrategy[Shape]] = st.recursive(st.sampled_from([*PLAIN]), _deeper, max_leaves=4)


def values_of(shape: Shape, *, may_lack: bool = True) -> st.SearchStrategy[Any]:
    match shape:
        case str():
            some = PLAIN[shape]
        case list():
            return st.lists(values_of(shape[0], may_lack=not isinstance(shape[0], list)), max_size=2)
        case _:
            some = st.fixed_dictionaries({}, optional={name: values_of(each) for name, each in shape.items()})
    return st.none() | some if may_lack else some


@st.composite
def loads(draw: st.DrawFn) -> tuple[Shape, list[Any]]:
    shape = draw(SHAPES)
    return shape, draw(st.lists(values_of(shape), min_size=1, max_size=3))


def filled(value: Any) -> Any:
    """The value without what has no value at its end: null, an empty object, an empty list and a key that is missing are one to tables."""
    match value:
        case dict():
            kept = {name: filled(each) for name, each in value.items()}
            return {name: each for name, each in kept.items() if each is not None} or None
        case list():
            kept_items = [filled(each) for each in value]
            while kept_items and kept_items[-1] is None:
                kept_items.pop()
            return kept_items or None
        case _:
            return value


class Tables:
    """The rows of a table and of those that are nested in it."""

    def __init__(self, platform: Platform) -> None:
        self.rows: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for namespace, name in platform.catalog.list_tables("bronze"):
            if not name.startswith("_dlt"):
                for row in platform.catalog.load_table((namespace, name)).scan().to_arrow().to_pylist():
                    self.rows[name, row.get("_dlt_parent_id") or ""].append(row)

    def value(self, table: str, row: Mapping[str, Any], path: str, of: Shape) -> Any:
        match of:
            case str():
                return row.get(path)
            case dict():
                return {name: self.value(table, row, f"{path}__{name}", each) for name, each in of.items()}
            case _:
                return self.items(f"{table}__{path}", row["_dlt_id"], of[0])

    def items(self, table: str, parent: str, of: Shape) -> list[Any]:
        found: list[Any] = []
        for row in sorted(self.rows[table, parent], key=lambda row: row["_dlt_list_idx"]):
            found += [None] * (row["_dlt_list_idx"] - len(found))
            found.append(self.item(table, row, of))
        return found

    def item(self, table: str, row: Mapping[str, Any], of: Shape) -> Any:
        match of:
            case str():
                return row.get("value")
            case dict():
                return {name: self.value(table, row, name, each) for name, each in of.items()}
            case _:
                return self.items(f"{table}__list", row["_dlt_id"], of[0])


def joined(platform: Platform, shape: Shape) -> list[Any]:
    """The values of the nested tables in their root rows, in the order of the ids."""
    tables, root = Tables(platform), TABLE.rpartition(".")[2]
    rows = sorted(tables.rows[root, ""], key=lambda row: row["id"])
    return [filled(tables.value(root, row, "v", shape)) for row in rows]


def structs(platform: Platform, _shape: Shape) -> list[Any]:
    """The values of the column; where an item of a list has nothing in common with the others, they are JSON."""
    rows = [row.get("v") for row in platform.rows("id", *(platform.columns() & {"v"}))]
    return [filled(row) for row in rows]


def texts(platform: Platform, shape: Shape) -> list[Any]:
    rows = structs(platform, shape)
    return rows if isinstance(shape, str) else [row and filled(json.loads(row)) for row in rows]


READERS: Final[dict[str, Callable[[Platform, Shape], list[Any]]]] = {
    "json": texts,
    "struct": structs,
    "tables": joined,
}


@given(loads())
@settings(max_examples=12, deadline=None)
def test_nested_values_come_back_the_same_in_each_form(load: tuple[Shape, list[Any]]) -> None:
    shape, values = load
    for nested, read in READERS.items():
        with TemporaryDirectory() as folder:
            platform = Platform(Path(folder))
            lines = [json.dumps({"id": number, "v": value}) for number, value in enumerate(values)]
            (platform.data / "a.jsonl").write_text("\n".join(lines))
            source = {"format": "jsonl", "reader_options": {"nested": nested}}
            result = platform.load(source_config=source)
            assert result.success, result.errors
            assert [filled(value) for value in values] == read(platform, shape), nested
