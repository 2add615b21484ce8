"""Cells of `.xlsx` files whose value calamine does not tell from an empty cell: errors, and formulas that were never calculated."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, final
from xml.parsers import expat  # nosec B405 - entities are refused

from floe_ingestion_dlt.domain.sheet_cells import Place, place_of

WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_CHUNK: Final = 1 << 20
# What is raised for a file that is none, or is damaged.
BROKEN: Final = (zipfile.BadZipFile, expat.ExpatError, KeyError, NotImplementedError, EOFError)


@final
@dataclass(slots=True)
class SheetCells:
    """What the XML of a sheet says of its cells: its *errors*, and formulas *without_value*, and the *last* row and column with a value."""

    errors: dict[Place, str] = field(default_factory=dict)
    without_value: list[Place] = field(default_factory=list)
    last: Place = (-1, -1)


def cells_of(archive: zipfile.ZipFile, sheet: str) -> SheetCells:
    """The cells of the *sheet* with this name; raises one of BROKEN."""
    scan = _Scan()
    _parse(archive, _path_of(archive, sheet), scan.begin, scan.end, scan.text)
    return scan.found


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str:
    ids, paths = dict[str, str](), dict[str, str]()

    def workbook(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "sheet":
            of = {_local(key): value for key, value in attributes.items()}
            ids[of.get("name", "")] = of.get("id", "")

    def relation(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            paths[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive, WORKBOOK, workbook)
    _parse(archive, _RELATIONS, relation)
    target = paths[ids[sheet]]
    return target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")


@final
class _Scan:
    """Looks at one element after the other."""

    def __init__(self) -> None:
        self.found = SheetCells()
        self._row, self._column = -1, -1
        self._kind = ""
        self._has_formula = self._has_value = self._is_value = False
        self._text = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        match _local(name):
            case "row":
                number = attributes.get("r")
                self._row = int(number) - 1 if number and number.isdecimal() else self._row + 1
                self._column = -1
            case "c":
                place = place_of(attributes.get("r", ""))
                self._row, self._column = place or (self._row, self._column + 1)
                self._kind = attributes.get("t", "")
                self._has_formula = self._has_value = False
                self._text = ""
            case "v" | "t":
                self._has_value = self._is_value = True
            case "f":
                self._has_formula = True
            case _:
                pass

    def text(self, text: str) -> None:
        if self._is_value and (self._has_formula or self._kind == "e"):
            self._text += text

    def end(self, name: str) -> None:
        match _local(name):
            case "v" | "t":
                self._is_value = False
            case "c":
                self._close()
            case _:
                pass

    def _close(self) -> None:
        found, place = self.found, (self._row, self._column)
        if self._kind == "e":
            found.errors[place] = self._text
        # a formula may well result in a text without characters
        if self._has_formula and not self._text and self._kind != "str":
            found.without_value.append(place)
        if self._has_value:
            found.last = max(found.last[0], self._row), max(found.last[1], self._column)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parse(archive: zipfile.ZipFile, path: str, begin: Any, end: Any = None, text: Any = None) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.EntityDeclHandler = _refuse
    with archive.open(path) as file:
        for chunk in _chunks(file):
            parser.Parse(chunk)
        parser.Parse(b"", True)  # noqa: FBT003 - it has no name


def _refuse(*_declaration: object) -> None:
    """No workbook has entities; they could be as large as they like."""
    raise KeyError("entity")


def _chunks(file: Any) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
