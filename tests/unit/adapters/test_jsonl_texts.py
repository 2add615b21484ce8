"""JSON lines in other encodings, and files that are no JSON lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of

TEXT = '{"id": 1, "v": "caf\u00e9"}\n{"id": 2, "v": "\U0001f600"}\n'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.jsonl").write_text(TEXT, encoding=encoding)
    assert [{"id": 1, "v": "caf\u00e9"}, {"id": 2, "v": "\U0001f600"}] == rows_of(plan_of(tmp_path, "jsonl"))


def test_the_encoding_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes('{"v": "caf\u00e9"}'.encode("latin-1"))
    plan = plan_of(tmp_path, "jsonl", reader_options={"encoding": "latin-1"})
    assert [{"v": "caf\u00e9"}] == rows_of(plan)


def test_another_encoding_is_named_with_its_option(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"v": "a"}\n\n{"v": "\xe9"}\n')
    fault = failure_of(plan_of(tmp_path, "jsonl"))
    assert f"{tmp_path}/a.jsonl, line 3 is not UTF-8" == fault.cause
    assert "reader_options.encoding" in fault.next_step


@pytest.mark.parametrize("text", ['[{"id": 1}]', "[", "\n [\n  {}\n]", '[{"id": 1},\n{"id": 2}]', "[]"])
def test_a_file_that_is_an_array_is_named_as_such(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    fault = failure_of(plan_of(tmp_path, "jsonl"))
    number = 2 if text.startswith("\n") else 1
    assert (
        f"{tmp_path}/a.jsonl, line {number} begins a JSON array, and each line must be a JSON object"
        == fault.cause
    )
    assert "format to json" in fault.next_step


@pytest.mark.parametrize(
    "value", ['"\\ud83d"', '"\\ude00\\ud83d x"', '["\\ud83d"]', '{"a": {"b": "\\ud83d"}}']
)
def test_half_a_character_is_named_with_its_line_and_column(tmp_path: Path, value: str) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"id": 1}}\n{{"id": 2, "v": {value}}}\n')
    fault = failure_of(plan_of(tmp_path, "jsonl"))
    assert (
        f"{tmp_path}/a.jsonl, line 2, column v: a text has half of a character (a single surrogate)"
        == fault.cause
    )
    assert "column_types" not in fault.next_step


def test_two_halves_that_belong_together_are_a_character(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"v": "\\ud83d\\ude00"}\n')
    assert [{"v": "\U0001f600"}] == rows_of(plan_of(tmp_path, "jsonl"))


@pytest.mark.parametrize("value", ["1e400", '{"a": 1e400}', '[{"a": [-1e400]}]'])
@pytest.mark.parametrize("options", [{}, {"nested": "struct"}, {"column_types": {"v": "string"}}])
def test_a_number_that_is_too_large_is_named_wherever_it_stands(
    tmp_path: Path, value: str, options: dict[str, object]
) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"v": "Infinity"}}\n{{"v": {value}}}\n')
    fault = failure_of(plan_of(tmp_path, "jsonl", reader_options=options))
    assert f"{tmp_path}/a.jsonl, line 2, column v: a number is too large for double" == fault.cause


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_a_value_that_is_nested_deeply_is_a_text_whatever_stands_in_it(
    tmp_path: Path, opened: str, closed: str
) -> None:
    value = f'{opened * 600}"Infinity"{closed * 600}'
    (tmp_path / "a.jsonl").write_text(f'{{"v": {value}}}\n')
    ((_, text),) = rows_of(plan_of(tmp_path, "jsonl"))[0].items()
    assert value == text.replace(": ", ":")


def test_numbers_that_json_lacks_stay_in_objects_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"v": {"a": NaN, "b": [-Infinity]}}\n')
    assert [{"v": '{"a": NaN, "b": [-Infinity]}'}] == rows_of(plan_of(tmp_path, "jsonl"))
