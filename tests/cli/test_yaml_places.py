"""Values of YAML, with their lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure

from floe_ingestion_dlt.cli.findings import Path
from floe_ingestion_dlt.cli.yaml_places import Document, parsed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab:#\n -", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
FILE = """\
# sources
sources:
  - name: a
    source_config:
      path: x
      tables: [t,
        u]
  - {name: b}
"""


def lines_of(text: str) -> Document:
    return parsed(text).unwrap()


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("sources",), 2),
        (("sources", 0), 3),
        (("sources", 0, "source_config", "path"), 5),
        (("sources", 0, "source_config", "tables", 1), 7),
        (("sources", 1, "name"), 8),
        (("sources", 0, "a", "source_config", "path"), 5),
        (("sources", 0, "source_config", "missing"), 4),
        (("nothing",), 1),
    ],
)
def test_the_line_of_a_value_is_that_of_its_key(path: Path, line: int) -> None:
    assert line == lines_of(FILE).line_of(path)


@given(VALUES)
def test_values_are_those_of_the_yaml_library(value: Any) -> None:
    for text in (yaml.safe_dump(value), json.dumps(value)):
        assert value == lines_of(text).value


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null"])
def test_a_file_may_have_no_value(text: str) -> None:
    assert lines_of(text).value is None


def test_json_may_be_indented_by_tabs() -> None:
    document = lines_of('{\n\t"a": {\n\t\t"b": 1\n\t}\n}')
    assert {"a": {"b": 1}} == document.value


@pytest.mark.parametrize("text", ["[" * 3000 + "]" * 3000, '{"a":' * 3000 + "1" + "}" * 3000])
def test_a_file_that_is_nested_too_deeply_is_refused(text: str) -> None:
    (finding,) = parsed(text).failure()
    assert "nested" in finding.text


def test_a_value_may_be_used_again() -> None:
    document = lines_of("a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n")
    assert {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1, "e": 2}} == document.value
    assert document.line_of(("d", "e")) == 5


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: [1,\nc: 2\n", 4, "no YAML"),
        ("a: 1\n\tb: 2\n", 2, "no YAML"),
        ("a: x: y\n", 1, "no YAML"),
        ("a: *nowhere\n", 1, "no YAML"),
        ("a: 1\nb:\n  - 2026-13-45\n", 3, "month must be in 1..12"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "no YAML"),
        ("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", 5, "c stands twice, first in line 3"),
        ("- a: 1\n- a: 1\n  a: 2\n", 3, "a stands twice, first in line 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, said: str) -> None:
    found = parsed(text)
    assert isinstance(found, Failure)
    (finding,) = found.failure()
    assert line == finding.line
    assert said in finding.text
