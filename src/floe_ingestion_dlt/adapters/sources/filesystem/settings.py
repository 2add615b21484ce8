"""Which files a plan reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, final

from floe_ingestion_dlt.domain.globs import Glob
from floe_ingestion_dlt.domain.known_files import OnChangedFile
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.source_columns import FILE
from floe_ingestion_dlt.domain.sources import Json, not_pickled

NAME: Final = "filesystem"
# The value of `nested` by which lists become nested tables.
TABLES: Final = "tables"


class FileFormat(Enum):
    AVRO = "avro"
    CSV = "csv"
    EXCEL = "excel"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


class Provenance(Enum):
    """Where a row comes from."""

    FILE = "file"
    LINE = "line"


# The usual endings of files, and of those that are packed, too.
ENDINGS: Final = {
    FileFormat.AVRO: ("avro",),
    FileFormat.CSV: ("csv",),
    FileFormat.EXCEL: ("xlsx", "xlsm", "xls", "xlsb", "ods"),
    FileFormat.JSON: ("json",),
    FileFormat.JSONL: ("jsonl", "ndjson", "json"),
    FileFormat.PARQUET: ("parquet", "parq", "pq"),
}
# Formats whose files are packed by themselves.
UNPACKED: Final = frozenset({FileFormat.AVRO, FileFormat.EXCEL, FileFormat.PARQUET})
PACKED: Final = ("gz", "zst", "bz2", "xz", "zip")


class Incremental(Enum):
    """Which files of a folder are read: those that were not loaded before, or all."""

    FILES = "files"
    ALL = "all"


@final
@dataclass(frozen=True, slots=True)
class Filesystem:
    """Files of one format in a folder or bucket, in order of their paths: those that match the *glob*, else all with usual names."""

    url: str = field(repr=False)
    format: FileFormat
    glob: str | None = None
    reader_options: Mapping[str, Json] = field(default_factory=dict)
    credentials: Secret | None = None
    needs_files: bool = False
    has_hive_folders: bool = True
    provenance: frozenset[Provenance] = frozenset()
    incremental: Incremental | None = None
    on_changed_file: OnChangedFile = OnChangedFile.APPEND

    __reduce__ = not_pickled

    @property
    def type(self) -> str:
        return NAME

    @property
    def pattern(self) -> str:
        """The glob, or how the usual names are shown."""
        return self.glob or f"**/*.{self.format.value}"

    @property
    def chosen(self) -> Glob:
        """The files that are read, by their paths below the folder."""
        if self.glob is not None:
            return Glob.parse(self.glob).unwrap()
        return Glob.of_endings(ENDINGS[self.format], () if self.format in UNPACKED else PACKED)

    @property
    def resources(self) -> tuple[str, ...]:
        return ("files",)

    @property
    def may_nest(self) -> bool:
        return self.reader_options.get("nested") == TABLES

    @property
    def compared_columns(self) -> Mapping[str, str]:
        return {"on_changed_file": FILE} if self.on_changed_file is OnChangedFile.RELOAD else {}

    def is_read_from(self, place: str) -> bool:
        return place.startswith(self.url)
