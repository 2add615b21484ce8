"""What holds over a catalog in a folder holds over Polaris: the same tests, on another platform."""

from __future__ import annotations

import pytest

from tests.platforms import Platform
from tests.services.polaris import Polaris


@pytest.fixture
def platform(lake: Platform) -> Platform:
    return lake


@pytest.fixture
def catalog(polaris: Polaris) -> dict[str, str]:
    return polaris.catalog()
