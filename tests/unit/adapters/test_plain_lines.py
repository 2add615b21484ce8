"""Blocks of JSON lines that are read at once give the tables, and the errors, of lines that are read one by one."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.jsonl_files import JsonlReader
from floe_ingestion_dlt.adapters.sources.filesystem.line_blocks import LineBlock, line_blocks
from floe_ingestion_dlt.adapters.sources.filesystem.plain_lines import PlainLines
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import JsonlOptions
from floe_ingestion_dlt.domain.schema import ColumnType, Scalar
from floe_ingestion_dlt.ports.source import SourceError

KEYS = ("i", "f", "s", "b", "n")
PLAIN: dict[str, st.SearchStrategy[str]] = {
    "i": st.integers(-(2**63), 2**63 - 1).map(str),
    "f": st.floats(-1e15, 1e15).map(repr),
    "s": st.text(max_size=4).map(json.dumps)
    | st.text(max_size=4).map(lambda text: json.dumps(text, ensure_ascii=False)),
    "b": st.sampled_from(["true", "false"]),
    "n": st.just("null"),
}
ODD_VALUES = [
    "null", "0", "-0", "7", "1.0", "1e2", "-1.5E-3", "9007199254740992", "9007199254740993", "-9007199254740993",
    "9223372036854775808", "123456789012345678901234567890", "1e400", "1e300", "NaN", "Infinity", "-Infinity",
    "4.9e-324", "01", "+1", ".5", "1.", "true", '"7"', '"1996-03-13"', '"1996-03-13T10:00:00Z"', '""', '"\\u0000"',
    '"\\ud83d"', '"\\ude00"', '"\\ud83d\\ude00"', '"\\x"', '"\t"', "[]", "[1]", "{}", '{"i": 1}', "tru", "",
]  # fmt: skip
ODD_LINES = [
    b"", b" ", b"\r", b"{}", b"{} ", b" {}", b"null", b"[]", b"1", b'"x"', b'{"i": 1}{"i": 2}', b'{"i": 1} null',
    b'{"i": 1} null {"i": 2}', b'{"i":', b"1}", b'{"i": 1,}', b'{"i": 1, "i": 2}', b'{"i": null, "i": null}',
    b'{"\\u0069": 3}', b'{"x": 1}', b'{"": 1}', b'{"s": "\xff"}', b'{"s": "\xed\xa0\x80"}', b'{"\xff": 1}', b"\xef\xbb\xbf{}",
    b'{"i" : 1}', b'{"i"\t: 1}', b'{"s": "\\":"}', b'{"i": 1}\x00', b'{"i": 1}\x0c', b"{'i': 1}", b'{"i": 1} // one', b'{"i": 1}}',
]  # fmt: skip


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A line: mostly one with plain values, in any order of keys, some of which may be missing."""
    if not draw(st.integers(0, 12)):
        return draw(st.sampled_from(ODD_LINES))
    keys = draw(st.permutations(KEYS)) if draw(st.booleans()) else KEYS
    odd = draw(st.sampled_from(keys)) if not draw(st.integers(0, 6)) else None
    missing = draw(st.sampled_from([*keys, None]))
    values = {
        key: draw(PLAIN[key] if key != odd else st.sampled_from(ODD_VALUES)) for key in keys if key != missing
    }
    return ("{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}").encode()


FILES = st.tuples(st.lists(lines(), max_size=12), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
TABLES: list[dict[str, ColumnType]] = [
    {},
    {"i": Scalar.LONG, "f": Scalar.DOUBLE, "s": Scalar.STRING, "b": Scalar.BOOLEAN},
    {"i": Scalar.INT, "f": Scalar.FLOAT, "s": Scalar.TIMESTAMP, "n": Scalar.STRING},
    {"i": Scalar.DOUBLE, "f": Scalar.LONG, "s": Scalar.DATE, "b": Scalar.STRING},
]
NAMED: list[dict[str, str]] = [
    {},
    {"i": "float64", "f": "string"},
    {"i": "int32", "b": "string"},
    {"f": "decimal128(20, 3)"},
]


def read(
    files: Sequence[bytes],
    known: dict[str, ColumnType],
    types: dict[str, str],
    plain: PlainLines,
    block_bytes: int,
) -> list[Any]:
    """What reading gives: the columns with their types and values of each table, then the error."""
    found: list[Any] = []
    options = JsonlOptions(column_types=types)
    reader = JsonlReader(options, Expected(known.get), has_lines=True, plain=plain, block_bytes=block_bytes)
    try:
        for data in files:
            for table in reader.read(lambda data=data: nullcontext(io.BytesIO(data)), "a.jsonl"):  # type: ignore[misc]
                columns = sorted(table.column_names)  # a block that is read at once has its own order
                found += [table.select(columns).schema, repr(table.select(columns).to_pylist())]
    except SourceError as error:
        found.append(error.fault)
    return [*found, reader.found(), sorted(reader.names)]


@settings(deadline=None)
@given(
    st.lists(FILES, min_size=1, max_size=3),
    st.sampled_from(TABLES),
    st.sampled_from(NAMED),
    st.sampled_from([40, 200]),
)
@example([([b'{"i": 1}'] * 9, b"\n", True)], {}, {}, 20)
@example([([b'{"i": 1}', b'{"i": 2} null {"i": 3}', b'{"i":', b"4}", b'{"i": 5}'], b"\n", False)], {}, {}, 1)
def test_both_ways_of_reading_give_one_result(
    files: list[tuple[list[bytes], bytes, bool]],
    known: dict[str, ColumnType],
    types: dict[str, str],
    block_bytes: int,
) -> None:
    texts = [end.join(each) + (end if is_ended else b"") for each, end, is_ended in files]
    at_once, by_line = PlainLines(most_failures=100), PlainLines(most_failures=0)
    expected = read(texts, known, types, by_line, block_bytes)
    found = read(texts, known, types, at_once, block_bytes)
    # -0 among floats is the number 0 in both, but only pyarrow keeps its sign
    assert repr(expected).replace("-0.0", "0.0") == repr(found).replace("-0.0", "0.0")


def learned(line: bytes = b'{"i": 1, "f": 1.5, "s": "x", "b": true}') -> PlainLines:
    plain = PlainLines()
    row = json.loads(line)
    plain.learn(pa.table({name: [value] for name, value in row.items()}), row.keys())
    return plain


def test_a_block_of_known_columns_is_read_at_once() -> None:
    block = LineBlock(b'{"i": 2, "f": 2.5}\n{"s": "2020-01-01T00:00:00Z", "i": 3}', 7)
    table = learned().table_of(block)
    assert table is not None
    rows = [{"i": 2, "f": 2.5, "s": None}, {"i": 3, "f": None, "s": "2020-01-01T00:00:00Z"}]
    assert rows == table.to_pylist()


@pytest.mark.parametrize("value", ["9007199254740992", "NaN", "Infinity", "1e16"])
def test_a_number_that_may_have_lost_digits_is_read_line_by_line(value: str) -> None:
    assert learned().table_of(LineBlock(f'{{"f": {value}}}'.encode(), 1)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"null",
        b'{"i": 1}{"i": 2}',
        b'{"i": 1} null',
        b'{"i":\n1}\n{"i": 2}{"i": 3}',
        b'{"x": 1}',
        b'{"s": "\xff"}',
    ],
)
def test_lines_that_are_no_known_objects_are_read_line_by_line(data: bytes) -> None:
    assert learned().table_of(LineBlock(data, 1)) is None


def test_after_some_failures_in_a_row_no_block_is_tried_again() -> None:
    plain, good = learned(), LineBlock(b'{"i": 1}', 1)
    for _ in range(2):
        assert plain.table_of(LineBlock(b'{"x": 1}', 1)) is None
    assert plain.table_of(good) is not None
    for _ in range(3):
        assert plain.table_of(LineBlock(b'{"x": 1}', 1)) is None
    assert plain.table_of(good) is None


def test_short_lines_with_many_known_columns_do_not_make_a_huge_table() -> None:
    plain = PlainLines()
    names = [f"c{number}" for number in range(5000)]
    plain.learn(pa.table({name: [1] for name in names}), names)
    assert plain.table_of(LineBlock(b"\n".join([b"{}"] * 1000), 1)) is None


class Pieces(io.RawIOBase):
    """A file that gives few bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        self._file, self._most = io.BytesIO(data), most

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(min(size, self._most) if size >= 0 else self._most)


@given(st.lists(st.binary(max_size=6)), st.integers(1, 9), st.integers(1, 4))
def test_blocks_have_all_lines_with_their_numbers(pieces: list[bytes], size: int, at_once: int) -> None:
    data = b"\n".join(pieces)
    found = [each for block in line_blocks(Pieces(data, at_once), 1000, size) for each in block.numbered()]
    assert data.split(b"\n") == [line for _, line in found] + [b""] * (
        data[-1:] in (b"", b"\n") and len(found) <= data.count(b"\n")
    )
    assert list(range(1, len(found) + 1)) == [number for number, _ in found]


def test_a_line_that_is_too_long_is_not_read_to_its_end() -> None:
    file = io.BytesIO(b"{}\n" + b"x" * 10_000)
    *_, last = line_blocks(file, 100, 50)
    assert (100 < len(last.data) <= 200, 2) == (True, last.first)
    assert file.tell() <= 300
