"""Converts Arrow values to the type of a column, at every level of nesting.

pyarrow's own casts refuse a null in an optional struct that has a required field, and cannot match fields by
their ids. Here a required field must have a value only if its parent is not null, and a null never becomes an empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as at

from floe_ingestion_dlt.adapters.arrow.exact_casts import cast_exactly
from floe_ingestion_dlt.adapters.arrow.stubs import Array, Field, lists_of

FIELD_ID: Final = b"PARQUET:field_id"


class MisfitError(pa.ArrowInvalid):
    """A column cannot hold the values. Unlike Arrow's own errors, the text quotes none of them."""


def by_name(has: Field) -> Hashable:
    return has.name


def by_id(has: Field) -> int | None:
    """The Iceberg id in a field's metadata, where Parquet keeps it; None if there is none."""
    found = (has.metadata or {}).get(FIELD_ID)
    return None if found is None else int(found)


@final
@dataclass(frozen=True, slots=True)
class Fitting:
    """How values are converted to columns of other types.

    Fields of structs are matched by *key*. Fields that the values lack are null, or get the value in *defaults* for
    their key. Fields that the target lacks are an error, unless the values are *as_stored*: then these fields belong to
    dropped columns, and times that are more precise than the table's are truncated.
    """

    key: Callable[[Field], Hashable] = by_name
    as_stored: bool = False
    defaults: Mapping[Hashable, object] = field(default_factory=dict)

    def fitted(self, values: Array, has: Field, target: Field, parent_nulls: int = 0) -> Array:
        """*values* of the field *has*, converted to the type of the field *target*.

        *parent_nulls* of them are null because their parent is. Raises pyarrow.ArrowInvalid if a value would
        change, or a required one is missing.
        """
        missing = 0 if target.nullable else values.null_count - parent_nulls
        if missing:
            raise MisfitError(f"field {target.name} is required, and is null {missing} times")
        if values.null_count == len(values):
            return nothing(len(values), target)
        made = self._nested(values, has, target) if at.is_nested(target.type) else self._plain(values, target)
        return made if target.nullable else without_validity(made)

    def absent(self, rows: int, target: Field, parent_nulls: int) -> Array:
        """The values of a field that the data lacks."""
        default = self.defaults.get(self.key(target))
        if default is not None:
            repeated: Array = pa.repeat(pa.scalar(default, target.type), rows)
            return repeated
        if not target.nullable and parent_nulls < rows:
            raise MisfitError(f"field {target.name} is required, and is not there")
        return nothing(rows, target)

    def _plain(self, values: Array, target: Field) -> Array:
        kind: pa.DataType = target.type
        if values.type == kind:
            return values
        if isinstance(values, pa.DictionaryArray):
            values = values.dictionary_decode()
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        if isinstance(kind, pa.BaseExtensionType):
            storage = self._plain(values, pa.field(target.name, kind.storage_type))
            return pa.ExtensionArray.from_storage(kind, storage)
        if at.is_floating(kind) and at.is_floating(values.type) and values.type.bit_width > kind.bit_width:
            raise MisfitError(f"field {target.name} has {values.type}, which {kind} cannot keep")
        if at.is_decimal(kind):
            return cast_exactly(values, kind)
        cast: Array = pc.call_function("cast", [values], self._options(values.type, kind))
        return cast

    def _options(self, has: pa.DataType, kind: pa.DataType) -> pc.CastOptions:
        finer = at.is_temporal(has) and getattr(has, "unit", "") == "ns"
        return pc.CastOptions(
            kind, allow_time_truncate=self.as_stored and finer, allow_invalid_utf8=self.as_stored
        )

    def _nested(self, values: Array, has: Field, target: Field) -> Array:
        if at.is_null(values.type):
            return nothing(len(values), target)
        mask = values.is_null() if values.null_count and target.nullable else None
        match values, has.type, target.type:
            case pa.StructArray(), pa.StructType() as stored, pa.StructType() as kind:
                children = list(self._children(values, stored, kind))
                return pa.StructArray.from_arrays(children, fields=list(kind), mask=mask)
            case pa.MapArray(), pa.MapType() as stored, pa.MapType() as kind:
                return self._map(values, stored, kind, mask)
            case (
                pa.ListArray() | pa.LargeListArray() | pa.FixedSizeListArray(),
                pa.ListType() | pa.LargeListType() | pa.FixedSizeListType() as stored,
                pa.ListType() | pa.LargeListType() as kind,
            ):
                items = self.fitted(
                    items_of(values, stored.value_field), stored.value_field, kind.value_field
                )
                return lists_of(kind, item_offsets(values), items, mask=mask)
            case _:
                raise MisfitError(f"field {target.name} has {has.type}, which is no {target.type}")

    def _children(self, values: pa.StructArray, has: pa.StructType, kind: pa.StructType) -> Iterator[Array]:
        # In flattened fields, the struct's nulls are nulls too.
        found = {self.key(one): (one, child) for one, child in zip(has, values.flatten(), strict=True)}
        named = {self.key(one) for one in kind}
        strangers = [
            key for key, (one, _) in found.items() if key not in named and _may_have_values(one.type)
        ]
        if strangers and not self.as_stored:
            raise MisfitError(f"{kind} has no place for {', '.join(map(str, strangers))}")
        for target in kind:
            if self.key(target) in found:
                one, child = found[self.key(target)]
                yield self.fitted(child, one, target, values.null_count)
            else:
                yield self.absent(len(values), target, values.null_count)

    def _map(
        self,
        values: Array,
        has: pa.MapType[pa.DataType, pa.DataType],
        kind: pa.MapType[pa.DataType, pa.DataType],
        mask: Array | None,
    ) -> Array:
        entries = entries_of(values)
        pairs = items_of(entries, entries.type.value_field)
        keys = self.fitted(pc.struct_field(pairs, 0), has.key_field, kind.key_field)
        items = self.fitted(pc.struct_field(pairs, 1), has.item_field, kind.item_field)
        return lists_of(kind, item_offsets(entries), keys, items, mask=mask)


def _may_have_values(kind: pa.DataType) -> bool:
    """Whether values of this type can be others than nulls, empty lists, and structs of such."""
    if isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        return _may_have_values(kind.value_type)
    if isinstance(kind, pa.StructType):
        return any(_may_have_values(field.type) for field in kind)
    return not at.is_null(kind)


def nothing(rows: int, target: Field) -> Array:
    """So many nulls. In a required field they have no validity, because Parquet's writer refuses nulls there, even below a null parent."""
    match target.type:
        case pa.StructType() as kind:
            children = [nothing(rows, child) for child in kind]
            mask = pa.repeat(pa.scalar(value=True), rows) if target.nullable else None
            return pa.StructArray.from_arrays(children, fields=list(kind), mask=mask)
        case pa.MapType() as kind if not target.nullable:
            return lists_of(kind, _no_offsets(rows), pa.nulls(0, kind.key_type), pa.nulls(0, kind.item_type))
        case pa.ListType() | pa.LargeListType() as kind if not target.nullable:
            return lists_of(kind, _no_offsets(rows), pa.nulls(0, kind.value_type))
        case _:
            nulls: Array = pa.nulls(rows, target.type)
            return nulls if target.nullable else without_validity(nulls)


def without_validity(values: Array) -> Array:
    """The same values, marked as not null. The null ones are never read."""
    if not values.null_count:
        return values
    if isinstance(values, pa.ExtensionArray):
        return pa.ExtensionArray.from_storage(values.type, without_validity(values.storage))
    buffers = [None, *values.buffers()[1:]]
    return pa.Array.from_buffers(values.type, len(values), buffers, 0, values.offset)


def entries_of(maps: Array) -> Array:
    """The maps as lists of pairs."""
    kind = maps.type
    pair = pa.field("entries", pa.struct([kind.key_field, kind.item_field]), nullable=False)
    entries: Array = maps.cast(pa.list_(pair))
    return entries


def items_of(lists: Array, item: Field) -> Array:
    """The items of all *lists* that are not null."""
    is_empty = lists.null_count == len(
        lists
    )  # for such lists pyarrow fails if the items have an extension type
    items: Array = pa.nulls(0, item.type) if is_empty else pc.call_function("list_flatten", [lists])
    return items


def item_offsets(lists: Array) -> Array:
    """The position of each list's first item among the flattened items."""
    lengths: Array = pc.call_function("list_value_length", [lists])
    ends = pc.cumulative_sum(lengths.fill_null(0).cast(pa.int64()))
    return pa.concat_arrays([pa.array([0], pa.int64()), ends])


def _no_offsets(rows: int) -> Array:
    """The offsets of so many empty lists."""
    return pa.array([0] * (rows + 1), pa.int64())
