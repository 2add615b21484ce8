"""From a database to tables in Polaris by the command alone, by a person at a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.services.environment import Services
from tests.services.shop import into_polaris, shop_in


def test_a_database_is_in_polaris_after_a_few_commands(services: Services, tmp_path: Path) -> None:
    with shop_in(services) as shop:
        assert [500, 1] == into_polaris(shop, services, tmp_path)
