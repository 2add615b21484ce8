"""A load belongs to one run, however often that run is retried; what a person executes again is a load of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dagster.run_ids import RESUME, RETRY_NUMBER, load_key, loading_run_id

RETRY = {RETRY_NUMBER: "1"}
RESUMED = {RESUME: "true"}
BY_HAND: Mapping[str, str] = {}


@final
@dataclass(frozen=True)
class Run:
    run_id: str
    parent_run_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def ids(*kinds: Mapping[str, str]) -> list[str]:
    """The runs whose loads a chain of runs makes, each the child of the one before it."""
    runs = [Run("0")]
    runs += [Run(str(n), str(n - 1), tags) for n, tags in enumerate(kinds, start=1)]
    stored = {run.run_id: run for run in runs}
    return [loading_run_id(run, stored.get) for run in runs]


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([RETRY, RETRY, RETRY], ["0", "0", "0", "0"]),
        ([RESUMED], ["0", "0"]),
        ([BY_HAND], ["0", "1"]),
        ([BY_HAND, RETRY], ["0", "1", "1"]),
        ([RETRY, BY_HAND, RESUMED, RETRY], ["0", "0", "2", "2", "2"]),
    ],
)
def test_retries_and_resumed_runs_make_the_load_of_the_run_before_them(
    chain: list[Mapping[str, str]], expected: list[str]
) -> None:
    assert expected == ids(*chain)


@given(st.lists(st.sampled_from([RETRY, RESUMED, BY_HAND])))
def test_each_run_by_hand_begins_a_load_that_only_its_own_retries_share(
    chain: list[Mapping[str, str]],
) -> None:
    found = ids(*chain)
    assert 1 + chain.count(BY_HAND) == len(set(found))
    assert sorted(found, key=int) == found


def test_a_parent_that_is_not_stored_any_more_still_names_the_load() -> None:
    assert "gone" == loading_run_id(Run("1", "gone", RETRY), lambda _: None)


def test_a_tag_without_a_parent_is_a_run_of_its_own() -> None:
    assert "1" == loading_run_id(Run("1", None, RETRY), lambda _: None)


def test_a_key_differs_by_run_asset_and_partition() -> None:
    keys = {load_key(run, asset, part) for run in "ab" for asset in "xy" for part in (None, "1", "2")}
    assert 12 == len(keys)
