"""Options for CSV files as other programs write them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from floe_ingestion_dlt.adapters.sources.filesystem import csv_files
from floe_ingestion_dlt.adapters.sources.filesystem.settings import Filesystem
from floe_ingestion_dlt.adapters.sources.filesystem.source import FilesystemSource
from floe_ingestion_dlt.domain.events import DelimiterFound, DelimiterLooksWrong, Event
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.ports.source import Reading
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of


def rows(path: Path, **options: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows_of(plan_of(path, reader_options=options))]


def events(path: Path, **options: Any) -> list[Event]:
    source, heard = plan_of(path, reader_options=options).source, list[Event]()
    assert isinstance(source, Filesystem)
    list(FilesystemSource(source).read("files", None, Reading(report=heard.append)))
    return [event for event in heard if isinstance(event, DelimiterFound | DelimiterLooksWrong)]


class TestDelimiter:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":"])
    def test_it_is_found_outside_of_quotes(self, tmp_path: Path, delimiter: str) -> None:
        quoted = '"x,y;z\t|:\n\n,"'
        (tmp_path / "a.csv").write_text(delimiter.join(["id", "v", "w\n1", quoted, "2\n\n3", quoted, "4\n"]))
        assert [(1, quoted[1:-1], 2), (3, quoted[1:-1], 4)] == rows(tmp_path, delimiter="auto")
        assert [DelimiterFound(delimiter, f"{tmp_path}/a.csv")] == events(tmp_path, delimiter="auto")

    def test_a_file_with_another_one_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id\n")
        (tmp_path / "b.csv").write_text("id;v\n1;2\n")
        (tmp_path / "c.csv").write_text("id,v\n1,2\n")
        fault = failure_of(plan_of(tmp_path, reader_options={"delimiter": "auto"}))
        assert f"{tmp_path}/c.csv is divided by comma, and {tmp_path}/b.csv by semicolon" == fault.cause
        assert Category.CONFIGURATION is fault.category

    def test_texts_in_one_column_are_not_divided(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("note\nwell, then\na;b\n")
        assert [("well, then",), ("a;b",)] == rows(tmp_path, delimiter="auto")

    def test_skipped_lines_comments_and_footers_do_not_count(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text('a|b|c\n# x|y "\nid;v\n1;2\n\nTotal|1\n')
        options = {"delimiter": "auto", "skip_rows": 1, "comment": "#", "skip_footer": 1}
        assert [(1, 2)] == rows(tmp_path, **options)

    @pytest.mark.parametrize("text", ["id;price\n1;1.50\n", "id\tv\n1\tb\n", "id;v", '"a|b\n"|c\n1|2\n'])
    def test_one_that_divides_nothing_is_doubted(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.csv").write_text(text)
        (tmp_path / "b.csv").write_text(text)
        other = next(char for char in ";\t|" if char in text)
        assert [DelimiterLooksWrong(",", other, f"{tmp_path}/a.csv")] == events(tmp_path)

    @pytest.mark.parametrize("text", ["at\n10:00\n", '"a;b"\n"c;d"\n', "a,b;c\n1,2;3\n", "a;b\nc\n"])
    def test_one_that_may_be_right_is_not(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.csv").write_text(text)
        assert events(tmp_path) == []


class TestNumbers:
    @pytest.mark.parametrize("block", [64, 1 << 20])
    def test_a_decimal_comma_and_points_between_thousands(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
    ) -> None:
        monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: block)
        lines = ["1;1,50;x", "1.234.567;-1.234,5;1.234", ";;", "-7;0;1,5"] * 9
        (tmp_path / "a.csv").write_text("\n".join(["id;p;t", *lines, ""]))
        found = rows(tmp_path, delimiter=";", decimal_point=",", thousands=".")
        assert [
            (1, 1.5, "x"),
            (1_234_567, -1234.5, "1.234"),
            (None, None, None),
            (-7, 0.0, "1,5"),
        ] * 9 == found

    @pytest.mark.parametrize(
        ("thousands", "text", "number"),
        [
            (",", '"1,234.5"', 1234.5),
            ("'", "1'234.5", 1234.5),
            (" ", "1 234.5", 1234.5),
            (" ", "1\u00a0234.5", 1234.5),
            (" ", "1\u202f234.5", 1234.5),
            ("_", "1_234.5", 1234.5),
            ("_", " 12.5 ", 12.5),
            ("_", "1e3", 1000.0),
        ],
    )
    def test_other_signs(self, tmp_path: Path, thousands: str, text: str, number: float) -> None:
        (tmp_path / "a.csv").write_text(f"v,w\n{text},1\n")
        assert [(number, 1)] == rows(tmp_path, thousands=thousands)

    def test_decimals_and_long_numbers_are_exact(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("p;n\n1.234,50;18.446.744.073.709.551.615\n")
        types = {"p": "decimal128(10, 2)"}
        options = {"delimiter": ";", "decimal_point": ",", "thousands": ".", "column_types": types}
        assert [(Decimal("1234.50"), Decimal(18446744073709551615))] == rows(tmp_path, **options)

    def test_a_comma_alone(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("p;z\n1,5;01\n-2;02\n")
        assert [(1.5, "01"), (-2.0, "02")] == rows(tmp_path, delimiter=";", decimal_point=",")

    @pytest.mark.parametrize("value", ["1.23", "1.2345", "1,2,3", "x", "1.234,567"])
    def test_a_later_value_that_is_no_number_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 64)
        (tmp_path / "a.csv").write_text("# c\np;q\n" + "1.234,50;1\n" * 50 + f"{value};1\n")
        options = {"delimiter": ";", "decimal_point": ",", "thousands": ".", "comment": "#"}
        fault = failure_of(
            plan_of(tmp_path, reader_options={**options, "column_types": {"p": "decimal128(9, 2)"}})
        )
        assert (
            f"{tmp_path}/a.csv, row 53, column p: a value cannot be read as decimal128(9, 2)" == fault.cause
        )
        assert "reader_options.decimal_point" in fault.next_step


class TestLines:
    @pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
    def test_rows_at_the_end_are_left_out(self, tmp_path: Path, end: str) -> None:
        (tmp_path / "a.csv").write_bytes(f'id,v\n1,a\n2,"b\nc"\n"Total\n",2,\nmade by x{end}'.encode())
        assert [(1, "a"), (2, "b\nc")] == rows(tmp_path, skip_footer=2)

    def test_they_are_left_out_of_large_files(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id,v\n" + "1,abcdefgh\n" * 300_000 + "Total: 300000\n")
        assert [(1, "abcdefgh")] * 300_000 == rows(tmp_path, skip_footer=1)

    @pytest.mark.parametrize("text", ["id,v\nTotal", "Total", "\n", "id,v\n"])
    def test_files_may_have_nothing_else(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.csv").write_text(text)
        assert rows(tmp_path, skip_footer=1) == []

    def test_a_quote_that_is_never_closed_is_no_footer(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text('id,v\n1,"a\n2,b\nTotal\n')
        fault = failure_of(plan_of(tmp_path, reader_options={"skip_footer": 1}))
        assert "from line 2 on: the file ends within a value in quotes" in fault.cause

    def test_comments_are_left_out_but_not_in_quotes(self, tmp_path: Path) -> None:
        text = '#\n# a,"b\n\nid,v\n#2,"x\n1,"a\n#b"\n2,#c\n # d,e\n#'
        (tmp_path / "a.csv").write_text(text)
        found = rows(tmp_path, comment="#", column_types={"id": "string"})
        assert [("1", "a\n#b"), ("2", "#c"), (" # d", "e")] == found

    def test_an_error_has_the_line_with_comments(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("note\n#\nid,v\n#\n1,a\n#\n2\n")
        fault = failure_of(plan_of(tmp_path, reader_options={"comment": "#", "skip_rows": 1}))
        assert f"{tmp_path}/a.csv, row 5 (line 7): 1 fields instead of 2" == fault.cause

    def test_empty_lines_of_one_column_stay_rows(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("v\n#\n\na\n\nTotal\n\n")
        assert [(None,), ("a",), (None,)] == rows(tmp_path, comment="#", skip_footer=1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"thousands": "."}, "thousands: decimal_point is '.', too; set that to ','"),
        ({"thousands": ",", "decimal_point": ","}, "set that to '.'"),
        ({"comment": ","}, "comment: it must differ from delimiter"),
        ({"comment": '"'}, "comment: it must differ from quote_char"),
        ({"comment": "\\", "escape_char": "\\"}, "comment: it must differ from escape_char"),
        ({"comment": "//"}, "one ASCII character is needed"),
        ({"delimiter": "automatic"}, "delimiter"),
        ({"skip_footer": -1}, "skip_footer"),
        ({"decimal_point": "'"}, "decimal_point"),
        ({"thousands": "x"}, "thousands"),
    ],
)
def test_options_that_contradict_are_refused(tmp_path: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(Exception, match="reader_options") as caught:
        plan_of(tmp_path, reader_options=options)
    assert says in str(caught.value)
