"""Finds and deletes the files that killed and refused loads left at a namespace's tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Fault, Invalid
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import Destination, Leftover

# Long enough for a load that is being staged now, and for clocks that differ.
YOUNGEST: Final = timedelta(hours=1)


def leftovers_in(
    destination: Destination, namespace: tuple[str, ...], older_than: timedelta, *, remove: bool
) -> Result[tuple[Leftover, ...], Fault]:
    """The leftovers at all tables of *namespace*; with *remove*, each table's are deleted before the next table is searched."""
    if older_than < YOUNGEST:
        return Failure(_too_young(older_than))
    return _tables_in(destination, namespace).bind(
        lambda tables: _at_each(destination, tables, older_than, remove=remove)
    )


def _tables_in(destination: Destination, namespace: tuple[str, ...]) -> Result[tuple[TableName, ...], Fault]:
    missing = Invalid("namespace", ".".join(namespace), "a namespace that the catalog has")
    is_there: Result[bool, Fault] = destination.has_namespace(namespace)
    return is_there.bind(lambda found: destination.tables_in(namespace) if found else Failure(missing))


def _at_each(
    destination: Destination, tables: Iterable[TableName], older_than: timedelta, *, remove: bool
) -> Result[tuple[Leftover, ...], Fault]:
    all_found: list[Leftover] = []
    for table in tables:
        found = destination.leftovers(table, older_than)
        if isinstance(found, Failure):
            return found
        removed = destination.remove_leftovers(table, found.unwrap()) if remove else Success(None)
        if isinstance(removed, Failure):
            return removed
        all_found += found.unwrap()
    return Success(tuple(all_found))


def _too_young(older_than: timedelta) -> Invalid:
    return Invalid(
        "older_than",
        str(older_than),
        f"at least {YOUNGEST}, so that no file is deleted that a running load has just staged",
    )
