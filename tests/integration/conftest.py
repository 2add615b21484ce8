"""Real services, and what the laws say of each destination."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import Platform
from tests.rest.gateway import Gateway
from tests.services.environment import Services, needed_services
from tests.services.polaris import Polaris


@pytest.fixture(scope="session")
def services() -> Services:
    return needed_services()


@pytest.fixture(scope="session")
def polaris(services: Services) -> Polaris:
    return Polaris(services)


@pytest.fixture
def lake(polaris: Polaris, tmp_path: Path) -> Iterator[Platform]:
    """A platform over a catalog that Polaris has just made, which vends the keys to its storage."""
    made = Platform(tmp_path, polaris.catalog())
    yield made
    made.plugin.shutdown()


@pytest.fixture
def gateway(polaris: Polaris) -> Iterator[Gateway]:
    """A way to a catalog that Polaris has just made, on which things may happen."""
    made = Gateway(polaris.catalog())
    yield made
    made.stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print each destination's verdicts on the laws, and whether they are all the same."""
    verdicts: dict[str, dict[str, str]] = {}
    for verdict in ("passed", "failed"):
        for lab, law in _judged(terminalreporter.stats.get(verdict, [])):
            verdicts.setdefault(lab, {})[law] = verdict
    if not verdicts:
        return
    terminalreporter.section("laws")
    for lab, judged in verdicts.items():
        kept = sum(verdict == "passed" for verdict in judged.values())
        terminalreporter.write_line(f"{lab}: {kept} of {len(judged)} laws kept")
    first, *others = verdicts.values()
    alike = "identical" if all(first == other for other in others) else "NOT identical"
    terminalreporter.write_line(f"the verdicts of {len(verdicts)} destinations are {alike}")


def _judged(reports: list[Any]) -> Iterator[tuple[str, str]]:
    for report in reports:
        lab = dict(report.user_properties).get("lab")
        if lab is not None:
            yield lab, report.nodeid.replace(lab, "")
