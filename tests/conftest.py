"""Tests that are too slow to run all of them each time: each commit runs some of them, the full suite all."""

from __future__ import annotations

import os
import random
from collections import defaultdict

import pytest


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
    groups: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        for marker in item.iter_markers("one_of"):
            groups[marker.args[0]].append(item)
    chance = random.Random(os.environ.get("SAMPLE_SEED", ""))
    left_out: list[pytest.Item] = []
    for _, tests in sorted(groups.items()):
        chosen = chance.choice(sorted(tests, key=lambda item: item.nodeid))
        left_out += [item for item in tests if item is not chosen]
    many = sorted((i for i in items if i.get_closest_marker("some_of_them")), key=lambda item: item.nodeid)
    left_out += chance.sample(many, len(many) * 2 // 3)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        unwanted = set(left_out)
        items[:] = [item for item in items if item not in unwanted]
