"""Events of runs that are reported. Telemetry gives each kind its public name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, final

from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.database_sessions import SessionSetting
from floe_ingestion_dlt.domain.faults import Fault, SchemaChange
from floe_ingestion_dlt.domain.known_files import OnChangedFile
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.retry_policy import Step
from floe_ingestion_dlt.domain.table_reads import TableRead, TableReadInParts


@final
@dataclass(frozen=True, slots=True)
class Retried:
    """A step failed and is retried after *delay* seconds; *retry* counts from 1."""

    step: Step
    retry: int
    delay: float
    fault: Fault


@final
@dataclass(frozen=True, slots=True)
class SourceReadAgain:
    """The load cannot be committed as it is, so its rows are read from the source again."""

    fault: Fault


@final
@dataclass(frozen=True, slots=True)
class RunInterrupted:
    """A signal asked the process to end during the run."""

    signal: str


@final
@dataclass(frozen=True, slots=True)
class SchemaChanged:
    """A load was committed with a new or wider column."""

    table: TableName
    change: SchemaChange
    contract: SchemaContract


@final
@dataclass(frozen=True, slots=True)
class SchemaChangeDiscarded:
    """The contract keeps a column out of a table; the other columns are loaded."""

    table: TableName
    change: SchemaChange
    contract: SchemaContract


@final
@dataclass(frozen=True, slots=True)
class SchemaContractViolated:
    """The contract forbids a change that the load needs; nothing is loaded."""

    table: TableName
    change: SchemaChange
    contract: SchemaContract


@final
@dataclass(frozen=True, slots=True)
class ValuesDiscarded:
    """The contract discarded the values of a column in this number of rows."""

    table: TableName
    column: str
    rows: int


@final
@dataclass(frozen=True, slots=True)
class NothingToRead:
    """The source has nothing to read, such as no file: nothing is loaded, and nothing is replaced."""

    cause: str


@final
@dataclass(frozen=True, slots=True)
class FilesSkipped:
    """Files of a folder were skipped for one *reason*; *first* is one of them."""

    files: int
    reason: str
    first: str


@final
@dataclass(frozen=True, slots=True)
class FilesChanged:
    """Files were written again after they had been loaded; *first* is one of them. *on_changed* says what became of them."""

    files: int
    first: str
    on_changed: OnChangedFile


@final
@dataclass(frozen=True, slots=True)
class DelimiterFound:
    """The delimiter of all CSV files of a load, and the file in which it was found."""

    delimiter: str
    file: str


@final
@dataclass(frozen=True, slots=True)
class DelimiterLooksWrong:
    """A CSV *file* has one column with this *delimiter*, and each of its first rows has the *other* one equally often."""

    delimiter: str
    other: str
    file: str


@final
@dataclass(frozen=True, slots=True)
class ColumnsWithoutType:
    """No file of a load has rows, and these *columns* have no type: they are text in the table, if the load *makes_table*."""

    columns: tuple[str, ...]
    makes_table: bool

    @property
    def next_step(self) -> str:
        """How the columns get another type."""
        name = "Name the types in reader_options.column_types"
        if self.makes_table:
            return f"{name}; if the table is there and has no rows yet, drop it, so that the next load makes it again."
        return f"{name}: the cursor needs a type, so there is no table until it has a value."


@final
@dataclass(frozen=True, slots=True)
class PagesMayBeMissing:
    """The last answer that was read of an API's *resource* has a *sign* that there are more pages."""

    resource: str
    sign: str


@final
@dataclass(frozen=True, slots=True)
class KeyUnused:
    """The configuration has a *key*, and loads in this *write_mode* do not use it: rows with the same key are not matched."""

    key: tuple[str, ...]
    write_mode: str


@final
@dataclass(frozen=True, slots=True)
class CursorUnused:
    """The configuration has the cursor *column*, and loads in this *write_mode* read all rows whatever its last value is."""

    column: str
    write_mode: str


@final
@dataclass(frozen=True, slots=True)
class RowsWithoutCursor:
    """*rows* without a value of the cursor *column* were left out, as `on_null: exclude` says."""

    column: str
    rows: int


@final
@dataclass(frozen=True, slots=True)
class SourceWithoutKeys:
    """The source of *resource* gave no key, so no row of the table was taken for gone."""

    resource: str


@final
@dataclass(frozen=True, slots=True)
class ConnectionNotEncrypted:
    """Because of this *setting*, requests go to another host without encryption."""

    setting: str
    cause: str
    next_step: str


@final
@dataclass(frozen=True, slots=True)
class PluginNotStarted:
    """The plugin is used before its start or after its end, which works, but checks no packages and keeps connections open."""

    next_step: str = "Call startup() before the first pipeline is created, and shutdown() after the last run."


@final
@dataclass(frozen=True, slots=True)
class SourceConfigWrong:
    """The source_config of a configured *source* cannot be used: no pipeline can be created for it."""

    source: str
    cause: str


@final
@dataclass(frozen=True, slots=True)
class SessionSettingRefused:
    """A database refused a setting of the session, and is read without it."""

    setting: SessionSetting
    cause: str


@final
@dataclass(frozen=True, slots=True)
class StateLost:
    """The file with the pipeline's state is gone from the table's location."""

    table: TableName


@final
@dataclass(frozen=True, slots=True)
class SliceStaged:
    """The slice *number* of a load in *slices* slices is staged, with so many *rows*; it is not read again."""

    load_id: str
    number: int
    slices: int
    rows: int


@final
@dataclass(frozen=True, slots=True)
class StepContinues:
    """A step is still running; *done* says how much it has done so far."""

    step: str
    done: str


SchemaEvent: TypeAlias = SchemaChanged | SchemaChangeDiscarded | SchemaContractViolated
Event: TypeAlias = (
    Retried
    | SourceReadAgain
    | RunInterrupted
    | SchemaEvent
    | ValuesDiscarded
    | NothingToRead
    | FilesSkipped
    | FilesChanged
    | DelimiterFound
    | DelimiterLooksWrong
    | ColumnsWithoutType
    | PagesMayBeMissing
    | KeyUnused
    | CursorUnused
    | RowsWithoutCursor
    | SourceWithoutKeys
    | ConnectionNotEncrypted
    | PluginNotStarted
    | SourceConfigWrong
    | SessionSettingRefused
    | StateLost
    | TableRead
    | TableReadInParts
    | SliceStaged
    | StepContinues
)
