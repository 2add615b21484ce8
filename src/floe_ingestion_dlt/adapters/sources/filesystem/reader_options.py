"""The options of a reader of files, `reader_options`: one model for each format."""

from __future__ import annotations

import codecs
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from floe_ingestion_dlt.adapters.sources.column_types import TypeName
from floe_ingestion_dlt.boundary.validation import Strict
from floe_ingestion_dlt.domain.file_limits import FileLimits

# The delimiter of each load is found in its files.
AUTO: Final = "auto"


def _one_character(text: str) -> str:
    if len(text) != 1 or not text.isascii():
        raise ValueError("one ASCII character is needed")
    return text


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)  # refuses codecs of bytes, such as zip
        codecs.getincrementaldecoder(name)  # refuses those that need the whole text
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(
            "not an encoding that Python knows; utf-8 and latin-1 are two that it does"
        ) from None


Character: TypeAlias = Annotated[str, AfterValidator(_one_character)]
Encoding: TypeAlias = Annotated[str, AfterValidator(_known_encoding)]
Listed: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(
        lambda value: (value,) if isinstance(value, str) else value,
        json_schema_input_type=str | tuple[str, ...],
    ),
]


class ReaderOptions(Strict):
    """The options of all readers: the limits of a file.

    *max_columns* holds for each file. *max_expansion* is the number of bytes that each stored byte may become; a file of up
    to 64 MiB may always be unpacked.
    """

    max_columns: int = Field(10_000, gt=0, description="How many columns a file may have.")
    max_expansion: int = Field(250, gt=0, description="How many bytes each stored byte may become.")

    def limits(self) -> FileLimits:
        return FileLimits(self.max_columns, self.max_expansion, getattr(self, "max_line_bytes", 0))


def _check_names(names: tuple[str, ...] | None, *, has_header: bool) -> None:
    if not has_header and not names:
        raise ValueError("column_names: needed, because has_header is false")
    if len(set(names or ())) < len(names or ()):
        raise ValueError("column_names: every column needs a name of its own")


class CsvOptions(ReaderOptions):
    """The format of a CSV file. Types are inferred from its first megabyte, except those in *column_types*.

    A text of digits becomes a number: name the type `string` to keep leading zeros. An empty field is null, and so are
    the *null_values*; in quotes both are texts. A row may have *max_line_bytes*, over one or more lines.
    """

    delimiter: Character | Literal["auto"] = Field(",", description="What divides the values; auto finds it.")
    quote_char: Character | None = Field('"', description="What texts are in.")
    escape_char: Character | None = Field(
        None, description="What stands before a character that is meant as it is."
    )
    encoding: Encoding | None = Field(
        None, description="The encoding of texts, such as latin-1; without it, UTF-8."
    )
    has_header: bool = Field(default=True, description="Whether the first row has the names of the columns.")
    column_names: tuple[str, ...] | None = Field(
        None, description="The names of the columns, if there is no header."
    )
    column_types: dict[str, TypeName] = Field(
        default_factory=dict, description="Types of columns, in place of those that are found."
    )
    null_values: Listed | None = Field(None, description="Texts that are null.")
    skip_rows: int = Field(0, ge=0, description="How many rows stand before the header.")
    skip_footer: int = Field(0, ge=0, le=10_000, description="How many rows at the end are no data.")
    comment: Character | None = Field(None, description="What lines that are no data begin with.")
    decimal_point: Literal[".", ","] = Field(".", description="What divides a number from its fraction.")
    thousands: Literal[".", ",", " ", "'", "_"] | None = Field(None, description="What divides thousands.")
    max_line_bytes: int = Field(64 << 20, gt=0, le=1 << 30, description="How long a row may be.")

    @model_validator(mode="after")
    def _has_names(self) -> Self:
        _check_names(self.column_names, has_header=self.has_header)
        return self

    @model_validator(mode="after")
    def _have_one_meaning_each(self) -> Self:
        if self.thousands == self.decimal_point:
            other = "," if self.decimal_point == "." else "."
            raise ValueError(
                f"thousands: decimal_point is {self.decimal_point!r}, too; set that to {other!r}"
            )
        dividing = {
            "delimiter": self.delimiter,
            "quote_char": self.quote_char,
            "escape_char": self.escape_char,
        }
        same = next((name for name, char in dividing.items() if char and char == self.comment), None)
        if same is not None:
            raise ValueError(f"comment: it must differ from {same}, which is {self.comment!r}")
        return self


class ExcelOptions(ReaderOptions):
    """Which *sheet* of a workbook is read, by its name or its number, and which rows.

    The header is the row *header_row*, or the first row that is not empty behind *skip_rows*. *null_values* are texts, and errors such as `#N/A`, that are null.
    """

    sheet: Annotated[int, Field(ge=1)] | Annotated[str, Field(min_length=1)] = Field(
        1, description="The sheet, by its name or number."
    )
    header_row: int | None = Field(None, ge=1, description="The row with the names of the columns.")
    has_header: bool = Field(default=True, description="Whether the first row has the names of the columns.")
    column_names: tuple[str, ...] | None = Field(
        None, description="The names of the columns, if there is no header."
    )
    column_types: dict[str, TypeName] = Field(
        default_factory=dict, description="Types of columns, in place of those that are found."
    )
    null_values: Listed | None = Field(None, description="Texts that are null.")
    skip_rows: int = Field(0, ge=0, description="How many rows stand before the header.")
    skip_footer: int = Field(0, ge=0, le=10_000, description="How many rows at the end are no data.")
    merged_cells: Literal["error", "first", "all"] = Field(
        "error", description="What becomes of merged cells: error, the value in the first, or in all."
    )

    @model_validator(mode="after")
    def _has_one_header(self) -> Self:
        _check_names(self.column_names, has_header=self.has_header)
        if self.header_row is not None and (self.skip_rows or not self.has_header):
            other = "skip_rows" if self.skip_rows else "has_header: false"
            raise ValueError(f"header_row: leave it out, or {other}")
        return self


class JsonlOptions(ReaderOptions):
    """Types for columns: without one, a text stays a text.

    *nested* says what objects and arrays become: JSON text, structs and lists, or columns and nested tables.
    """

    nested: Literal["json", "struct", "tables"] = Field(
        "json",
        description="What objects and arrays become: JSON texts, structs and lists, or columns and nested tables.",
    )
    encoding: Encoding | None = Field(
        None, description="The encoding of texts, such as latin-1; without it, UTF-8."
    )
    column_types: dict[str, TypeName] = Field(
        default_factory=dict, description="Types of columns, in place of those that are found."
    )
    max_line_bytes: int = Field(16 << 20, gt=0, le=1 << 30, description="How long a row may be.")

    @model_validator(mode="after")
    def _has_types_of_tables_elsewhere(self) -> Self:
        if self.nested == "tables" and self.column_types:
            raise ValueError(
                "column_types: with nested: tables, set the types in columns of the source_config"
            )
        return self


class ParquetOptions(ReaderOptions):
    """The *columns* to read, by default all.

    Columns with one value in all rows take almost no bytes, so ordinary files may expand a thousandfold.
    """

    max_expansion: int = Field(10_000, gt=0, description="How many bytes each stored byte may become.")
    columns: tuple[str, ...] | None = Field(
        None, min_length=1, description="The columns that are read; without it, all."
    )


class AvroOptions(ReaderOptions):
    """The *columns* to read, by default all."""

    columns: tuple[str, ...] | None = Field(
        None, min_length=1, description="The columns that are read; without it, all."
    )
