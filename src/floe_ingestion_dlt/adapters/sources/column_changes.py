"""The option `columns`: which columns of a source are taken, under which names and in which types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from floe_ingestion_dlt.adapters.sources.decimals import decimal_parameters
from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, Scalar
from floe_ingestion_dlt.domain.source_columns import OTHERS, ColumnChange

# The words of Iceberg, and those of `column_types`.
_TYPES: Final[Mapping[str, ColumnType]] = {
    **{kind.value: kind for kind in Scalar},
    "bool": Scalar.BOOLEAN,
    "int32": Scalar.LONG,
    "int64": Scalar.LONG,
    "float32": Scalar.FLOAT,
    "float64": Scalar.DOUBLE,
    "date32": Scalar.DATE,
    "time64[us]": Scalar.TIME,
    "timestamp[us]": Scalar.TIMESTAMP,
    "timestamp[us, tz=UTC]": Scalar.TIMESTAMPTZ,
}
_DROP: Final = "drop"
_KEEP: Final = "keep"
_FIELDS: Final = frozenset({"name", "type"})


def column_changes(given: object) -> dict[str, ColumnChange]:
    """The changes in the option's forms: a list of the columns to take, or for each column a type, `drop`, `keep` or `{name, type}`.

    Raises ValueError for anything else.
    """
    match given:
        case Mapping():
            return {str(name): _change(str(name), change) for name, change in given.items()}
        case list() | tuple() if given and all(isinstance(name, str) and name.strip() for name in given):
            return {str(name): ColumnChange() for name in given} | {OTHERS: ColumnChange(is_dropped=True)}
        case _:
            raise ValueError(
                "columns are needed: a list of names, or a mapping of names to a type, drop, keep or {name, type}"
            )


def _change(column: str, given: object) -> ColumnChange:
    if column == OTHERS and given not in {_DROP, _KEEP}:
        raise ValueError(f"{OTHERS!r} stands for all columns that are not named: set it to drop or keep")
    match given:
        case ColumnChange():
            return given
        case "drop":
            return ColumnChange(is_dropped=True)
        case "keep":
            return ColumnChange()
        case str():
            return ColumnChange(type=_type(column, given))
        case Mapping() if (
            given
            and set(given) <= _FIELDS
            and all(isinstance(text, str) and text.strip() for text in given.values())
        ):
            kind = given.get("type")
            return ColumnChange(given.get("name"), None if kind is None else _type(column, kind))
        case _:
            raise ValueError(f"{column}: a type, drop, keep, or a mapping with name, type or both is needed")


def _type(column: str, name: str) -> ColumnType:
    spelled = name.replace("decimal(", "decimal128(")
    if (parameters := decimal_parameters(spelled)) is not None:
        return Decimal(*parameters)
    if name in _TYPES:
        return _TYPES[name]
    known = ", ".join(kind.value for kind in Scalar)
    raise ValueError(
        f"{column}: {name!r} is neither a type nor drop or keep; the types are {known}, decimal(precision, scale)"
    )
