"""The delimiter of CSV files: found by their first rows, and doubted if it divides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final, final

from returns.result import Failure

from floe_ingestion_dlt.adapters.sources.filesystem.csv_text import CsvText, Head
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import AUTO, CsvOptions
from floe_ingestion_dlt.domain.delimiters import USUAL, dividing, found_delimiter, in_words
from floe_ingestion_dlt.domain.events import DelimiterFound, DelimiterLooksWrong
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.ports.source import Report, unreadable

_FIRST_ROWS: Final = 100
_SET: Final = "Set reader_options.delimiter to the character that divides the values."


@final
@dataclass(frozen=True, slots=True)
class Delimiter:
    """The delimiter of all files of a load, and the first file in which it was *found*, if it was not set."""

    text: str
    found: str | None = None

    def check(self, text: CsvText) -> None:
        """Raises an error if the file has another delimiter than the one in which it was found."""
        if self.found is None:
            return
        other = _found(text)
        if other is not None and other != self.text:
            raise unreadable(
                f"{text.path} is divided by {in_words(other)}, and {self.found} by {in_words(self.text)}",
                "Load the files by two sources, each with an include_glob and reader_options.delimiter.",
                Category.CONFIGURATION,
            )


def delimiter_of(options: CsvOptions, files: Iterable[tuple[OpenFile, str]], report: Report) -> Delimiter:
    """The delimiter that is set, else that of the first file with more than one column."""
    if options.delimiter != AUTO:
        return Delimiter(options.delimiter)
    absent = set(USUAL)
    for open_file, path in files:
        text = CsvText(open_file, path, options)
        if (found := _found(text)) is not None:
            report(DelimiterFound(found, path))
            return Delimiter(found, path)
        absent -= {each for row in _first_rows(text) for each in row}
    # the files have one column, which the delimiter must not divide
    return Delimiter(next((each for each in USUAL if each in absent), USUAL[0]))


def report_doubts(text: CsvText, head: Head, report: Report) -> bool:
    """Report a file of one column whose rows another delimiter would divide."""
    fit = dividing(_first_rows(text)) if head.has_one_column else ()
    if fit:
        report(DelimiterLooksWrong(text.options.delimiter, fit[0], text.path))
    return bool(fit)


def _found(text: CsvText) -> str | None:
    result = found_delimiter(_first_rows(text))
    if isinstance(result, Failure):
        raise unreadable(f"{text.path}: {result.failure().message}", _SET, Category.CONFIGURATION)
    return result.unwrap()


def _first_rows(text: CsvText) -> list[str]:
    """What of the first rows is outside of quotes."""
    quoting = text.quoting_by("".join(USUAL))
    rows = text.all_rows(quoting)
    return [quoting.outside(row.text).decode(errors="replace") for row in islice(rows, _FIRST_ROWS)]
