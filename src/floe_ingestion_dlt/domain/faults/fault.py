"""All kinds of fault, their names and their descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, final, get_args

from floe_ingestion_dlt.domain.faults.commits import CommitFault
from floe_ingestion_dlt.domain.faults.runs import RunFault
from floe_ingestion_dlt.domain.faults.settings import SettingFault
from floe_ingestion_dlt.domain.faults.slices import SliceFault
from floe_ingestion_dlt.domain.faults.sources import SourceFault

Fault: TypeAlias = SettingFault | SourceFault | CommitFault | RunFault | SliceFault
KINDS: Final[tuple[type[Fault], ...]] = get_args(Fault)


def kind_of(fault: Fault) -> str:
    """The fault's name, which is a heading of docs/errors.md."""
    return type(fault).__name__


@final
@dataclass(frozen=True, slots=True)
class Context:
    """Where a fault happened; every error shows it."""

    source_type: str = ""
    destination_table: str = ""
    pipeline_name: str = ""


def describe(fault: Fault, context: Context) -> str:
    """The fault in one line: what happened, where, and what to do next."""
    where = (
        f"source {context.source_type or '-'}, table {context.destination_table or '-'},"
        f" pipeline {context.pipeline_name or '-'}"
    )
    return f"[{fault.category.value}] {kind_of(fault)}: {fault.message} ({where}). {fault.next_step}"
