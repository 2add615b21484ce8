"""Which Parquet files are loaded as they are, and that all of their rows are read before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.adapters.sources.filesystem.parquet_copies import copied
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_files import ParquetReader
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_statistics import ColumnFacts
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import ParquetOptions
from floe_ingestion_dlt.ports.source import Copies, ParquetCopy, SourceError
from tests.plain_columns import PLAIN_COLUMNS

OTHER: dict[str, pa.Array[Any]] = {
    "short": pa.array([1], pa.int16()),
    "unsigned": pa.array([1], pa.uint32()),
    "millis": pa.array([1], pa.timestamp("ms")),
    "nanos": pa.array([1], pa.timestamp("ns")),
    "time": pa.array([1], pa.time64("us")),
    "list": pa.array([[1]]),
    "struct": pa.array([{"a": 1}]),
    "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "fixed": pa.array([b"ab"], pa.binary(2)),
    "codes": pa.array(["a"]).dictionary_encode(),
    "nulls": pa.array([None], pa.null()),
    "wide": pa.array([Decimal(1)], pa.decimal256(60, 0)),
    "half": pa.array([1.0], pa.float16()),
}
NUMBERS = pa.table({"id": pa.array(range(100_000)), "name": [f"name {n}" for n in range(100_000)]})


def copy_of(
    file: Path, keeps: Callable[[str], bool] = lambda _name: True, **options: Any
) -> ParquetCopy | None:
    folder = file.parent / "copies"
    folder.mkdir(exist_ok=True)
    reader = ParquetReader(ParquetOptions.model_validate(options))
    return copied(reader, lambda: file.open("rb"), file.name, Copies(folder, keeps))


def left(file: Path) -> list[Path]:
    """The copies that were left."""
    return [*(file.parent / "copies").iterdir()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize("is_integer", [True, False])
@pytest.mark.parametrize("codec", ["zstd", "snappy", "gzip", "none"])
def test_a_file_of_plain_columns_is_copied_byte_by_byte(file: Path, codec: Any, *, is_integer: bool) -> None:
    table = pa.table(PLAIN_COLUMNS)
    pq.write_table(table, file, compression=codec, row_group_size=2, store_decimal_as_integer=is_integer)
    copy = copy_of(file)
    assert copy is not None
    assert file.read_bytes() == copy.path.read_bytes()
    assert (3, table.schema.names) == (copy.rows, pa.table(copy.columns).schema.names)
    assert 0 == pa.table(copy.columns).num_rows


def test_columns_that_may_not_be_null_are_copied(file: Path) -> None:
    required = pa.schema([field.with_nullable(False) for field in NUMBERS.schema])  # noqa: FBT003 - pyarrow's signature
    pq.write_table(NUMBERS.cast(required), file)
    assert copy_of(file) is not None


@pytest.mark.parametrize("name", OTHER)
def test_a_file_with_a_column_of_another_type_is_written_anew(file: Path, name: str) -> None:
    pq.write_table(pa.table({"id": [1], name: OTHER[name]}), file)
    assert (None, []) == (copy_of(file), left(file))


@pytest.mark.parametrize(
    "writing",
    [
        {"compression": "brotli"},
        {"compression": "lz4"},
        {"use_dictionary": False, "column_encoding": {"id": "DELTA_BINARY_PACKED"}},
        {"use_dictionary": False, "column_encoding": {"name": "DELTA_BYTE_ARRAY"}},
        {"write_statistics": False},
        {"write_statistics": ["id"]},
    ],
    ids=str,
)
def test_a_file_that_not_all_engines_read_or_skip_is_written_anew(
    file: Path, writing: dict[str, Any]
) -> None:
    pq.write_table(NUMBERS, file, **writing)
    assert (None, []) == (copy_of(file), left(file))


def test_a_file_is_written_anew_if_columns_are_chosen_or_renamed(file: Path) -> None:
    pq.write_table(NUMBERS, file)
    assert copy_of(file, columns=["id"]) is None
    assert copy_of(file, lambda name: name != "name") is None
    assert copy_of(file) is not None


def with_footer_of(file: Path, other: pa.Table, **writing: Any) -> None:
    """Give the file the footer of one with other rows, the pages of which have the same sizes."""
    pq.write_table(other, file.with_name("other"), **writing)
    mine, others = file.read_bytes(), file.with_name("other").read_bytes()
    start = len(others) - 8 - int.from_bytes(others[-8:-4], "little")
    assert len(mine) - 8 - int.from_bytes(mine[-8:-4], "little") == start
    file.write_bytes(mine[:start] + others[start:])


@pytest.mark.parametrize(
    ("values", "others"),
    [
        (pa.array([1, 2, 3]), pa.array([1, 2, 2])),
        (pa.array([1, 2, 3]), pa.array([2, 2, 3])),
        (pa.array(["a", "b"]), pa.array(["a", "a"])),
        (pa.array([b"\xff", b"b"]), pa.array([b"a", b"b"])),
        (pa.array([True, False]), pa.array([True, True])),
        (pa.array([date(2026, 1, 1)]), pa.array([date(2026, 1, 2)])),
        (pa.array([1], pa.timestamp("us")), pa.array([2], pa.timestamp("us"))),
        (pa.array([Decimal("1.50")], pa.decimal128(9, 2)), pa.array([Decimal("1.49")], pa.decimal128(9, 2))),
        (pa.array([Decimal(10**37)], pa.decimal128(38, 0)), pa.array([Decimal(1)], pa.decimal128(38, 0))),
        (pa.array([1.5, 2.5]), pa.array([1.5, 2.25])),
    ],
    ids=str,
)
def test_a_file_whose_statistics_are_wrong_is_written_anew(
    file: Path, values: pa.Array[Any], others: pa.Array[Any]
) -> None:
    """An engine that skips rows by statistics would not find the rows."""
    writing: dict[str, Any] = {
        "compression": "none",
        "use_dictionary": False,
        "store_decimal_as_integer": True,
    }
    pq.write_table(pa.table({"v": values}), file, **writing)
    assert copy_of(file) is not None
    with_footer_of(file, pa.table({"v": others}), **writing)
    (file.parent / "copies").joinpath(left(file)[0].name).unlink()
    assert (None, []) == (copy_of(file), left(file))


def test_a_file_with_a_wrong_number_of_nulls_is_written_anew(file: Path) -> None:
    """The pages of both files have the same sizes, as their bits say which values are null."""
    writing: dict[str, Any] = {"compression": "none", "use_dictionary": False}
    nulls = pa.array([1, None, 2, None, None]), pa.array([1, 2, None, None, None])
    pq.write_table(pa.table({"v": nulls[0]}), file, **writing)
    with_footer_of(file, pa.table({"v": nulls[1]}), **writing)
    assert copy_of(file) is not None
    chunk = pq.read_metadata(file).row_group(0).column(0)
    facts = ColumnFacts(pa.int64(), chunk)
    facts.add(pa.array([1, 2, 3, None, None]))
    assert not facts.agree()


def test_a_damaged_page_is_found_and_nothing_is_left(file: Path) -> None:
    pq.write_table(NUMBERS, file, compression="zstd", write_page_checksum=True)
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    file.write_bytes(damaged)
    with pytest.raises(SourceError, match="or is damaged"):
        copy_of(file)
    assert [] == left(file)


def test_a_text_that_is_not_utf_8_is_found(file: Path) -> None:
    pq.write_table(pa.table({"text": ["plain"]}), file, compression="none", use_dictionary=False)
    file.write_bytes(file.read_bytes().replace(b"plain", b"pl\xffin"))
    with pytest.raises(SourceError, match="or is damaged"):
        copy_of(file)
    assert [] == left(file)


def few(*texts: str | None) -> pa.Table:
    """So many rows of few texts that Parquet needs less than a byte for each."""
    return pa.table({"id": range(50_000), "text": [*texts] * (50_000 // len(texts))})


def test_few_texts_are_read_from_their_dictionary(file: Path) -> None:
    pq.write_table(few("plain", None, "Ünï", ""), file, row_group_size=20_000)
    columns = ParquetReader(ParquetOptions()).by_group(lambda: file.open("rb"), file.name, ["text"])
    kinds = {batch.schema.field("text").type for _, batch in columns}
    assert {pa.dictionary(pa.int32(), pa.string())} == kinds
    copy = copy_of(file)
    assert copy is not None
    assert 50_000 == copy.rows
    assert pa.string() == pa.table(copy.columns).schema.field("text").type


@pytest.mark.parametrize("others", [("b", "c"), ("a", "b")], ids=str)
def test_few_texts_with_wrong_statistics_are_written_anew(file: Path, others: tuple[str, str]) -> None:
    pq.write_table(few("a", "c"), file, compression="none")
    assert copy_of(file) is not None
    left(file)[0].unlink()
    with_footer_of(file, few(*others), compression="none")
    assert (None, []) == (copy_of(file), left(file))


def test_nulls_among_few_texts_are_counted(file: Path) -> None:
    values = pa.array(["a", None, "b", None])
    pq.write_table(pa.table({"v": values}), file)
    facts = ColumnFacts(pa.string(), pq.read_metadata(file).row_group(0).column(0))
    facts.add(values.dictionary_encode())
    assert (2, [b"a", b"b"]) == (facts.nulls, facts.bounds)
    assert facts.agree()


def test_texts_without_bounds_in_the_footer_are_not_held(file: Path) -> None:
    """pyarrow leaves out the bounds of long texts."""
    values = pa.array(["a" * 5_000, None])
    pq.write_table(pa.table({"v": values}), file)
    facts = ColumnFacts(pa.string(), pq.read_metadata(file).row_group(0).column(0))
    facts.add(values)
    assert (1, []) == (facts.nulls, facts.bounds)
    assert facts.agree()


def test_a_text_of_few_that_is_not_utf_8_is_found(file: Path) -> None:
    pq.write_table(few("plain", "other"), file, compression="none", write_statistics=True)
    data = file.read_bytes()
    at = data.index(b"plain")
    file.write_bytes(data[:at] + b"pl\xffin" + data[at + 5 :])
    with pytest.raises(SourceError, match="or is damaged"):
        copy_of(file)
    assert [] == left(file)


def test_few_texts_count_as_often_as_they_are_used(file: Path) -> None:
    """A small file can have a long text many times, which fills the memory of whoever reads it."""
    pq.write_table(few("x" * 100_000), file, compression="zstd")
    with pytest.raises(SourceError, match="max_expansion"):
        copy_of(file)
    assert [] == left(file)
    assert copy_of(file, max_expansion=10_000_000_000) is not None


@pytest.mark.parametrize("name", ["raw", "a.b"])
def test_few_bytes_that_are_no_text_are_copied(file: Path, name: str) -> None:
    pq.write_table(pa.table({"id": range(50_000), name: [b"\xff", b"", None, b"a"] * 12_500}), file)
    copy = copy_of(file)
    assert copy is not None
    assert (50_000, ["id", name]) == (copy.rows, pa.table(copy.columns).column_names)
