"""Files of one format, below a folder or in a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import (
    AvroOptions,
    CsvOptions,
    ExcelOptions,
    JsonlOptions,
    ParquetOptions,
    ReaderOptions,
)
from floe_ingestion_dlt.adapters.sources.filesystem.settings import (
    NAME,
    FileFormat,
    Filesystem,
    Incremental,
    Provenance,
)
from floe_ingestion_dlt.adapters.sources.kinds import SourceKind
from floe_ingestion_dlt.adapters.sources.options import Options, Text
from floe_ingestion_dlt.boundary.validation import one_or_more, value_or_raise
from floe_ingestion_dlt.domain.globs import Glob
from floe_ingestion_dlt.domain.known_files import OnChangedFile
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import Json
from floe_ingestion_dlt.ports.source import Source


def _without_nones(value: object) -> object:
    """An option that is None is not given; nor are all, if the whole is None."""
    given = value if isinstance(value, Mapping) else {} if value is None else value
    return {k: v for k, v in given.items() if v is not None} if isinstance(given, Mapping) else given


_FORMAT: Final = "The format of all files."
_READER_OPTIONS: Final = "The options of the format."
_ONLY_GIVEN: Final = BeforeValidator(_without_nones)


class Files(Options):
    """Files of one format in a folder or bucket."""

    path: Text | None = Field(None, description="A folder or file; a pattern such as data/*.csv is possible.")
    bucket_url: Text | None = Field(None, description="The same in a bucket, such as s3://lake/orders.")
    format: FileFormat = Field(description=_FORMAT)
    file_glob: Text | None = Field(None, description="A pattern for the files below path, such as **/*.csv.")
    include_glob: Text | None = Field(None, description="Another name of file_glob.")
    on_no_files: Literal["ok", "error"] = Field("ok", description="What becomes of a run that finds no file.")
    hive_partitioning: Literal["auto", "off"] = Field(
        "auto", description="Whether values in the names of folders, such as day=1, become columns."
    )
    provenance: Annotated[
        tuple[Provenance, ...],
        BeforeValidator(one_or_more, json_schema_input_type=Provenance | tuple[Provenance, ...] | None),
    ] = Field((), description="Columns that say from which file and line a row is.")
    incremental: Incremental | None = Field(
        None, description="files: each file is loaded once; all: every run reads all files."
    )
    on_changed_file: OnChangedFile = Field(
        OnChangedFile.APPEND, description="What becomes of a file that was loaded and then written again."
    )
    reader_options: ReaderOptions = Field(default_factory=ReaderOptions, description=_READER_OPTIONS)

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        given = [name for name in ("path", "bucket_url") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"give exactly one of path, bucket_url (given: {', '.join(given) or 'none'})")
        globs = {glob for glob in (self.file_glob, self.include_glob) if glob}
        if len(globs) > 1:
            raise ValueError("give one of include_glob, file_glob: they differ")
        value_or_raise(
            Glob.parse(_folder_and_glob(self._place(), self.include_glob or self.file_glob)[1] or "")
        )
        if globs and "*" in self._place():
            raise ValueError(f"{given[0]}: has a * in it, so include_glob and file_glob must be left out")
        return self

    @model_validator(mode="after")
    def _names_files_to_reload(self) -> Self:
        if self.on_changed_file is OnChangedFile.RELOAD and Provenance.FILE not in self.provenance:
            raise ValueError(
                "on_changed_file: reload replaces the rows of a file, so rows must name their file: set provenance to [file]"
            )
        return self

    def _place(self) -> str:
        return self.path or self.bucket_url or ""

    def source(self, credentials: Secret | None) -> Filesystem:
        url, glob = _folder_and_glob(self._place(), self.include_glob or self.file_glob)
        return Filesystem(
            url,
            self.format,
            glob,
            self._details(),
            credentials,
            needs_files=self.on_no_files == "error",
            has_hive_folders=self.hive_partitioning == "auto",
            provenance=frozenset(self.provenance),
            incremental=self.incremental,
            on_changed_file=self.on_changed_file,
        )

    def _details(self) -> dict[str, Json]:
        return self.reader_options.model_dump(exclude_none=True, exclude_defaults=True)


class CsvFiles(Files):
    format: FileFormat = Field(description=_FORMAT, json_schema_extra={"enum": ["csv"]})
    reader_options: Annotated[CsvOptions, _ONLY_GIVEN] = Field(
        default_factory=CsvOptions, description=_READER_OPTIONS
    )


class AvroFiles(Files):
    format: FileFormat = Field(description=_FORMAT, json_schema_extra={"enum": ["avro"]})
    reader_options: Annotated[AvroOptions, _ONLY_GIVEN] = Field(
        default_factory=AvroOptions, description=_READER_OPTIONS
    )


class ExcelFiles(Files):
    format: FileFormat = Field(description=_FORMAT, json_schema_extra={"enum": ["excel"]})
    reader_options: Annotated[ExcelOptions, _ONLY_GIVEN] = Field(
        default_factory=ExcelOptions, description=_READER_OPTIONS
    )


class JsonlFiles(Files):
    format: FileFormat = Field(description=_FORMAT, json_schema_extra={"enum": ["json", "jsonl"]})
    reader_options: Annotated[JsonlOptions, _ONLY_GIVEN] = Field(
        default_factory=JsonlOptions, description=_READER_OPTIONS
    )


class ParquetFiles(Files):
    format: FileFormat = Field(description=_FORMAT, json_schema_extra={"enum": ["parquet"]})
    reader_options: Annotated[ParquetOptions, _ONLY_GIVEN] = Field(
        default_factory=ParquetOptions, description=_READER_OPTIONS
    )


def _folder_and_glob(path: str, glob: str | None) -> tuple[str, str | None]:
    """Split `folder/*.csv` where its pattern begins; other paths are as they are."""
    if "*" not in path:
        return path, glob
    folder, _, _ = path.partition("*")
    folder = folder[: folder.rfind("/") + 1]
    return folder.rstrip("/") or folder or ".", path[len(folder) :]


def _parse(config: dict[str, object]) -> Files:
    model = _FORMATS.get(str(config.get("format")), Files)
    return model.model_validate(config)


def _open(settings: Filesystem) -> Source:
    from floe_ingestion_dlt.adapters.sources.filesystem.source import FilesystemSource

    return FilesystemSource(settings)


_FORMATS: Final[Mapping[str, type[Files]]] = {
    "avro": AvroFiles,
    "csv": CsvFiles,
    "excel": ExcelFiles,
    "json": JsonlFiles,
    "jsonl": JsonlFiles,
    "parquet": ParquetFiles,
}
FILESYSTEM: Final = SourceKind(
    NAME, _parse, _open, ("fsspec", "pyarrow"), options=tuple(dict.fromkeys(_FORMATS.values()))
)
