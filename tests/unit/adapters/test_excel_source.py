"""Sheets of workbooks as Arrow: each cell in the type of its column, and none lost."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from floe_ingestion_dlt.domain.faults import Category, MissingPackage
from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, Scalar, TableSchema
from floe_ingestion_dlt.ports.source import SourceError
from tests.sources import open_resource, probe
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of, tables_of
from tests.workbooks import Cells, ods, with_part, xls, xlsx

DAY = dt.datetime(2026, 1, 2)  # noqa: DTZ001 - workbooks have no zones
AT = DAY.replace(hour=3, minute=4, second=5)
SHEET = "xl/worksheets/sheet1.xml"


def rows(folder: Path, **options: Any) -> list[dict[str, Any]]:
    return rows_of(plan_of(folder, "excel", reader_options=options))


def cause(folder: Path, **options: Any) -> str:
    return failure_of(plan_of(folder, "excel", reader_options=options)).cause


def step(folder: Path, **options: Any) -> str:
    return failure_of(plan_of(folder, "excel", reader_options=options)).next_step


@pytest.mark.parametrize("write", [xlsx, xls, ods])
def test_values_have_the_types_of_their_cells(tmp_path: Path, write: Callable[[Path, Cells], None]) -> None:
    write(
        tmp_path / f"a.{write.__name__}", [["id", "price", "code"], [1, 1.5, "007"], [2, 3, None], [None] * 3]
    )
    (table,) = tables_of(plan_of(tmp_path, "excel"))
    assert [pa.int64(), pa.float64(), pa.string()] == table.schema.types
    assert [(1, 1.5, "007"), (2, 3.0, None)] == [tuple(row.values()) for row in table.to_pylist()]


def test_dates_times_and_flags(tmp_path: Path) -> None:
    span = dt.timedelta(hours=30, minutes=1)
    xlsx(tmp_path / "a.xlsx", [["d", "at", "t", "ok", "s"], [AT.date(), AT, AT.time(), True, span]])
    (table,) = tables_of(plan_of(tmp_path, "excel"))
    assert [pa.date32(), pa.timestamp("us"), pa.time64("us"), pa.bool_(), pa.string()] == table.schema.types
    assert [(AT.date(), AT, AT.time(), True, "30:01:00")] == [
        tuple(row.values()) for row in table.to_pylist()
    ]


def test_dates_beside_times_are_times(tmp_path: Path) -> None:
    xlsx(tmp_path / "a.xlsx", [["at"], [AT.date()], [AT]])
    assert [DAY, AT] == [row["at"] for row in rows(tmp_path)]


def test_values_are_read_in_the_types_of_the_table_or_beside_them(tmp_path: Path) -> None:
    xlsx(tmp_path / "a.xlsx", [["n", "d", "s", "at"], [1, 2, 3, AT], ["x", 1.25, AT.date(), "2026-01-02"]])
    types: dict[str, ColumnType] = {
        "n": Scalar.LONG,
        "d": Decimal(9, 2),
        "s": Scalar.STRING,
        "at": Scalar.TIMESTAMPTZ,
    }
    table = TableSchema.of(types)
    found = pa.concat_tables(
        list(open_resource(plan_of(tmp_path, "excel"), None, table).unwrap())
    ).to_pydict()
    assert ([1, None], [None, "x"]) == (found["n"], found["n__v_text"])
    assert ["2.00", "1.25"] == [str(each) for each in found["d"]]
    assert ["3", "2026-01-02"] == found["s"]
    assert [AT.replace(tzinfo=dt.UTC), dt.datetime(2026, 1, 2, tzinfo=dt.UTC)] == found["at"]


def test_named_types_hold_for_all_values(tmp_path: Path) -> None:
    xlsx(tmp_path / "a.xlsx", [["s", "n", "d", "at"], [1, "2", 1.1, AT.date()], [AT.date(), 3, 2, AT]])
    types = {"s": "string", "n": "int64", "d": "decimal128(9, 2)", "at": "timestamp[us]"}
    found = rows(tmp_path, column_types=types)
    assert ["1", "2026-01-02"] == [row["s"] for row in found]
    assert ([2, 3], ["1.10", "2.00"]) == ([row["n"] for row in found], [str(row["d"]) for row in found])
    assert [DAY, AT] == [row["at"] for row in found]
    xlsx(tmp_path / "a.xlsx", [["n"], [1], [None], ["x"]])
    assert f"{tmp_path}/a.xlsx, sheet Sheet, row 4, column A (n): " in cause(
        tmp_path, column_types={"n": "int64"}
    )
    assert f"{tmp_path}/a.xlsx, sheet Sheet has no column m; it has n" == cause(
        tmp_path, column_types={"m": "bool"}
    )


class TestSheets:
    @pytest.mark.parametrize(("sheet", "found"), [(None, 1), (2, 2), ("More", 2), ("Sheet", 1)])
    def test_one_is_chosen(self, tmp_path: Path, sheet: int | str | None, found: int) -> None:
        xlsx(tmp_path / "a.xlsx", [["id"], [1]], More=[["id"], [2]])
        assert [{"id": found}] == rows(tmp_path, **({"sheet": sheet} if sheet else {}))

    @pytest.mark.parametrize(("sheet", "what"), [(3, "sheet 3"), ("more", "sheet named more")])
    def test_one_that_is_not_there_is_refused(self, tmp_path: Path, sheet: object, what: str) -> None:
        xlsx(tmp_path / "a.xlsx", [["id"], [1]], More=[["id"], [2]])
        fault = failure_of(plan_of(tmp_path, "excel", reader_options={"sheet": sheet}))
        assert (f"{tmp_path}/a.xlsx has no {what}; it has Sheet, More", Category.CONFIGURATION) == (
            fault.cause,
            fault.category,
        )

    def test_an_empty_one_has_no_rows(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx")
        assert [] == rows(tmp_path)

    def test_a_header_alone_has_columns(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id", "name"]])
        (table,) = tables_of(plan_of(tmp_path, "excel", reader_options={"column_types": {"id": "int64"}}))
        assert {"id": pa.int64(), "name": pa.string()} == dict(
            zip(table.column_names, table.schema.types, strict=True)
        )


class TestRows:
    def test_some_are_left_out(self, tmp_path: Path) -> None:
        title: Cells = [["Orders"], [], [None, "id"], [None, 1], [], [None, 2], [None, "Total"], []]
        xlsx(tmp_path / "a.xlsx", title)
        for options in ({"skip_rows": 1}, {"header_row": 3}):
            assert [{"id": 1}, {"id": 2}] == rows(tmp_path, skip_footer=1, **options)

    def test_a_header_row_that_is_empty_is_refused(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["Orders"], [], ["id"], [1]])
        assert f"{tmp_path}/a.xlsx, sheet Sheet, row 2 is empty" == cause(tmp_path, header_row=2)

    def test_names_replace_a_header_or_stand_in_for_one(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["A"], [1]])
        assert [{"id": 1}] == rows(tmp_path, column_names=["id"])
        found = rows(tmp_path, column_names=["id"], has_header=False)
        assert [{"id": None, "id__v_text": "A"}, {"id": 1, "id__v_text": None}] == found

    def test_columns_without_a_name_have_that_of_their_place(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [[2026, None, AT.date(), None], [1, 2, 3, None]])
        assert [{"2026": 1, "column_2": 2, "2026-01-02": 3}] == rows(tmp_path)

    def test_two_columns_of_one_name_are_refused(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id", "id"], [1, 2]])
        assert f"{tmp_path}/a.xlsx, sheet Sheet has more than one column named id" == cause(tmp_path)

    def test_a_value_beside_the_header_is_refused(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id"], [1], [2, "lost"]])
        assert (
            f"{tmp_path}/a.xlsx, sheet Sheet, row 3, column B: it is beside the columns that have a name"
            == cause(tmp_path, column_names=["id"], has_header=False)
        )


class TestCells:
    def test_an_error_is_refused_or_null(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id", "v"], [1, 2], [2, "#N/A"], [3, "#DIV/0!"]])
        assert f"{tmp_path}/a.xlsx, sheet Sheet, row 3, column B: it has the error #N/A" == cause(tmp_path)
        assert "null_values to ['#N/A']" in step(tmp_path)
        assert "row 4, column B: it has the error #DIV/0!" in cause(tmp_path, null_values="#N/A")
        assert [2, None, None] == [row["v"] for row in rows(tmp_path, null_values=["#N/A", "#DIV/0!"])]

    def test_an_error_in_a_row_that_is_left_out_is_none(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["#REF!"], ["id"], [1], ["#N/A"]])
        assert [{"id": 1}] == rows(tmp_path, skip_rows=1, skip_footer=1)

    def test_a_row_of_nothing_but_an_error_is_no_empty_row(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id"], ["#N/A"], [1]])
        assert "row 2, column A" in cause(tmp_path)
        assert 2 == len(rows(tmp_path, null_values="#N/A"))

    def test_a_formula_that_was_never_calculated_is_refused(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id", "v"], [1, "=A2*2"]])
        assert f"{tmp_path}/a.xlsx, sheet Sheet, row 2, column B: its formula was never calculated" == cause(
            tmp_path
        )
        with_part(tmp_path / "a.xlsx", SHEET, "<v />", "<v>2</v>")
        assert [{"id": 1, "v": 2}] == rows(tmp_path)

    @pytest.mark.parametrize(
        ("merged", "cells"), [("A2:A3", "row 2, column A: the cells A2:A3"), ("B2:C3", "B2:C3")]
    )
    def test_merged_ones_are_refused(self, tmp_path: Path, merged: str, cells: str) -> None:
        xlsx(
            tmp_path / "a.xlsx", [["a", "b", "c"], [1, 2, None], [None, None, None], [4, 5, 6]], merged=merged
        )
        assert f"{cells} are merged" in cause(tmp_path)
        assert "merged_cells" in step(tmp_path)

    def test_merged_ones_have_the_value_in_all_or_in_the_first(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["a", "b", "c"], [1, 2, None], [1, None, None]], merged="B2:C3")
        assert [(1, 2, 2), (1, 2, 2)] == [tuple(r.values()) for r in rows(tmp_path, merged_cells="all")]
        assert [{"a": 1, "b": 2}, {"a": 1, "b": None}] == rows(tmp_path, merged_cells="first")

    def test_a_merged_title_that_is_left_out_is_fine(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["Orders", None], ["a", "b"], [1, 2]], merged="A1:B1")
        assert [{"a": 1, "b": 2}] == rows(tmp_path, header_row=2)


class TestFiles:
    def test_of_one_load_have_one_type_for_a_column(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["v"], [1.5]])
        xlsx(tmp_path / "b.XLSX", [["v"], [2]])
        assert [1.5, 2.0] == [row["v"] for row in rows(tmp_path)]

    def test_that_are_open_in_excel_are_passed_over(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id"], [1]])
        (tmp_path / "~$a.xlsx").write_bytes(b"\5somebody")
        assert [{"id": 1}] == rows(tmp_path)

    @pytest.mark.parametrize(
        "content", [b"id,v\n1,2\n", b"PK\3\4 and no more", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
    )
    def test_that_are_none_are_named(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.xlsx").write_bytes(content)
        assert f"{tmp_path}/a.xlsx is not a workbook of Excel or OpenDocument, or is damaged" in cause(
            tmp_path
        )

    def test_that_become_too_large_are_refused(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id"], [1]])
        with_part(tmp_path / "a.xlsx", SHEET, 'r="A2"', 'r="XFD1048576"')
        assert "max_expansion" in cause(tmp_path)

    def test_with_entities_are_refused(self, tmp_path: Path) -> None:
        xlsx(tmp_path / "a.xlsx", [["id"], [1]])
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
        with_part(tmp_path / "a.xlsx", SHEET, "<worksheet", bomb)
        assert "is not a workbook" in cause(tmp_path)


@pytest.mark.parametrize("kind", ["read", "probe"])
def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    xlsx(tmp_path / "a.xlsx", [["id"], [1]])
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    plan = plan_of(tmp_path, "excel")
    expected = MissingPackage("python_calamine", "format: excel", "pip install python-calamine")
    if kind == "probe":
        assert expected == probe(plan.source, 5).failure()
        return
    with pytest.raises(Exception, match="pip install python-calamine") as caught:
        list(open_resource(plan, None).unwrap())
    errors = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert expected in [error.fault for error in errors if isinstance(error, SourceError)]
