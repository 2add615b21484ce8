"""Tests that are too slow to run all of them each time: each commit runs some of them, the full suite all."""

from __future__ import annotations

import os
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.abc import MetaPathFinder
from typing import Final

import pytest
from hypothesis import settings

# One test in so many whose names begin so is run if SAMPLE_SEED is set: in the checks before a merge. Without it, all are.
SHARES: Final = {
    "tests/conformance/": 4,
    "tests/crashes/": 2,
    "tests/dagster_assets/": 2,
    "tests/discretion/": 2,
    "tests/embedded/": 5,
    "tests/histories/": 2,
    "tests/integration/as_embedded/": 4,
    "tests/integration/test_database_": 2,
    "tests/integration/test_kill_matrix": 2,
    "tests/integration/test_laws": 4,
    "tests/integration/test_network_faults": 2,
    "tests/integration/test_odd_answers": 2,
    "tests/integration/test_shared_connections": 2,
    "tests/spark/": 2,
    "tests/unit/adapters/": 2,
}


class _Absent(MetaPathFinder):
    """Users have neither package, unless they install them themselves: here, the data of the demo brings them."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:  # noqa: ARG002 - Python calls it so
        if fullname in {"numpy", "pandas"}:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


sys.meta_path.insert(0, _Absent())

# A busy machine is no fault of an example: what is fast enough is measured in `benchmarks`.
settings.register_profile("without deadlines", deadline=None)
settings.register_profile("few examples", deadline=None, max_examples=10)
settings.load_profile("without deadlines")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "one_of(group): each commit runs one test of the group, and FULL_SUITE all"
    )
    config.addinivalue_line(
        "markers", "some_of_them: each commit runs a third of such tests, and FULL_SUITE all"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "FULL_SUITE" in os.environ:
        return
    chance = random.Random(os.environ.get("SAMPLE_SEED", ""))
    unwanted = {*_others_of_groups(items, chance), *_all_but_a_third(items, chance)}
    if os.environ.get("SAMPLE_SEED"):
        unwanted |= set(_all_but_shares(items, chance))
    if unwanted:
        config.hook.pytest_deselected(items=[item for item in items if item in unwanted])
        items[:] = [item for item in items if item not in unwanted]


def _others_of_groups(items: list[pytest.Item], chance: random.Random) -> Iterator[pytest.Item]:
    groups: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        for marker in item.iter_markers("one_of"):
            groups[marker.args[0]].append(item)
    for _, tests in sorted(groups.items()):
        chosen = chance.choice(_in_order(tests))
        yield from (item for item in tests if item is not chosen)


def _all_but_a_third(items: list[pytest.Item], chance: random.Random) -> list[pytest.Item]:
    many = _in_order(item for item in items if item.get_closest_marker("some_of_them"))
    return chance.sample(many, len(many) * 2 // 3)


def _all_but_shares(items: list[pytest.Item], chance: random.Random) -> Iterator[pytest.Item]:
    for begin, share in SHARES.items():
        many = _in_order(item for item in items if item.nodeid.startswith(begin))
        yield from chance.sample(many, len(many) * (share - 1) // share)


def _in_order(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    return sorted(items, key=lambda item: item.nodeid)
