"""From a database to Polaris with only the package and the database's driver."""

from __future__ import annotations

from pathlib import Path

from tests.packages.environments import environment, python_of
from tests.services.environment import needed_services
from tests.services.shop import into_polaris, shop_in


def test_a_database_is_in_polaris_after_a_few_commands(wheel: Path, tmp_path: Path) -> None:
    services = needed_services()
    extra = f"floe-ingestion-dlt[postgres] @ {wheel.as_uri()}"
    made = environment(tmp_path / "env", python_of("3.11"), extra)
    (tmp_path / "here").mkdir()
    with shop_in(services) as shop:
        assert [500, 1] == into_polaris(shop, services, tmp_path / "here", made.command)
