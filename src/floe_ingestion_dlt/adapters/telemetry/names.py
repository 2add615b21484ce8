"""The public names, levels and attributes of all operations and events, as in docs/observability.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias, assert_never, final

from floe_ingestion_dlt.domain.events import (
    ColumnsWithoutType,
    ConnectionNotEncrypted,
    CursorUnused,
    DelimiterFound,
    DelimiterLooksWrong,
    Event,
    FilesChanged,
    FilesSkipped,
    KeyUnused,
    NothingToRead,
    PagesMayBeMissing,
    PluginNotStarted,
    Retried,
    RowsWithoutCursor,
    RunInterrupted,
    SchemaChanged,
    SchemaChangeDiscarded,
    SchemaContractViolated,
    SchemaEvent,
    SessionSettingRefused,
    SliceStaged,
    SourceConfigWrong,
    SourceReadAgain,
    SourceWithoutKeys,
    StateLost,
    StepContinues,
    ValuesDiscarded,
)
from floe_ingestion_dlt.domain.faults import kind_of
from floe_ingestion_dlt.domain.operations import (
    Commit,
    CommitsSent,
    Committed,
    CreatePipeline,
    Detail,
    Extract,
    FilesStaged,
    GetDestinationConfig,
    GetIngestionConfig,
    LeftoversRemoved,
    ListFiles,
    LoadSettings,
    LoadsUndone,
    Normalize,
    Operation,
    ReadState,
    RemoveLeftovers,
    ResetTable,
    RowsHandled,
    Run,
    RunEnded,
    Stage,
    StateFound,
    TablesVerified,
    Verify,
)
from floe_ingestion_dlt.domain.table_reads import TableRead, TableReadInParts
from floe_ingestion_dlt.domain.write_modes import name_of

TRACER_NAME: Final = "floe_ingestion_dlt"

Attribute: TypeAlias = str | int | float | bool
Attributes: TypeAlias = Mapping[str, Attribute]


class Level(Enum):
    """The level of a log line."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """The published form of an event, or of an operation that succeeds."""

    name: str
    attributes: Attributes = field(default_factory=dict)
    level: Level = Level.INFO


def event_entry(event: Event) -> Entry:  # noqa: C901, PLR0911, PLR0912 - a table, with a row for each kind
    """The published form of an event."""
    match event:
        case Retried():
            return Entry("ingestion_retry", _retried(event))
        case SourceReadAgain():
            return Entry("ingestion_reads_again", {"fault": event.fault.message})
        case RunInterrupted():
            return Entry("ingestion_interrupted", {"signal": event.signal})
        case SchemaChanged():
            return Entry("schema_changed", _schema_change(event))
        case SchemaChangeDiscarded():
            return Entry("schema_change_discarded", _schema_change(event))
        case SchemaContractViolated():
            return Entry("schema_contract_violated", _schema_change(event), Level.ERROR)
        case ValuesDiscarded():
            return Entry("values_discarded", _values_discarded(event))
        case NothingToRead():
            return Entry("nothing_to_read", {"cause": event.cause})
        case FilesSkipped():
            return Entry("files_skipped", _files_skipped(event), Level.WARNING)
        case FilesChanged():
            return Entry("files_changed", _files_changed(event), Level.WARNING)
        case DelimiterFound():
            return Entry("delimiter_found", {"delimiter": event.delimiter, "file": event.file})
        case DelimiterLooksWrong():
            return Entry("delimiter_looks_wrong", _delimiter(event), Level.WARNING)
        case ColumnsWithoutType():
            columns = {"columns": _joined(event.columns), "next_step": event.next_step}
            return Entry("columns_without_type", columns, Level.WARNING)
        case PagesMayBeMissing():
            sign = {"resource": event.resource, "sign": event.sign}
            return Entry("pages_may_be_missing", sign, Level.WARNING)
        case KeyUnused():
            key = {"primary_key": _joined(event.key), "write_mode": event.write_mode}
            return Entry("key_unused", key, Level.WARNING)
        case CursorUnused():
            cursor = {"cursor_field": event.column, "write_mode": event.write_mode}
            return Entry("cursor_unused", cursor, Level.WARNING)
        case RowsWithoutCursor():
            return Entry(
                "rows_without_cursor", {"cursor_field": event.column, "rows": event.rows}, Level.WARNING
            )
        case SourceWithoutKeys():
            return Entry("source_without_keys", {"resource": event.resource}, Level.WARNING)
        case ConnectionNotEncrypted():
            advice = {"setting": event.setting, "cause": event.cause, "next_step": event.next_step}
            return Entry("connection_not_encrypted", advice, Level.WARNING)
        case PluginNotStarted():
            return Entry("plugin_not_started", {"next_step": event.next_step}, Level.WARNING)
        case SourceConfigWrong():
            return Entry("source_config_wrong", {"source": event.source, "cause": event.cause}, Level.WARNING)
        case SessionSettingRefused():
            setting = {"option": event.setting.option, "statement": event.setting.statement}
            return Entry("session_setting_refused", {**setting, "cause": event.cause}, Level.WARNING)
        case StateLost():
            return Entry("state_lost", {"table": str(event.table)}, Level.ERROR)
        case TableRead():
            return Entry("table_read", _table_read(event), Level.DEBUG)
        case TableReadInParts():
            alone: Attributes = {} if event.obstacle is None else {"obstacle": event.obstacle}
            return Entry(
                "table_read_in_parts",
                {"resource": event.resource, "connections": event.connections, **alone},
                Level.DEBUG,
            )
        case SliceStaged():
            return Entry("slice_staged", _slice_staged(event))
        case StepContinues():
            return Entry("progress", {"step": event.step, "done": event.done})
        case _:
            assert_never(event)


def operation_entry(operation: Operation) -> Entry:  # noqa: C901, PLR0911, PLR0912 - a table, too
    """The published form of an operation; parts of a run, of which there may be one for each file, have level DEBUG."""
    match operation:
        case CreatePipeline():
            settings = operation.settings
            return Entry("create_pipeline", {} if settings is None else detail_attributes(settings))
        case Run():
            return Entry("run", detail_attributes(operation.settings))
        case GetDestinationConfig():
            return Entry("get_destination_config")
        case GetIngestionConfig():
            return Entry("ingestion_config")
        case ListFiles():
            return Entry("files")
        case RemoveLeftovers():
            return Entry("remove_leftovers")
        case Verify():
            return Entry("verify")
        case ReadState():
            return Entry("state")
        case ResetTable():
            return Entry("reset")
        case Extract():
            return Entry("extract", level=Level.DEBUG)
        case Normalize():
            return Entry("normalize", level=Level.DEBUG)
        case Stage():
            part_of = {"table": str(operation.table), "load_id": operation.load_id}
            return Entry("stage", part_of, Level.DEBUG)
        case Commit():
            load = {"load_id": operation.load_id, "tables": _joined(operation.tables)}
            return Entry("commit", load, Level.DEBUG)
        case _:
            assert_never(operation)


def detail_attributes(detail: Detail) -> Attributes:  # noqa: C901, PLR0911 - a table, too
    """The attributes of a detail of an operation."""
    match detail:
        case LoadSettings():
            return {"write_mode": name_of(detail.mode), "schema_contract": detail.contract.value}
        case RunEnded():
            return _run_ended(detail)
        case RowsHandled():
            return {"load_id": _joined(detail.loads), "rows": detail.rows}
        case FilesStaged():
            return {"rows": detail.rows, "bytes": detail.bytes, "files": detail.files}
        case CommitsSent():
            return {"attempts": detail.attempts}
        case Committed():
            snapshots = _joined(detail.snapshots)
            deleted = {"rows_deleted": detail.deleted} if detail.deleted else {}
            return {"rows": detail.rows, **deleted, "bytes": detail.bytes, "snapshots": snapshots}
        case LeftoversRemoved():
            return {"files": detail.files, "bytes_removed": detail.bytes}
        case TablesVerified():
            checked = {"tables": detail.tables, "files": detail.files}
            return {**checked, "faults": detail.faults, "unchecked": detail.unchecked}
        case StateFound():
            return {"loads": detail.loads, "files": detail.files}
        case LoadsUndone():
            return {"loads": detail.loads, "rows": detail.rows}
        case _:
            assert_never(detail)


def _retried(event: Retried) -> Attributes:
    return {
        "step": event.step.value,
        "retry": event.retry,
        "delay_seconds": round(event.delay, 3),
        "fault": kind_of(event.fault),
        "cause": event.fault.message,
    }


def _schema_change(event: SchemaEvent) -> Attributes:
    return {
        "table": str(event.table),
        "column": event.change.column,
        "type": event.change.type,
        "change": event.change.words,
        "schema_contract": event.contract.value,
    }


def _values_discarded(event: ValuesDiscarded) -> Attributes:
    return {"table": str(event.table), "column": event.column, "rows": event.rows}


def _files_skipped(event: FilesSkipped) -> Attributes:
    return {"files": event.files, "reason": event.reason, "first": event.first}


def _files_changed(event: FilesChanged) -> Attributes:
    return {"files": event.files, "first": event.first, "on_changed_file": event.on_changed.value}


def _delimiter(event: DelimiterLooksWrong) -> Attributes:
    step = f"Set reader_options.delimiter to {event.other!r}, or to auto."
    return {"delimiter": event.delimiter, "other": event.other, "file": event.file, "next_step": step}


def _table_read(event: TableRead) -> Attributes:
    obstacle: Attributes = {} if event.obstacle is None else {"obstacle": event.obstacle}
    return {"resource": event.resource, "by": event.by.value, **obstacle}


def _slice_staged(event: SliceStaged) -> Attributes:
    part: Attributes = {"load_id": event.load_id, "slice": event.number, "slices": event.slices}
    return {**part, "rows": event.rows}


def _run_ended(run: RunEnded) -> Attributes:
    loads = {"load_id": _joined(run.loads)} if run.loads else {}
    deleted = {"rows_deleted": run.deleted} if run.deleted else {}
    return {
        **loads,
        "rows_loaded": run.rows,
        **deleted,
        "bytes_written": run.bytes,
        "duration_seconds": run.seconds,
        "retries": run.retries,
    }


def _joined(parts: tuple[object, ...]) -> str:
    return ", ".join(map(str, parts))
