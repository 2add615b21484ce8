"""Workbooks for tests, as Excel and others write them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import xlwt

Cells = Sequence[Sequence[object]]

_MIME = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def xlsx(path: Path, rows: Cells = (), *, merged: str | None = None, **sheets: Cells) -> None:
    """A workbook with a sheet `Sheet` of these rows, and the other *sheets*."""
    book = openpyxl.Workbook()
    for number, (name, cells) in enumerate({"Sheet": rows, **sheets}.items()):
        sheet: Any = book.active if number == 0 else book.create_sheet(name)
        for row, values in enumerate(cells, 1):
            for column, value in enumerate(values, 1):
                _fill(sheet.cell(row, column), value)
        if merged and number == 0:
            sheet.merge_cells(merged)
    book.save(path)


def _fill(cell: Any, value: object) -> None:
    cell.value = value
    if isinstance(value, str) and value.startswith("#"):
        cell.data_type = "e"


def xls(path: Path, rows: Cells) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet")
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is not None:
                sheet.write(row, column, value)
    book.save(str(path))


def ods(path: Path, rows: Cells) -> None:
    body = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<office:document-content {_SPACES} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Sheet">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MIME}"/></manifest:manifest>'
    )
    _packed(path, {"mimetype": _MIME, "META-INF/manifest.xml": manifest, "content.xml": content})


def _cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, float | int):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    text = f"<text:p>{escape(str(value))}</text:p>"
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'


def _packed(path: Path, parts: Mapping[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def with_part(path: Path, name: str, old: str, new: str) -> None:
    """Replace a text in a part of the workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part).decode() for part in archive.namelist()}
    assert old in parts[name]
    _packed(path, parts | {name: parts[name].replace(old, new)})
