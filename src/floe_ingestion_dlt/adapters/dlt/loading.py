"""From a package whose files are all staged to a load that is committed once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from floe_ingestion_dlt.adapters.dlt.carrier import TerminalFault, throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt.internals import get_nested_tables, has_table_seen_data
from floe_ingestion_dlt.adapters.dlt.package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.pauses import pauses
from floe_ingestion_dlt.adapters.dlt.state import state_text
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed, Fault
from floe_ingestion_dlt.domain.load import (
    Discarded,
    Load,
    Receipt,
    StagedFile,
    StoredState,
    TableWrite,
    summed,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append, Replace

if TYPE_CHECKING:
    from floe_ingestion_dlt.adapters.dlt.client import PortClient


def complete(client: PortClient, package: LoadPackage, load_id: str) -> None:
    """Commit what the package says, keep the receipts in it, and write dlt's own tables.

    dlt calls this again after a crash, in a process that remembers nothing: all it needs is in the package.
    """
    if package.failed():
        throw(_incomplete(load_id))
    files = _files_by_table(package)
    own = {name: files.pop(name) for name in client.schema.dlt_table_names() if name in files}
    load = Load(load_id, tuple(_writes(client, package, files)), _state(client, package))
    receipts = (
        value_or_throw(commit_once(load, client.port, pause=pauses(client.binding.clock)))
        if load.tables
        else ()
    )
    package.keep_receipts(_with_discarded(client, package, receipts))
    if load.tables or own:
        _keep_books(client, load_id, own)


def _keep_books(client: PortClient, load_id: str, own: dict[str, tuple[StagedFile, ...]]) -> None:
    """Write dlt's own tables; that they cannot be written is told, but the rows are in."""
    try:
        for name, staged in own.items():
            client.bookkeeping.append_once(load_id, name, staged)
        client.bookkeeping.keep_load(load_id)
    except TerminalFault as refused:
        throw(_rows_without_books(load_id, refused.fault))


def _files_by_table(package: LoadPackage) -> dict[str, tuple[StagedFile, ...]]:
    staged = package.staged()
    files: dict[str, tuple[StagedFile, ...]] = {}
    for job in package.completed():
        files[job.table_name] = (*files.get(job.table_name, ()), staged[job.job_id()])
    return files


def _writes(
    client: PortClient, package: LoadPackage, files: dict[str, tuple[StagedFile, ...]]
) -> list[TableWrite]:
    """One write for each table, a root before what is nested in it."""
    roots = [name for name in files if not client.schema.get_table(name).get("parent")]
    chains = {name: None for root in roots for name in _chain(client, root)}
    names = [*chains, *(name for name in files if name not in chains)]
    left_out = package.tables_left_out()
    writes = (_write(client, name, files.get(name, ())) for name in names if name not in left_out)
    return [write for write in writes if write.files or isinstance(write.mode, Replace)]


def _chain(client: PortClient, root: str) -> list[str]:
    """The root and the nested tables that have columns, and so are in the catalog."""
    tables = get_nested_tables(client.schema.tables, root)
    return [str(table["name"]) for table in tables if has_table_seen_data(table) and table["columns"]]


def _write(client: PortClient, name: str, files: tuple[StagedFile, ...]) -> TableWrite:
    replaces = client.prepare_load_table(name)["write_disposition"] == "replace"
    filled = tuple(file for file in files if file.rows)
    return TableWrite(client.table(name), Replace() if replaces else Append(), filled)


def _state(client: PortClient, package: LoadPackage) -> StoredState | None:
    document, root = package.pipeline_state(), client.binding.root_table
    if document is None or root is None or not value_or_throw(client.port.describe(root)):
        return None
    return StoredState(root, state_text(document))


def _with_discarded(
    client: PortClient, package: LoadPackage, receipts: tuple[Receipt, ...]
) -> tuple[Receipt, ...]:
    """The receipts with what the contract kept out of each table; whole tables are told with their root."""
    lost: dict[TableName, tuple[Discarded, ...]] = {}
    staged = package.staged()
    left_out = package.tables_left_out()
    for job in package.completed():
        name = job.table_name
        table = client.binding.root_table if name in left_out else client.table(name)
        if table is not None and job.job_id() in staged:
            lost[table] = summed((*lost.get(table, ()), *staged[job.job_id()].discarded))
    return tuple(replace(receipt, discarded=lost.get(receipt.table, ())) for receipt in receipts)


def _rows_without_books(load_id: str, fault: Fault) -> DestinationFailed:
    return DestinationFailed(
        f"the rows of load {load_id} are in their tables, but dlt's own tables could not be written: {fault.message}",
        Category.PARTIAL,
        f"Do not load these rows again. {fault.next_step}",
    )


def _incomplete(load_id: str) -> DestinationFailed:
    return DestinationFailed(
        f"load {load_id} has files that could not be staged, so none of it is committed",
        Category.PERMANENT,
        "Look for the failed file's error above, remove the cause, and run again.",
    )
