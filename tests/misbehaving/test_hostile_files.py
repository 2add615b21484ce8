"""Files that ask for more than they are: each is an error that names the place, the limit and the option."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

from floe_ingestion_dlt.domain.faults import Category
from tests.misbehaving.folders import MB, PACKED, large_value, parquet, zipped, zstd
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of

LINES: Final = b"id,v\n" + b"1,a\n" * 18_000_000


@dataclass(frozen=True)
class Hostile:
    """A file, and what its refusal says."""

    name: str
    data: Callable[[], bytes]
    says: str
    options: dict[str, Any] = field(default_factory=dict)


def nested(depth: int) -> pa.Array[Any]:
    values: pa.Array[Any] = pa.array([1])
    for _ in range(depth):
        values = pa.StructArray.from_arrays([values], ["a"])
    return values


CASES: Final = [
    Hostile(
        "long.jsonl", lambda: b'{"v": "' + b"a" * 17 * MB + b'"}\n', "line 1: more than 16,777,216 bytes"
    ),
    Hostile(
        "long.csv", lambda: b"id,v\n1," + b"a" * 65 * MB, "row 2, from line 2 on: more than 67,108,864 bytes"
    ),
    Hostile(
        "open.csv",
        lambda: b'id,v\n1,"a\n' + b"2,b\n" * 10,
        "row 2, from line 2 on: the file ends within a value in quotes",
    ),
    Hostile(
        "open.csv", lambda: b'id,v\n1,"2', "row 2, from line 2 on: the file ends within a value in quotes"
    ),
    Hostile(
        "open.csv", lambda: b'id,v\n1,"a\n' + b"2,b\n" * MB, "row 2, from line 2 on: the file ends within"
    ),
    Hostile("open.csv", lambda: b'id,v\n1,"a\n' + b"2,b\n" * 17 * MB, "row 2, from line 2 on, in quotes"),
    Hostile("rows.csv.gz", lambda: gzip.compress(LINES), "max_expansion is 250"),
    Hostile("rows.csv.zst", lambda: zstd(LINES), "max_expansion is 250"),
    Hostile(
        "rows.jsonl.bz2",
        lambda: PACKED["bz2"]((b'{"id": "' + b"a" * 1_000 + b'"}\n') * 80_000),
        "max_expansion is 250",
    ),
    Hostile("wide.csv", lambda: b",".join(b"c%d" % i for i in range(10_001)) + b"\n", "10,001 columns"),
    Hostile(
        "wide.jsonl",
        lambda: b"".join(b'{"k%d": 1}\n' % i for i in range(10_001)),
        "line 10001: 10,001 columns",
    ),
    Hostile("wide.csv", lambda: b"a,b,c\n1,2,3\n", "3 columns, and max_columns is 2", {"max_columns": 2}),
    Hostile("names.csv", lambda: "id\n1\n".encode("utf-16-le"), "zero bytes in the names"),
    Hostile(
        "deep.jsonl",
        lambda: b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "line 1 is nested too deeply",
    ),
    Hostile("digits.jsonl", lambda: b'{"a": ' + b"1" * MB + b"}", "line 1 has a number of more than"),
    Hostile("twice.jsonl", lambda: b'{"a": 1}\n{"a": 1, "a" : 2}', "line 2 has the key a twice"),
    Hostile(
        "twice.jsonl", lambda: b'{"o": {"a\\u001b": 1, "a\\u001b": 2}}', r"line 1 has the key a\x1b twice"
    ),
    Hostile("half.jsonl", lambda: b'{"a": "\\ud800"}', "line 1, column a: a text has half of a character"),
    Hostile("half.jsonl", lambda: b'{"\\ud800": 1}', "line 1 has a key with half of a character"),
    Hostile("huge.jsonl", lambda: b'{"a": 1.5}\n{"a": 1e400}', "line 2, column a: a number is too large"),
    Hostile("latin.jsonl", lambda: '{"a": "\xe9"}'.encode("latin-1"), "line 1 is not UTF-8"),
    Hostile("escape.csv", lambda: b"id,\x1b[2J\n1,2\nx,3\n4\n", "row 4: 1 fields instead of 2"),
    Hostile("two.zip", lambda: zipped(a=b"id\n1\n", b=b"id\n2\n"), "has 2 files instead of one: a, b"),
    Hostile("none.zip", zipped, "has 0 files instead of one: none"),
    Hostile("value.parquet", lambda: large_value(4_000, 8 * MB), "max_expansion is 10,000"),
    Hostile("rows.parquet", lambda: large_value(50_000, 2_000), "max_expansion is 99", {"max_expansion": 99}),
    Hostile(
        "deep.parquet", lambda: parquet(pa.table({"v": nested(100)})), "is not a Parquet file, or is damaged"
    ),
    Hostile(
        "wide.parquet", lambda: parquet(pa.table({str(i): [1] for i in range(10_001)})), "10,001 columns"
    ),
    Hostile(
        "lists.parquet",
        lambda: parquet(pa.table({"v": pa.ListArray.from_arrays([0, 10**8], pa.nulls(10**8, pa.int8()))})),
        "become lists of 100,000,000 values",
    ),
    Hostile(
        "footer.parquet", lambda: parquet(pa.table({"v": [1]}))[:-8] + b"\xff\xff\xff\x7fPAR1", "damaged"
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}: {case.says}")
def test_a_file_that_asks_for_too_much_is_refused_by_name(tmp_path: Path, case: Hostile) -> None:
    (tmp_path / case.name).write_bytes(case.data())
    kind = next((kind for kind in ("parquet", "jsonl", "csv") if f".{kind}" in case.name), "csv")
    fault = failure_of(plan_of(tmp_path / case.name, kind, reader_options=case.options))
    assert case.says in fault.cause
    assert f"{tmp_path}/{case.name}" in fault.cause
    assert Category.PERMANENT is fault.category
    assert fault.cause.isprintable()
    assert len(fault.cause) < 1_000


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_packed_file_that_was_cut_off_is_refused_wherever_that_was(
    tmp_path: Path, kind: str, ending: str
) -> None:
    lines = [b'{"id": %d}\n' % (i * 7919 % 10007) for i in range(3_000)]
    data = b"".join(lines) if kind == "jsonl" else b"id\n" + b"\n".join(b"%d" % i for i in range(3_000))
    whole = PACKED[ending](data)
    file = tmp_path / f"a.{kind}.{ending}"
    file.write_bytes(whole)
    assert 3_000 == len(rows_of(plan_of(file, kind)))
    for size in (1, 5, len(whole) // 3, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        file.write_bytes(whole[:size])
        assert f"a.{kind}.{ending} cannot be unpacked" in failure_of(plan_of(file, kind)).cause


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst"])
def test_all_members_of_a_packed_file_are_read(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"a.csv.{ending}").write_bytes(PACKED[ending](b"id\n1\n") + PACKED[ending](b"2\n"))
    assert [{"id": 1}, {"id": 2}] == rows_of(plan_of(tmp_path / f"a.csv.{ending}"))
