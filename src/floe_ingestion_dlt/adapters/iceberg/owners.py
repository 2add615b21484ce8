"""The owner of a table, recorded in a property.

`floe.root` is `self` in a root table, so that it stays valid if the table is renamed, and the root's full name in a nested table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from floe_ingestion_dlt.domain.names import TableName

ROOT: Final = "floe.root"
SELF: Final = "self"


def owner_in(properties: Mapping[str, str], table: TableName) -> TableName | None:
    """The owner of *table*, by its properties."""
    written = properties.get(ROOT)
    if written is None or written == SELF:
        return None if written is None else table
    *namespace, name = written.split(".")
    return TableName(tuple(namespace), name)


def owner_properties(table: TableName, owner: TableName | None) -> dict[str, str]:
    """The properties that record the owner in *table*."""
    if owner is None:
        return {}
    return {ROOT: SELF if owner == table else str(owner)}
