"""dlt's normalizer of rows, with values that are never changed to fit a column.

dlt finds the normalizer by this module, and the class in it by its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias, cast

from floe_ingestion_dlt.adapters.dlt.colliding_keys import same_column, same_table
from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention, table_columns
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import RelationalNormalizer, Schema
from floe_ingestion_dlt.domain import exact_values as exact
from floe_ingestion_dlt.domain.column_names import ColumnNames, NameStyle
from floe_ingestion_dlt.domain.exact_decimals import in_few_places

# Between an object and its field in the name of a column.
SEPARATOR: Final = "__"
Fits: TypeAlias = Callable[[Any], bool]
# The parts of a name, and the keys from which they come.
_Path: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
_Shape: TypeAlias = tuple[object, ...]
# A table by its name, and the table in which it is nested, if it is.
Table: TypeAlias = tuple[str, str | None]


class _Leaf(NamedTuple):
    """A value of a row: the parts of its name, its keys, its column, and whether it becomes a nested table."""

    path: tuple[str, ...]
    keys: tuple[str, ...]
    column: str
    value: Any
    is_list: bool


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
    ("decimal", "double"): exact.double_fits_decimal,
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
        coerced = super().coerce_type(cast("Any", to_type), cast("Any", from_type), value)
        # Of more places than it can have, pyarrow makes another number.
        return in_few_places(coerced) if isinstance(coerced, Decimal) else coerced

    @property
    def py_type_to_sc_type_map(self) -> dict[type[Any], Any]:
        """The types whose values dlt takes as they are; without decimals, which `coerce_type` is to see."""
        return {kind: name for kind, name in super().py_type_to_sc_type_map.items() if kind is not Decimal}

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
        columns = table_columns()
        if columns is not None and not (columns.of_root.is_plain and columns.of(table).is_plain):
            return self._named(table, dict_row, _r_lvl, columns.of(table))
        row, lists = super()._flatten(table, dict_row, _r_lvl)
        if len(row) + len(lists) != len(dict_row) or any(type(value) is dict for value in dict_row.values()):
            shape = (table, _shape(dict_row))
            if shape not in self._distinct:
                self._named(table, dict_row, _r_lvl)
                self._distinct.add(shape)
        return row, lists

    def _named(
        self, table: str, row: dict[str, Any], level: int, columns: ColumnNames | None = None
    ) -> tuple[dict[str, Any], dict[tuple[str, ...], Sequence[Any]]]:
        """The flattened row and its lists, by the names of the table's *columns*; refused if two keys have one name."""
        flat: dict[str, Any] = {}
        lists: dict[tuple[str, ...], Sequence[Any]] = {}
        keys_of = defaultdict[tuple[str, bool], list[str]](list)
        for leaf in self._leaves(table, row, level, columns, ((), ())):
            if leaf.is_list:
                table_path = self._table_path(leaf.path, leaf.keys)
                lists[table_path] = leaf.value
                name = self._shorten_fragments(*table_path)
            else:
                flat[leaf.column] = leaf.value
                # engines that know no case see one column
                name = leaf.column.lower()
            keys_of[name, leaf.is_list].append(".".join(leaf.keys))
        for (name, is_list), same in keys_of.items():
            if len(same) > 1:
                throw(same_table(f"{table}__{name}", same) if is_list else same_column(name, same))
        return flat, lists

    def _leaves(
        self, table: str, row: dict[str, Any], level: int, columns: ColumnNames | None, above: _Path
    ) -> Iterator[_Leaf]:
        """The values that dlt finds in a row and in its objects."""
        for key, value in row.items():
            path, keys = (*above[0], self._fragment(key, columns)), (*above[1], key)
            column = self._shorten_fragments(*path)
            name = column if columns is None else columns.in_table(column)
            is_kept = self._is_nested_type(table, name, level)
            if type(value) is dict and not is_kept:
                yield from self._leaves(table, value, level - 1, columns, (path, keys))
            else:
                yield _Leaf(path, keys, name, value, type(value) is list and not is_kept)

    def _table_path(self, path: tuple[str, ...], keys: tuple[str, ...]) -> tuple[str, ...]:
        """The parts of the name of the table that is nested under these keys, whose names are in *path*."""
        naming = NamingConvention()
        return (*map(naming.snake_identifier, path[:-1]), naming.normalize_table_identifier(keys[-1]))

    def _fragment(self, key: str, columns: ColumnNames | None) -> str:
        """The part of a column's name for a key; as it is, where the *columns* of the table are found by it."""
        if not key or key.isspace():
            return self.EMPTY_KEY_IDENTIFIER
        is_found = columns is not None and (SEPARATOR not in key or columns.style is NameStyle.AS_IS)
        return key if is_found else self._normalize_identifier(key)
