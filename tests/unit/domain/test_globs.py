from __future__ import annotations

import re

import pytest
from fsspec.utils import glob_translate
from hypothesis import example, given
from hypothesis import strategies as st
from returns.result import Failure

from floe_ingestion_dlt.domain.globs import Glob, is_hidden

NAMES = st.sampled_from(["a", "b", "ab", ".a", "a.csv", "[b]"])
PARTS = st.sampled_from(["*", "**", "a", "?", "a*", "*.csv", "[ab]", "[!a]*", ".*"])


@given(st.lists(PARTS, min_size=1, max_size=4), st.lists(NAMES, min_size=1, max_size=4))
@example(["*", "**"], ["a"])
def test_a_path_matches_as_fsspec_has_it(parts: list[str], names: list[str]) -> None:
    glob = Glob.parse("/".join(parts)).unwrap()
    expected = re.match(glob_translate("/".join(parts)), "/".join(names)) is not None
    assert expected == glob.matches("/".join(names), hidden_too=True)
    if not any(map(is_hidden, names)):
        assert expected == glob.matches("/".join(names))


@given(st.lists(PARTS, min_size=1, max_size=4), st.lists(NAMES, min_size=2, max_size=4))
def test_a_folder_that_is_not_looked_into_has_no_match(parts: list[str], names: list[str]) -> None:
    glob = Glob.parse("/".join(parts)).unwrap()
    places = glob.after(glob.start(), names[0])
    if not glob.may_go_on(places):
        for name in names[1:]:
            places = glob.after(places, name)
        assert not glob.is_match(places)


@pytest.mark.parametrize("text", ["../*.csv", "a/../../b.csv", "**/.."])
def test_a_pattern_that_climbs_is_refused(text: str) -> None:
    answer = Glob.parse(text)
    assert isinstance(answer, Failure)
    assert text in answer.failure().message


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("**/*.csv", "_temporary/0/a.csv", False),
        ("**/*.csv", "in/.staging/a.csv", False),
        ("**/*.csv", "in/_a.csv", False),
        ("**/*.csv", "in/.a.csv", False),
        ("*.csv", "_a.csv", False),
        ("?a.csv", "_a.csv", False),
        ("_*.csv", "_a.csv", True),
        ("_*.csv", ".a.csv", False),
        ("**/_*/*.csv", "in/_old/a.csv", True),
        ("**/_*/*.csv", "in/_old/_a.csv", False),
        ("**/.a.csv", "in/.a.csv", True),
        # a value of a partition
        ("**/*.csv", "_date=2026-01-01/a.csv", True),
        ("**/*.csv", "a_b/c_.csv", True),
    ],
)
def test_hidden_names_match_only_patterns_that_begin_so(text: str, path: str, *, expected: bool) -> None:
    assert expected == Glob.parse(text).unwrap().matches(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.csv", True),
        ("in/deep/A.CSV", True),
        ("a.csv.gz", True),
        ("a.CSV.GZ", True),
        ("a.b.csv", True),
        ("a\nb.csv", True),
        ("a.csv.bak", False),
        ("a.csv.gz.part", False),
        ("acsv", False),
        ("csv", False),
        ("a.csv/b.txt", False),
        ("a.gz", False),
        ("_a.csv", False),
        ("a.xcsv", False),
    ],
)
def test_usual_endings_are_of_any_case_and_may_be_packed(path: str, *, expected: bool) -> None:
    assert expected == Glob.of_endings(["csv"], ["gz", "zst"]).matches(path)
    assert ("a.csv.gz" != path.lower() and expected) == Glob.of_endings(["csv"], []).matches(path)
