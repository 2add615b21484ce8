"""Tests of a group that are too slow to run all of them each time: each commit runs one of them, the full suite all."""

from __future__ import annotations

import os
import random
from collections import defaultdict

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "one_of(group): each commit runs one test of the group, and FULL_SUITE all"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "FULL_SUITE" in os.environ:
        return
    groups: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        for marker in item.iter_markers("one_of"):
            groups[marker.args[0]].append(item)
    chance = random.Random(os.environ.get("SAMPLE_SEED", ""))
    left_out: list[pytest.Item] = []
    for _, tests in sorted(groups.items()):
        chosen = chance.choice(sorted(tests, key=lambda item: item.nodeid))
        left_out += [item for item in tests if item is not chosen]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
