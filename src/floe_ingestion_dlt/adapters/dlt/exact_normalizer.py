"""dlt's normalizer of rows, with values that are never changed to fit a column.

dlt finds the normalizer by this module, and the class in it by its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from floe_ingestion_dlt.adapters.dlt.colliding_keys import same_column, same_table
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import RelationalNormalizer, Schema
from floe_ingestion_dlt.domain import exact_values as exact

Fits: TypeAlias = Callable[[Any], bool]
# The parts of a name, and the keys from which they come.
_Path: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
_Shape: TypeAlias = tuple[object, ...]
# A table by its name, and the table in which it is nested, if it is.
Table: TypeAlias = tuple[str, str | None]
_Leaf: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], bool]


def _never(_value: object) -> bool:
    return False


# Whether a value of the second type is exact in a column of the first one. Without an entry, dlt's conversion is exact, or it has none.
_FITS: Final[Mapping[tuple[str, str], Fits]] = {
    ("bool", "text"): exact.text_fits_boolean,
    ("bool", "bigint"): _never,
    ("bool", "double"): _never,
    ("bool", "decimal"): _never,
    ("bool", "wei"): _never,
    ("bigint", "text"): exact.text_fits_whole,
    ("bigint", "double"): exact.double_fits_whole,
    ("bigint", "decimal"): exact.decimal_fits_whole,
    ("double", "text"): exact.text_fits_double,
    ("double", "bigint"): exact.whole_fits_double,
    ("double", "decimal"): exact.decimal_fits_double,
    ("decimal", "text"): exact.text_fits_decimal,
    ("binary", "bigint"): _never,
    ("json", "text"): exact.is_json_of_several,
    ("timestamp", "text"): exact.text_fits_timestamp,
    ("date", "text"): exact.text_fits_date,
    ("date", "timestamp"): _never,
    ("date", "bigint"): exact.seconds_fit_date,
    ("date", "double"): exact.seconds_fit_date,
    ("time", "text"): exact.text_fits_time,
}


def fits(to_type: str, from_type: str, value: object) -> bool:
    """Whether a column of *to_type* holds the value exactly, as far as it is known without dlt's conversion."""
    rule = _FITS.get((to_type, from_type))
    return rule is None or rule(value)


def _shape(row: dict[str, Any]) -> _Shape:
    """The keys of a row and of its objects, and which of them have lists."""
    return tuple(
        (key, _shape(value) if type(value) is dict else (type(value) is list,)) for key, value in row.items()
    )


class DataItemNormalizer(RelationalNormalizer):
    """Refuses to convert a value that would not be the same in the column; dlt then gives it a column of its own.

    It refuses a row, too, in which two keys become one column or one nested table when objects are flattened.
    """

    def coerce_type(self, to_type: str, from_type: str, value: Any) -> Any:
        if (to_type, from_type) == ("text", "bool"):
            return "true" if value else "false"
        if not fits(to_type, from_type, value):
            raise ValueError(to_type)
        return super().coerce_type(cast("Any", to_type), cast("Any", from_type), value)

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self._distinct: set[tuple[str, _Shape]] = set()

    def flat_rows(self, item: object, table_name: str) -> Iterator[tuple[Table, Mapping[str, Any]]]:
        """The rows in an item, as dlt flattens them, each with its table; they get no ids."""
        root = self._normalize_table_identifier(table_name)
        row = item if isinstance(item, dict) else {self.c_value: item}
        yield from self._flat(row, (root,), None, self._get_table_nesting_level(root, self.max_nesting) or 0)

    def _flat(
        self, row: dict[str, Any], path: tuple[str, ...], parent: str | None, level: int
    ) -> Iterator[tuple[Table, Mapping[str, Any]]]:
        table = self._shorten_fragments(*path)
        flat, lists = self._flatten(table, row, level)
        yield (table, parent), flat
        for names, items in lists.items():
            nested = (*path, *names)
            for item in items:
                if type(item) is dict:
                    yield from self._flat(item, nested, table, level - 1)
                elif type(item) is list:
                    yield from self._flat({"list": item}, nested, table, level - 2)
                else:
                    yield (self._shorten_fragments(*nested), table), {self.c_value: item}

    def _flatten(
        self, table: str, dict_row: dict[str, Any], _r_lvl: int
    ) -> tuple[dict[str, Any], dict[tuple[str, ...], Sequence[Any]]]:
        row, lists = super()._flatten(table, dict_row, _r_lvl)
        if len(row) + len(lists) != len(dict_row) or any(type(value) is dict for value in dict_row.values()):
            shape = (table, _shape(dict_row))
            if shape not in self._distinct:
                self._check(table, dict_row, _r_lvl)
                self._distinct.add(shape)
        return row, lists

    def _check(self, table: str, row: dict[str, Any], level: int) -> None:
        columns, tables = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for names, keys, is_list in self._leaves(table, row, level, ((), ())):
            place = tables if is_list else columns
            place[self._shorten_fragments(*names)].append(".".join(keys))
        for column, same in columns.items():
            if len(same) > 1:
                throw(same_column(column, same))
        for name, same in tables.items():
            if len(same) > 1:
                throw(same_table(f"{table}__{name}", same))

    def _leaves(self, table: str, row: dict[str, Any], level: int, path: _Path) -> Iterator[_Leaf]:
        """The values that dlt finds in a row and in its objects: the parts of the name, the keys, and whether it is a list."""
        for key, value in row.items():
            name = self._normalize_identifier(key) if key and not key.isspace() else self.EMPTY_KEY_IDENTIFIER
            names, keys = (*path[0], name), (*path[1], key)
            is_kept = self._is_nested_type(table, self._shorten_fragments(*names), level)
            if type(value) is dict and not is_kept:
                yield from self._leaves(table, value, level - 1, (names, keys))
            else:
                yield names, keys, type(value) is list and not is_kept
