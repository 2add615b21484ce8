"""Rows of CSV files that are longer than what is read at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.filesystem import csv_files
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of, tables_of

MIB = 1 << 20
SIZES = st.lists(st.integers(0, 700), min_size=1, max_size=15)


@pytest.mark.parametrize("size", [MIB, 3 * MIB, 5 * MIB, 20 * MIB])
@pytest.mark.parametrize("before", [0, 1, 200_000])
def test_a_long_value_is_loaded_with_all_rows_once(tmp_path: Path, size: int, before: int) -> None:
    long = "a\n" * (size // 2)
    rows = [f"{n},v{n}" for n in range(before)] + [f'-1,"{long}"'] + [f"{n},w" for n in range(9)]
    (tmp_path / "a.csv").write_text("\n".join(["id,t", *rows, ""]))
    found = [(row["id"], len(row["t"])) for row in rows_of(plan_of(tmp_path))]
    assert [(n, len(f"v{n}")) for n in range(before)] + [(-1, size)] + [(n, 1) for n in range(9)] == found


@settings(deadline=None)
@given(sizes=SIZES, quoted=st.booleans(), end=st.sampled_from(["\n", "\r\n"]))
def test_rows_of_all_lengths_come_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    sizes: list[int],
    quoted: bool,  # noqa: FBT001 - a case
    end: str,
) -> None:
    file = tmp_path_factory.mktemp("long") / "a.csv"
    values = [(end if quoted else "x") * size + str(n) for n, size in enumerate(sizes)]
    written = [f'"{value}"' if quoted else value for value in values]
    file.write_bytes(end.join(["id,t", *(f"{n},{value}" for n, value in enumerate(written)), ""]).encode())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 32)
        found = rows_of(plan_of(file, reader_options={"column_types": {"t": "string"}}))
    assert list(enumerate(values)) == [(row["id"], row["t"]) for row in found]


def test_ordinary_files_are_read_in_blocks_of_a_megabyte(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,t\n" + "1,abcdef\n" * 1_000_000)
    blocks = [table.column("id").num_chunks for table in tables_of(plan_of(tmp_path))]
    assert 8 <= sum(blocks)


def test_a_column_whose_first_value_is_behind_a_long_row_is_loaded(tmp_path: Path) -> None:
    rows = "1,a,\n" * 300_000 + f"2,{'b' * 2 * MIB},\n" + "3,c,7\n"
    (tmp_path / "a.csv").write_text("id,t,late\n" + rows)
    found = rows_of(plan_of(tmp_path))
    assert [(1, None)] * 300_000 + [(2, None), (3, 7)] == [(row["id"], row.get("late")) for row in found]


@pytest.mark.parametrize("limit", [10, MIB, 2 * MIB])
def test_a_row_longer_than_the_limit_is_named(tmp_path: Path, limit: int) -> None:
    (tmp_path / "a.csv").write_text("id,t\n1,a\n\n" + f"2,{'b' * 6 * MIB}\n")
    fault = failure_of(plan_of(tmp_path, reader_options={"max_line_bytes": limit}))
    assert f"{tmp_path}/a.csv, row 3, from line 4 on: more than {limit:,} bytes" in fault.cause
    assert "reader_options.max_line_bytes" in fault.next_step


@pytest.mark.parametrize("rows", [1, 400_000, 5_000_000])
def test_a_quote_that_is_never_closed_is_named(tmp_path: Path, rows: int) -> None:
    (tmp_path / "a.csv").write_text('id,t\n1,"a\nb"\n2,"c\n' + "3,d\n" * rows)
    fault = failure_of(plan_of(tmp_path))
    assert f"{tmp_path}/a.csv, row 3, from line 4 on: the file ends within a value in quotes" == fault.cause
    assert "Close the quote" in fault.next_step


def test_a_bad_row_behind_a_long_one_has_its_number(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,t\n1," + "a" * 2 * MIB + "\n" + "2,b\n" * 300_000 + "3\n")
    assert f"{tmp_path}/a.csv, row 300003: 1 fields instead of 2" == failure_of(plan_of(tmp_path)).cause
