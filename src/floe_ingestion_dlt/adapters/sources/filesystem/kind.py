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


class Files(Options):
    """Files of one format in a folder or bucket."""

    path: Text | None = None
    bucket_url: Text | None = None
    format: FileFormat
    file_glob: Text | None = None
    include_glob: Text | None = None
    on_no_files: Literal["ok", "error"] = "ok"
    hive_partitioning: Literal["auto", "off"] = "auto"
    provenance: Annotated[tuple[Provenance, ...], BeforeValidator(one_or_more)] = ()
    incremental: Incremental | None = None
    on_changed_file: OnChangedFile = OnChangedFile.APPEND
    reader_options: ReaderOptions = Field(default_factory=ReaderOptions)

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
    reader_options: Annotated[CsvOptions, BeforeValidator(_without_nones)] = Field(default_factory=CsvOptions)


class AvroFiles(Files):
    reader_options: Annotated[AvroOptions, BeforeValidator(_without_nones)] = Field(
        default_factory=AvroOptions
    )


class ExcelFiles(Files):
    reader_options: Annotated[ExcelOptions, BeforeValidator(_without_nones)] = Field(
        default_factory=ExcelOptions
    )


class JsonlFiles(Files):
    reader_options: Annotated[JsonlOptions, BeforeValidator(_without_nones)] = Field(
        default_factory=JsonlOptions
    )


class ParquetFiles(Files):
    reader_options: Annotated[ParquetOptions, BeforeValidator(_without_nones)] = Field(
        default_factory=ParquetOptions
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
FILESYSTEM: Final = SourceKind(NAME, _parse, _open, ("fsspec", "pyarrow"))
