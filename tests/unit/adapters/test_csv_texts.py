"""CSV texts as programs write them: their encodings, empty lines, and headers."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.filesystem import csv_files
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of

MARKED = [
    ("utf-8", codecs.BOM_UTF8),
    ("utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be", codecs.BOM_UTF16_BE),
    ("utf-32-le", codecs.BOM_UTF32_LE),
    ("utf-32-be", codecs.BOM_UTF32_BE),
]


class TestEncoding:
    @pytest.mark.parametrize(("encoding", "mark"), MARKED)
    def test_a_byte_order_mark_says_the_encoding(self, tmp_path: Path, encoding: str, mark: bytes) -> None:
        (tmp_path / "a.csv").write_bytes(mark + 'id,name\n1,"caf\n\u00e9, \U0001f600"\n'.encode(encoding))
        assert [{"id": 1, "name": "caf\n\u00e9, \U0001f600"}] == rows_of(plan_of(tmp_path))

    def test_a_mark_counts_before_the_option(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_bytes("n\né\n".encode("cp1252"))
        (tmp_path / "b.csv").write_bytes("n\né\n".encode("utf-8-sig"))
        assert [{"n": "é"}] * 2 == rows_of(plan_of(tmp_path, reader_options={"encoding": "cp1252"}))

    @pytest.mark.parametrize("size", [1, 100_000])
    def test_characters_over_the_border_of_two_blocks_are_whole(self, tmp_path: Path, size: int) -> None:
        rows = [f"{n},{'é' * (n % 7)}\U0001f600" for n in range(size)]
        (tmp_path / "a.csv").write_text("id,v\n" + "\n".join(rows), encoding="utf-16")
        assert [row.split(",")[1] for row in rows] == [row["v"] for row in rows_of(plan_of(tmp_path))]

    @pytest.mark.parametrize(
        ("data", "encoding", "says"),
        [
            (
                b"\xff\xfe" + "id\n1\n".encode("utf-16-le") + b"\x00",
                None,
                "line 3: the text is not in utf-16-le",
            ),
            (b"id\n1\n\x81\n", "cp1252", "line 3: the text is not in cp1252"),
            (b"id\n1\n" * 300_000 + b"\x81\n", "cp1252", "line 600001: the text is not in cp1252"),
            (b"n\xe9,b\n1,2\n", None, "line 1: the names of the columns are not in utf-8"),
        ],
    )
    def test_a_wrong_byte_is_an_error_that_names_its_line(
        self, tmp_path: Path, data: bytes, encoding: str | None, says: str
    ) -> None:
        (tmp_path / "a.csv").write_bytes(data)
        fault = failure_of(plan_of(tmp_path, reader_options={"encoding": encoding}))
        assert f"{tmp_path}/a.csv, {says}" == fault.cause
        assert "reader_options.encoding" in fault.next_step


class TestFilesWithoutRows:
    @pytest.mark.parametrize(
        "data",
        [
            b"id,name",
            b"id,name\r",
            b"\n\n",
            b"\r\n \t\n",
            b" ",
            b"\xef\xbb\xbf",
            b"\xef\xbb\xbf\n",
            b"\xff\xfe",
        ],
        ids=repr,
    )
    def test_they_add_nothing_and_are_no_error(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "a.csv").write_bytes(data)
        (tmp_path / "b.csv").write_text("id,name\n1,a")
        (tmp_path / "c.csv").write_bytes(data)
        assert [{"id": 1, "name": "a"}] == rows_of(plan_of(tmp_path))

    def test_so_do_those_whose_lines_are_all_skipped(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("one\ntwo")
        assert [] == rows_of(plan_of(tmp_path, reader_options={"skip_rows": 3}))

    def test_many_empty_lines_before_the_header_are_passed_over(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("\n" * 1_200_000 + "id,v\n\n1,a\n")
        assert [{"id": 1, "v": "a"}] == rows_of(plan_of(tmp_path))


VALUES = st.sampled_from(["", "a", "bb", '""', '"x\n\ny"', '"q""r"', '"\r\n"'])


class TestOneColumn:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("is_ended", [True, False])
    def test_an_empty_line_is_a_row(self, tmp_path: Path, end: str, is_ended: bool) -> None:  # noqa: FBT001 - a case
        (tmp_path / "a.csv").write_bytes(f"v{end}a{end}{end}b{end * 3}c{end * is_ended}".encode())
        assert ["a", None, "b", None, None, "c"] == [row["v"] for row in rows_of(plan_of(tmp_path))]

    @settings(deadline=None)
    @given(
        st.lists(VALUES, min_size=1, max_size=12),
        st.sampled_from(["\n", "\r\n"]),
        st.sampled_from([16, 17, 64]),
    )
    @example(["a", ""], "\n", 64)
    def test_there_are_as_many_rows_as_values_in_blocks_of_any_size(
        self, tmp_path_factory: pytest.TempPathFactory, values: list[str], end: str, block: int
    ) -> None:
        file = tmp_path_factory.mktemp("one") / "a.csv"
        file.write_bytes(end.join(["v", *values, ""]).encode())
        written = [value[1:-1].replace('""', '"') if value[:1] == '"' else value or None for value in values]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(csv_files.CsvReader, "_block_bytes", lambda _: block)
            found = rows_of(plan_of(file, reader_options={"column_types": {"v": "string"}}))
        assert written == [row.get("v") for row in found]

    def test_empty_lines_are_rows_in_later_megabytes(self, tmp_path: Path) -> None:
        values = [("" if n % 3 else f"value {n}") for n in range(500_000)]
        (tmp_path / "a.csv").write_text("\n".join(["v", *values, ""]))
        assert [value or None for value in values] == [row["v"] for row in rows_of(plan_of(tmp_path))]

    def test_they_count_in_the_row_of_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("v\n1\n\n\nx,y\n")
        assert f"{tmp_path}/a.csv, row 5: 2 fields instead of 1" == failure_of(plan_of(tmp_path)).cause

    def test_they_are_rows_without_a_header(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("\n1\n\n")
        options = {"has_header": False, "column_names": ["v"]}
        assert [None, 1, None] == [row["v"] for row in rows_of(plan_of(tmp_path, reader_options=options))]


class TestEmptyLines:
    def test_they_are_passed_over_in_wider_files_and_an_error_has_the_line(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text('a,b\n\n1,"x\ny"\n\n2,z\n')
        assert [(1, "x\ny"), (2, "z")] == [tuple(row.values()) for row in rows_of(plan_of(tmp_path))]
        (tmp_path / "a.csv").write_text('a,b\n\n1,"x\ny"\n\n2\n')
        cause = failure_of(plan_of(tmp_path)).cause
        assert f"{tmp_path}/a.csv, row 3 (line 6): 1 fields instead of 2" == cause


class TestHeader:
    @pytest.mark.parametrize(
        ("header", "names"),
        [
            (",id,name", ["column_1", "id", "name"]),
            ("id,,", ["id", "column_2", "column_3"]),
            ('" ",column_1,""', ["column_1_2", "column_1", "column_3"]),
            ("\n\n,id, ", ["column_1", "id", "column_3"]),
            ('"a\nb",,c', ["a\nb", "column_2", "c"]),
        ],
    )
    def test_columns_without_a_name_get_one(self, tmp_path: Path, header: str, names: list[str]) -> None:
        (tmp_path / "a.csv").write_text(f"{header}\n1,2,3\n")
        assert [dict(zip(names, (1, 2, 3), strict=True))] == rows_of(plan_of(tmp_path))

    def test_they_can_have_a_type(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text(",id\n1,2\n")
        options: dict[str, Any] = {"column_types": {"column_1": "string"}}
        assert [{"column_1": "1", "id": 2}] == rows_of(plan_of(tmp_path, reader_options=options))

    def test_names_replace_a_header_of_several_lines(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text('note\n"a\nb",c\n1,2\n')
        plan = plan_of(tmp_path, reader_options={"column_names": ["x", "y"], "skip_rows": 1})
        assert [{"x": 1, "y": 2}] == rows_of(plan)

    def test_a_header_that_never_ends_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text('id,"name\n1,a\n')
        fault = failure_of(plan_of(tmp_path))
        assert (
            f"{tmp_path}/a.csv, row 1, from line 1 on: the file ends within a value in quotes" == fault.cause
        )


@pytest.mark.parametrize("text", ["<html><body>Log in</body></html>", " <!DOCTYPE html>\n<html>\n</html>\n"])
def test_a_web_page_is_no_file_without_rows(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    fault = failure_of(plan_of(tmp_path))
    assert f"{tmp_path}/a.csv is a web page (HTML), and not CSV" == fault.cause
    assert "login" in fault.next_step


@pytest.mark.parametrize(
    "text",
    [
        '{"error": "no such file, x"}',
        '{\n  "error": 1\n}',
        '[{"id": 1}, {"id": 2}]',
        ' {"id": 1}\n{"id": 2}\n',
    ],
)
def test_json_is_no_file_without_rows(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    fault = failure_of(plan_of(tmp_path))
    assert f"{tmp_path}/a.csv is JSON, and not CSV" == fault.cause
    assert "Set format to json" in fault.next_step


def test_names_in_brackets_are_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("[id],{name}\n1,a\n")
    assert [{"[id]": 1, "{name}": "a"}] == rows_of(plan_of(tmp_path))
