"""Sends the changes of a load to their tables: all at once if the catalog can do that, else one after another.

In the second case a process may be killed between two tables. So the load is first announced in a property of its first table,
which is the root and is committed last: `floe.pending.<load id>` names the others. `repair` takes an announced load out of
them if it never reached the root.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pyiceberg.table.update import AssertTableUUID, SetPropertiesUpdate
from returns.result import Result

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import CatalogKind, kind_of
from floe_ingestion_dlt.adapters.iceberg.commit.repair import CatalogTables
from floe_ingestion_dlt.adapters.iceberg.internals import Change
from floe_ingestion_dlt.domain.faults import CommitFault
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.repair import repair, take_back


def send(catalog: Catalog, load_id: str, changes: Sequence[Change], between: Callable[[str], None]) -> None:
    """Send *changes*, which begin with the root's; *between* is called after each table but the last, with its name."""
    kind = kind_of(catalog)
    if kind.commits_together():
        kind.commit_together(changes)
        return
    root, *nested = changes
    if nested:
        _announce(kind, load_id, root.base, nested)
    for change in reversed(nested):
        kind.commit(change)
        between(".".join(change.base.name()))
    kind.commit(root)


def _announce(kind: CatalogKind[Catalog], load_id: str, root: Table, nested: Iterable[Change]) -> None:
    """Record in the root which tables will have the load before it does. Those that have it already are recorded there."""
    key = ledger.PENDING_PREFIX + load_id
    known = json.loads(root.properties.get(key, "[]"))
    names = [
        *known,
        *(list(change.base.name()) for change in nested if list(change.base.name()) not in known),
    ]
    if names != known:
        update = SetPropertiesUpdate(updates={key: json.dumps(names)})
        kind.commit(Change(root, (update,), (AssertTableUUID(uuid=root.metadata.table_uuid),)))


def repaired(catalog: Catalog, roots: Sequence[TableName], alive: str) -> Result[int, CommitFault]:
    """Take interrupted loads other than *alive* out of the nested tables of *roots*, and return the number of tables changed."""
    return repair(CatalogTables(catalog), () if kind_of(catalog).commits_together() else roots, alive)


def taken_back(catalog: Catalog, roots: Sequence[TableName], load_id: str) -> Result[int, CommitFault]:
    """Take one load, of which no request is in flight, out of the nested tables of *roots*, and return the number of tables changed."""
    return take_back(CatalogTables(catalog), () if kind_of(catalog).commits_together() else roots, load_id)
