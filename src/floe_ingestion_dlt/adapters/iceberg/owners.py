"""Whose a table is, written down in one of its properties.

`floe.root` is `self` in a root table, so that it stays one under another name, and the full name of the root in a nested table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from floe_ingestion_dlt.domain.names import TableName

ROOT: Final = "floe.root"
SELF: Final = "self"


def owner_in(properties: Mapping[str, str], table: TableName) -> TableName | None:
    """The owner that the properties of *table* name."""
    written = properties.get(ROOT)
    if written is None or written == SELF:
        return None if written is None else table
    *namespace, name = written.split(".")
    return TableName(tuple(namespace), name)


def owner_properties(table: TableName, owner: TableName | None) -> dict[str, str]:
    """What is written down in *table*."""
    if owner is None:
        return {}
    return {ROOT: SELF if owner == table else str(owner)}
