"""Sheets of workbooks: `.xlsx`, `.xls`, `.xlsb` and `.ods`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, final

import python_calamine as calamine
from returns.result import Failure

from floe_ingestion_dlt.adapters.sources.filesystem.excel_cells import BROKEN, WORKBOOK, SheetCells, cells_of
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import ExcelOptions
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.safe_texts import listed, shown
from floe_ingestion_dlt.domain.sheet_cells import Merged, Place, column_letters
from floe_ingestion_dlt.ports.source import SourceError, unreadable

# A row of cells as calamine has them, from the first column of the sheet on; an empty cell is an empty text.
Cells: TypeAlias = "list[object]"
# Its number, from 0, and its cells.
Row: TypeAlias = tuple[int, Cells]

_CELL_BYTES: Final = 32
_WRITE_AGAIN: Final = "Save the workbook again, or exclude it by include_glob."
_SET_MERGED: Final = (
    "Divide the cells, or set reader_options.merged_cells to all, so that each of them has the value, or to first, so that only"
    " the first has it."
)
_CALCULATE: Final = "Open the workbook in Excel and save it, so that its formulas are calculated."


@final
@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the file at *path*: its rows by their numbers from 0, and what is special about its cells."""

    path: str
    name: str
    rows: calamine.CalamineSheet
    cells: SheetCells
    merged: tuple[Merged, ...]

    @property
    def place(self) -> str:
        return f"{self.path}, sheet {shown(self.name)}"

    def numbered(self) -> Iterator[Row]:
        """The rows, each from the first column on."""
        start = self.rows.start
        if start is None:
            return
        before = [""] * start[1]
        for number, row in enumerate(self.rows.iter_rows()):
            if number >= start[0]:
                yield number, [*before, *row]

    def filled(self) -> Iterator[Row]:
        """The rows, with the value of merged cells in each of them."""
        values: dict[Place, object] = {merged.first: "" for merged in self.merged}
        by_row: dict[int, list[tuple[Place, Place]]] = {}
        for merged in self.merged:
            for place in merged.cells():
                by_row.setdefault(place[0], []).append((place, merged.first))
        for number, row in self.numbered():
            values.update({at: value for c, value in enumerate(row) if (at := (number, c)) in values})
            for place, first in by_row.get(number, ()):
                row.extend([""] * (place[1] + 1 - len(row)))
                row[place[1]] = values[first]
            yield number, row

    def troubles(self, nulls: Collection[str], *, has_merged: bool) -> dict[int, SourceError]:
        """What is wrong with a row, by its number: an error that is not among the *nulls*, or a cell whose value is not known."""
        found: dict[int, SourceError] = {}
        for merged in () if has_merged else self.merged:
            error = self.error(merged.first, f"the cells {merged.name} are merged", _SET_MERGED)
            found.update(dict.fromkeys(range(merged.first[0], merged.last[0] + 1), error))
        for place in self.cells.without_value:
            found[place[0]] = self.error(place, "its formula was never calculated", _CALCULATE)
        for place, text in self.cells.errors.items():
            if text not in nulls:
                step = (
                    f"Correct the cell, or set reader_options.null_values to [{text!r}] to read it as null."
                )
                found[place[0]] = self.error(place, f"it has the error {shown(text)}", step)
        return found

    def error(self, place: Place, what: str, step: str) -> SourceError:
        """The error for a cell."""
        row, column = place
        return unreadable(f"{self.place}, row {row + 1}, column {column_letters(column)}: {what}", step)


def sheet_of(open_file: OpenFile, path: str, options: ExcelOptions) -> Sheet:
    """The sheet that the options name."""
    with open_file() as file:
        data = file.read()
    try:
        archive = _archive(data, path, options)
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            name = _chosen(workbook, options.sheet, path)
            cells = _scanned(archive, name, len(data), path, options)
            sheet = workbook.get_sheet_by_name(name)
            merged = tuple(Merged(*each) for each in sheet.merged_cell_ranges or ())
            return Sheet(path, name, sheet, cells, merged)
    except calamine.PasswordError as error:
        raise unreadable(f"{path} is protected by a password", "Save the workbook without one.") from error
    except (calamine.CalamineError, *BROKEN) as error:
        cause = f"{path} is not a workbook of Excel or OpenDocument, or is damaged ({type(error).__name__})"
        raise unreadable(cause, _WRITE_AGAIN) from error


def _archive(data: bytes, path: str, options: ExcelOptions) -> zipfile.ZipFile | None:
    """The parts of the file, if it is packed; SourceError if they are too large."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return None
    archive = zipfile.ZipFile(io.BytesIO(data))
    _check_size(sum(part.file_size for part in archive.infolist()), len(data), path, options)
    return archive


def _check_size(unpacked: int, stored: int, path: str, options: ExcelOptions) -> None:
    allowed = options.limits().expansion(stored, unpacked)
    if isinstance(allowed, Failure):
        over = allowed.failure()
        raise unreadable(f"{path}: {over.message}", over.next_step)


def _chosen(workbook: calamine.CalamineWorkbook, wanted: int | str, path: str) -> str:
    kinds: Mapping[str, object] = {each.name: each.typ for each in workbook.sheets_metadata}
    names = [name for name in workbook.sheet_names if kinds.get(name) == calamine.SheetTypeEnum.WorkSheet]
    if isinstance(wanted, str) and wanted in names:
        return wanted
    if isinstance(wanted, int) and wanted <= len(names):
        return names[wanted - 1]
    what = f"sheet {wanted}" if isinstance(wanted, int) else f"sheet named {shown(wanted)}"
    raise unreadable(
        f"{path} has no {what}; it has {listed(names)}",
        "Set reader_options.sheet to the name of a sheet, or to its number from 1.",
        Category.CONFIGURATION,
    )


def _scanned(
    archive: zipfile.ZipFile | None, sheet: str, stored: int, path: str, options: ExcelOptions
) -> SheetCells:
    """What the XML of an `.xlsx` file says; calamine holds all cells up to the last row and column."""
    if archive is None or WORKBOOK not in archive.namelist():
        return SheetCells()
    cells = cells_of(archive, sheet)
    rows, columns = cells.last[0] + 1, cells.last[1] + 1
    _check_size(rows * columns * _CELL_BYTES, stored, f"{path}, sheet {shown(sheet)}", options)
    return cells
