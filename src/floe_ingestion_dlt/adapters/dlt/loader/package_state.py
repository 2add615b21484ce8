"""The sections of ours in the state of dlt's package: what a load has staged, sent and committed, as JSON and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, NotRequired, TypedDict, final

from floe_ingestion_dlt.adapters.arrow.types import schema_from_text, text_of
from floe_ingestion_dlt.adapters.dlt_api.internals import TLoadPackageState
from floe_ingestion_dlt.domain.faults import SchemaChange
from floe_ingestion_dlt.domain.load import Discarded, Load, Receipt, StagedFile, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append

STAGED: Final = "floe_staged"
RECEIPTS: Final = "floe_receipts"
LEFT_OUT: Final = "floe_tables_left_out"
SENT: Final = "floe_sent"
GROWTH: Final = "floe_growth"
CHANGED_FILES: Final = "floe_changed_files"
COPIES: Final = "floe_copies"


@final
@dataclass(frozen=True, slots=True)
class Growth:
    """The columns that a table gets or has widened, and the changes in words."""

    columns: TableSchema
    changes: tuple[SchemaChange, ...] = ()


NO_GROWTH: Final = Growth(NO_COLUMNS)


class DiscardedEntry(TypedDict):
    """One column's values that were discarded."""

    column: str
    rows: int


class StagedEntry(TypedDict):
    """A staged file; earlier releases did not write all fields."""

    path: str
    rows: int
    bytes: int
    discarded: list[DiscardedEntry]
    layout: NotRequired[int]
    columns: NotRequired[int]


class ReceiptEntry(TypedDict):
    """What was committed to one table."""

    namespace: list[str]
    table: str
    rows: int
    bytes: int
    files: int
    snapshot_id: int | None
    discarded: list[DiscardedEntry]
    deleted: NotRequired[int]


class GrowthEntry(TypedDict):
    """The columns that a table gets, as Arrow writes them, and the changes."""

    columns: str
    changes: list[dict[str, str]]


def section(state: TLoadPackageState, key: str) -> dict[str, Any]:
    """The entries under *key* in a package's saved state."""
    return dict(state.get("destination_state", {}).get(key, {}))


def may_be_on_its_way(state: TLoadPackageState) -> bool:
    """Whether a request for the load was sent and its outcome is not known yet."""
    return bool(section(state, SENT).get("is_open", False))


def staged_load(load_id: str, state: TLoadPackageState, namespace: tuple[str, ...]) -> Load:
    """The load of all files that were staged."""
    writes = (
        TableWrite(TableName(namespace, job.split(".")[0]), Append(), files)
        for job, staged in section(state, STAGED).items()
        if (files := tuple(file for file in staged_files(staged) if file.path))
    )
    return Load(load_id, tuple(writes))


def receipts_in(state: TLoadPackageState) -> tuple[Receipt, ...]:
    """The receipts in a package's saved state."""
    return tuple(map(_receipt, section(state, RECEIPTS).values()))


def staged_files(entries: Iterable[StagedEntry]) -> tuple[StagedFile, ...]:
    """The staged files of one job."""
    return tuple(
        StagedFile(
            entry["path"],
            entry["rows"],
            entry["bytes"],
            _discarded(entry["discarded"]),
            entry.get("layout", 0),
            entry.get("columns", 0),
        )
        for entry in entries
    )


def growth_entry(growth: Growth) -> GrowthEntry:
    """The growth of a table as it is kept."""
    return {"columns": text_of(growth.columns), "changes": [asdict(change) for change in growth.changes]}


def growth_in(entry: GrowthEntry) -> Growth:
    """The growth of a table that was kept."""
    return Growth(
        schema_from_text(entry["columns"]), tuple(SchemaChange(**change) for change in entry["changes"])
    )


def receipt_entry(receipt: Receipt) -> ReceiptEntry:
    """A receipt as it is kept."""
    return {
        "namespace": list(receipt.table.namespace),
        "table": receipt.table.name,
        "rows": receipt.rows,
        "bytes": receipt.bytes,
        "files": receipt.files,
        "snapshot_id": receipt.snapshot_id,
        "discarded": [{"column": each.column, "rows": each.rows} for each in receipt.discarded],
        "deleted": receipt.deleted,
    }


def _receipt(entry: ReceiptEntry) -> Receipt:
    return Receipt(
        table=TableName(tuple(entry["namespace"]), entry["table"]),
        rows=entry["rows"],
        bytes=entry["bytes"],
        files=entry["files"],
        snapshot_id=entry["snapshot_id"],
        discarded=_discarded(entry["discarded"]),
        deleted=entry.get("deleted", 0),
    )


def _discarded(entries: Iterable[DiscardedEntry]) -> tuple[Discarded, ...]:
    return tuple(Discarded(entry["column"], entry["rows"]) for entry in entries)
