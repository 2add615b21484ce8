"""Links to the catalog and to the storage fail for a while in each phase of a load; every row is there once all the same."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from threading import Timer
from typing import Any, Final

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.ports.milestones import Milestone
from floe_ingestion_dlt.running.verification import Verification
from tests.platforms import TABLE
from tests.services.environment import Services
from tests.services.polaris import Polaris
from tests.services.toxiproxy import Link

FAULTS: Final[dict[str, tuple[Callable[[Link], None], float]]] = {
    "latency of 2 s": (lambda link: link.disturb("latency", {"latency": 2_000}), 10),
    "64 KB a second": (lambda link: link.disturb("bandwidth", {"rate": 64}, "upstream"), 10),
    "resets": (lambda link: link.disturb("reset_peer", {"timeout": 0}), 5),
    "silence": (lambda link: link.disturb("timeout", {"timeout": 0}), 5),
    "bodies that are cut": (lambda link: link.disturb("limit_data", {"bytes": 300}), 5),
    "down for 10 s": (lambda link: link.cut(), 10),
}
PHASES: Final = {
    "extract": Milestone.EXTRACTING,
    "upload": Milestone.NORMALIZING,
    "commit": Milestone.STAGED,
}
LINKS: Final = ("catalog", "storage")
ROWS_EACH: Final = 4_000
SAMPLED: Final = 12


@dataclass(frozen=True)
class Cell:
    fault: str
    phase: str
    link: str

    def __str__(self) -> str:
        return f"{self.fault}-{self.phase}-{self.link}"


def chosen() -> list[Cell]:
    """All for the full suite; else one of each fault, each phase and each link among some, other ones for each commit."""
    cells = [Cell(*cell) for cell in product(FAULTS, PHASES, LINKS)]
    if os.environ.get("FULL_SUITE"):
        return cells
    chance = random.Random(os.environ.get("SAMPLE_SEED", ""))
    of_each = [chance.choice([cell for cell in cells if cell.fault == fault]) for fault in FAULTS]
    rest = [cell for cell in cells if cell not in of_each]
    return of_each + chance.sample(rest, SAMPLED - len(of_each))


class Fate:
    """Lets something happen at a moment, and undoes it some seconds later."""

    def __init__(self) -> None:
        self.moment: Milestone | None = None
        self.happens: Callable[[], None] = lambda: None
        self.is_undone: Callable[[], None] = lambda: None
        self.seconds = 0.0
        self._timer: Timer | None = None

    def __call__(self, moment: Milestone, of: str) -> None:
        if moment is self.moment and "_dlt_" not in of:
            self.moment = None
            self.happens()
            self._timer = Timer(self.seconds, self.is_undone)
            self._timer.start()

    def wait(self) -> None:
        if self._timer is not None:
            self._timer.join()


class Shop:
    """A source with a cursor, and a catalog that is reached by two links."""

    def __init__(self, folder: Path, services: Services, polaris: Polaris) -> None:
        self.links = {
            "catalog": Link(services.toxiproxy, services.polaris),
            "storage": Link(services.toxiproxy, services.s3_endpoint),
        }
        self.fate = Fate()
        self._catalog = polaris.catalog(endpoint=self.links["storage"].url)
        self._folder = folder
        self._sold = 0

    def sell(self) -> None:
        self._sold += ROWS_EACH

    def _rows(self) -> Iterator[list[dict[str, Any]]]:
        chance = random.Random(0)
        rows = [{"id": n, "note": f"{chance.getrandbits(512):x}"} for n in range(self._sold)]
        half = len(rows) // 2
        yield rows[:half]
        yield rows[half:]

    def load(self) -> IngestionResult:
        plugin = DltIngestionPlugin(milestones=self.fate)
        catalog = self._catalog | {"uri": self.links["catalog"].url}
        plugin.configure(
            DltIngestionConfig(catalog_config=catalog, pipelines_dir=str(self._folder / "pipelines"))
        )
        plugin.startup()
        source = {"path": ".", "format": "csv", "cursor_field": "id"}
        pipeline = plugin.create_pipeline(IngestionConfig("filesystem", source, TABLE))
        result = plugin.run(pipeline, source=dlt.resource(self._rows(), name="orders"))
        plugin.shutdown()
        return result

    def verify(self) -> Verification:
        plugin = DltIngestionPlugin()
        plugin.configure(DltIngestionConfig(catalog_config=self._catalog))
        report = plugin.verify(TABLE)
        plugin.shutdown()
        return report

    def seen(self) -> tuple[list[Any], int]:
        """The ids of all rows as somebody else reads them, and how many snapshots there are."""
        table = load_catalog("floe", **self._catalog).load_table(TABLE)
        return table.scan().to_arrow().sort_by("id")["id"].to_pylist(), len(table.snapshots())

    def close(self) -> None:
        self.fate.wait()
        for link in self.links.values():
            link.close()


@pytest.fixture
def shop(services: Services, polaris: Polaris, tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path, services, polaris)
    yield made
    made.close()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("cell", chosen(), ids=str)
def test_every_row_is_there_once_after_a_link_has_failed(shop: Shop, cell: Cell) -> None:
    link = shop.links[cell.link]
    shop.sell()
    assert shop.load().success
    shop.sell()
    happens, shop.fate.seconds = FAULTS[cell.fault]
    shop.fate.happens, shop.fate.is_undone = lambda: happens(link), link.mend
    shop.fate.moment = PHASES[cell.phase]
    result = shop.load()
    assert shop.fate.moment is None, "the fault has not happened"
    shop.fate.wait()
    if not result.success:
        assert result.errors[0].startswith("[TRANSIENT]"), result.errors
        assert shop.load().success
    assert (list(range(2 * ROWS_EACH)), 2) == shop.seen()
    report = shop.verify()
    assert ((), ()) == (report.faults, report.unchecked)
