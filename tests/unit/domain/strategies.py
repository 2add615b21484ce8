"""Values of the domain, drawn at random; small alphabets make names and types meet often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, get_args, get_type_hints

from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.adapters.sources.rest_api.settings import RestApi
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import KINDS, Category, Fault, Invalid, SchemaChange
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.merge import STRATEGIES, DedupSort, Order
from floe_ingestion_dlt.domain.names import TableName, is_plain_name
from floe_ingestion_dlt.domain.schema import (
    Column,
    ColumnType,
    Decimal,
    Fixed,
    ListOf,
    MapOf,
    Scalar,
    StructOf,
    TableSchema,
)
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.domain.write_modes import (
    Append,
    Merge,
    Replace,
    WriteMode,
)

words: Final = st.text(min_size=1, max_size=12).filter(str.strip)
categories: Final = st.sampled_from(Category)

ascii_parts: Final = st.from_regex(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,5}[A-Za-z0-9_])?", fullmatch=True)
any_parts: Final = st.text(
    st.characters(categories=["L", "N"], include_characters="_-ABab"), min_size=1, max_size=6
).filter(is_plain_name)
parts: Final = ascii_parts | any_parts
tables: Final = st.builds(TableName, st.lists(parts, min_size=1, max_size=3).map(tuple), parts).filter(
    lambda table: not table.is_dlts_own
)

column_names: Final = st.sampled_from(
    [
        "a",
        "b",
        "a__v_text",
        "a__v_bigint",
        "a__v_double",
        "a__v_decimal",
        "a__v_json",
        "a__v_text_2",
        "b__v_text",
    ]
)
decimals: Final = st.builds(Decimal, st.integers(10, 13), st.integers(2, 3))
plain_types: Final = st.sampled_from(Scalar) | decimals | st.builds(Fixed, st.integers(1, 2))


def _nested(kinds: st.SearchStrategy[ColumnType]) -> st.SearchStrategy[ColumnType]:
    fields = st.lists(st.builds(Column, column_names, kinds), min_size=1, max_size=2, unique_by=_name)
    return st.builds(ListOf, kinds) | st.builds(MapOf, kinds, kinds) | st.builds(StructOf, fields.map(tuple))


def _name(column: Column) -> str:
    return column.name


column_types: Final[st.SearchStrategy[ColumnType]] = st.recursive(plain_types, _nested, max_leaves=3)
# Types that widen into each other or share a variant's name, so that what depends on that is met often.
kindred_types: Final[st.SearchStrategy[ColumnType]] = (
    st.sampled_from([Scalar.INT, Scalar.LONG, Scalar.FLOAT, Scalar.DOUBLE, Scalar.STRING, Scalar.UUID])
    | decimals
    | st.builds(ListOf, st.sampled_from([Scalar.INT, Scalar.LONG]))
)
columns: Final = st.builds(Column, column_names, kindred_types | column_types)
# Few names and types: here a column, its variants and its wider self meet in most examples.
close_columns: Final = st.builds(
    Column,
    st.sampled_from(["a", "a__v_text", "a__v_bigint", "a__v_bigint_2"]),
    st.sampled_from([Scalar.INT, Scalar.LONG, Scalar.STRING]),
)
schemas: Final = st.one_of(
    st.lists(close_columns, max_size=3, unique_by=_name), st.lists(columns, max_size=5, unique_by=_name)
).map(lambda found: TableSchema(tuple(found)))
incoming_schemas: Final = st.lists(schemas, max_size=4).map(tuple)

contracts: Final = st.sampled_from(SchemaContract)
keys: Final = st.lists(words, min_size=1, max_size=3, unique=True).map(tuple)
dedup_sorts: Final = st.builds(DedupSort, words, st.sampled_from(Order))
merges: Final = st.builds(
    Merge, st.sampled_from(STRATEGIES), keys, st.none() | words, st.none() | dedup_sorts
)
write_modes: Final[st.SearchStrategy[WriteMode]] = st.one_of(st.just(Append()), st.just(Replace()), merges)

secrets: Final = st.builds(Secret, words)
_names: Final = st.lists(parts, min_size=1, max_size=4, unique=True).map(tuple)
rest_apis: Final = st.builds(RestApi, st.just({}), _names, st.none() | secrets)
databases: Final = st.builds(SqlDatabase, st.none() | secrets, st.just(()) | _names, st.none() | words)
file_sources: Final = st.builds(
    Filesystem, words, st.sampled_from(FileFormat), words, st.just({}), st.none() | secrets
)
sources: Final[st.SearchStrategy[SourceSettings]] = st.one_of(rest_apis, databases, file_sources)
plans: Final = st.builds(LoadPlan, sources, words, tables, write_modes, contracts, st.none() | words)

changes_told: Final = st.builds(SchemaChange, words, words, words)
_DRAWN: Final[Mapping[object, st.SearchStrategy[Any]]] = {
    str: words,
    int: st.integers(0, 10**12),
    str | None: st.none() | words,
    Category: categories,
    tuple[str, ...]: st.lists(words, min_size=1, max_size=3).map(tuple),
    tuple[SchemaChange, ...]: st.lists(changes_told, min_size=1, max_size=3).map(tuple),
}


def _of_kind(kind: type[Fault]) -> st.SearchStrategy[Fault]:
    """Faults of one kind, with all that it does not fill in itself."""
    types = get_type_hints(kind)
    needed = {field.name: _DRAWN[types[field.name]] for field in fields(kind) if field.default is MISSING}
    return st.builds(kind, **needed)


faults: Final[st.SearchStrategy[Fault]] = st.one_of(
    [st.builds(Invalid, words, st.none() | st.text(), words), *map(_of_kind, KINDS)]
)


def samples_of(union: object) -> st.SearchStrategy[Any]:
    """Values of each kind in a closed *union* of dataclasses."""
    return st.one_of(*(st.from_type(kind) for kind in get_args(union)))
