from __future__ import annotations

import re

import pytest
from fsspec.utils import glob_translate
from hypothesis import example, given
from hypothesis import strategies as st
from returns.result import Failure

from floe_ingestion_dlt.domain.globs import Glob

NAMES = st.sampled_from(["a", "b", "ab", ".a", "a.csv", "[b]"])
PARTS = st.sampled_from(["*", "**", "a", "?", "a*", "*.csv", "[ab]", "[!a]*", ".*"])


@given(st.lists(PARTS, min_size=1, max_size=4), st.lists(NAMES, min_size=1, max_size=4))
@example(["*", "**"], ["a"])
def test_a_path_matches_as_fsspec_has_it(parts: list[str], names: list[str]) -> None:
    glob = Glob.parse("/".join(parts)).unwrap()
    places = glob.start()
    for name in names:
        places = glob.after(places, name)
    expected = re.match(glob_translate("/".join(parts)), "/".join(names)) is not None
    assert expected == glob.is_match(places)


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
