"""Files of JSON: an array of objects, or one object, read piece by piece and as JSON lines are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.filesystem import json_objects
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of

texts = st.text(max_size=8) | st.sampled_from(['"', "\\", "}", "[{", ",", "é😀", "\n", "u0041"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
objects = st.lists(st.dictionaries(st.sampled_from(["a", "b", 'q"', "ключ"]), values, max_size=3), max_size=4)


def pieces(text: str, size: int, most: int = 1 << 20) -> list[Any]:
    class Small:
        """A file of which few bytes are read at once."""

        def __init__(self) -> None:
            self._data = text.encode()

        def read(self, _size: int = -1, /) -> bytes:
            part, self._data = self._data[:size], self._data[size:]
            return part

    return [json.loads(piece) for piece in json_objects.JsonObjects(Small(), most, "a.json")]  # type: ignore[arg-type]  # what is needed of a file


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(objects, st.sampled_from([None, 0, 2]), st.booleans(), st.integers(1, 30))
def test_the_objects_are_those_of_the_array(
    sent: list[dict[str, Any]],
    indent: int | None,
    ascii_only: bool,  # noqa: FBT001 - drawn
    size: int,
) -> None:
    text = json.dumps(sent, indent=indent, ensure_ascii=ascii_only)
    assert sent == pieces(f" {text}\n", size)


@settings(deadline=None)
@given(objects.filter(bool), st.integers(1, 30))
def test_one_object_is_one_row(sent: list[dict[str, Any]], size: int) -> None:
    assert [sent[0]] == pieces(json.dumps(sent[0], indent=1), size)


def test_types_are_those_of_json_lines(tmp_path: Path) -> None:
    rows = [{"id": 1, "at": "2026-01-01", "o": {"b": 1, "a": [1]}, "x": 1.5}, {"id": 2**64}]
    (tmp_path / "a.json").write_text(json.dumps(rows, indent=2))
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    expected = rows_of(plan_of(tmp_path / "lines", "jsonl"))
    assert expected == rows_of(plan_of(tmp_path / "a.json", "json"))


@pytest.mark.parametrize("text", ["[]", " [ ]\n", " \n"])
def test_no_objects_are_no_rows(text: str) -> None:
    assert [] == pieces(text, 2)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_packed_files_with_a_byte_order_mark_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress('[{"name": "é"}]'.encode(encoding)))
    assert [{"name": "é"}] == rows_of(plan_of(tmp_path, "json"))


@pytest.mark.parametrize(
    ("text", "cause", "step"),
    [
        ('[{"a": 1}, {"a": }, {"a": 3}]', "a.json, object 2 is not JSON", "Fix it"),
        ('[{"a": 1}, 5]', "a.json, object 2 is not a JSON object", "Fix it"),
        ('[{"a": 1, "a": 2}]', "a.json, object 1 has the key a twice", "Fix it"),
        ('[{"a": 1}, {"a": "x', "a.json, object 2 is not JSON", "Fix it"),
        ('[{"a": 1}', "a.json has an array that is not closed", "Fix the file"),
        ('[{"a": 1} {"a": 2}]', "a.json has an array that is not closed, or has no comma", "Fix the file"),
        ('[{"a": 1}] x', "a.json has more after the JSON document", "Fix the file"),
        ('{"a": 1}\n{"a": 2}\n', "a.json has more after the JSON document", "format to jsonl"),
        ("a,b\n1,2\n", "a.json is neither a JSON array nor a JSON object", "Fix the file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, cause: str, step: str) -> None:
    (tmp_path / "a.json").write_text(text)
    fault = failure_of(plan_of(tmp_path, "json"))
    assert f"{tmp_path}/{cause}" in fault.cause
    assert step in fault.next_step


def test_an_object_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"a": 1}, {"a": "x" * 5_000}]))
    fault = failure_of(plan_of(tmp_path, "json", reader_options={"max_line_bytes": 1_000}))
    assert "object 2" in fault.cause
    assert "max_line_bytes" in fault.next_step


def test_bytes_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'[{"a": "\xe9"}]')
    assert "a.json is not UTF-8" in failure_of(plan_of(tmp_path, "json")).cause
    assert [{"a": "é"}] == rows_of(plan_of(tmp_path, "json", reader_options={"encoding": "latin-1"}))
