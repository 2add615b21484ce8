"""What telling costs where nobody listens: small loads with all telemetry and no SDK, as a ratio to loads without any.

python -m benchmarks.telemetry [loads]
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.operations import Detail, Operation
from floe_ingestion_dlt.ports.telemetry import Telemetry


class Silence:
    """Telemetry that does nothing at all."""

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[Silence]:  # noqa: ARG002 - the port's
        yield self

    def note(self, detail: Detail) -> None: ...

    def fail(self, fault: Fault) -> None: ...

    def record(self, event: Event, context: Context) -> None: ...

    def for_other_threads(self) -> Telemetry:
        return self

    def trace_id(self) -> str | None:
        return None


def main(loads: int) -> None:
    # As a program that looks at warnings only: lines are not written.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    seconds: dict[str, list[float]] = {"told": [], "silent": []}
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        folder = Path(name)
        (folder / "orders.csv").write_text("id,name\n" + "".join(f"{n},row {n}\n" for n in range(100)))
        loaders = {"told": loader(folder, "told", None), "silent": loader(folder, "silent", Silence())}
        for round_ in range(loads + 5):
            for kind in sorted(loaders, reverse=round_ % 2 == 0):
                start = time.perf_counter()
                loaders[kind]()
                if round_ >= 5:
                    seconds[kind].append(time.perf_counter() - start)
    told, silent = (statistics.median(seconds[kind]) for kind in ("told", "silent"))
    print(
        f"a load of 100 rows: told {told * 1000:.1f} ms, silent {silent * 1000:.1f} ms: ratio {told / silent:.3f}"
    )


def loader(folder: Path, name: str, telemetry: Telemetry | None):  # noqa: ANN201 - a function that loads once
    plugin = DltIngestionPlugin(telemetry=telemetry)
    catalog = {
        "type": "sql",
        "uri": f"sqlite:///{folder}/{name}.db",
        "warehouse": (folder / name).as_uri(),
    }
    plugin.configure(
        DltIngestionConfig(
            catalog_config=catalog, pipelines_dir=str(folder / f"{name}-pipelines"), progress="off"
        )
    )
    plugin.startup()
    pipeline = plugin.create_pipeline(
        IngestionConfig(
            "filesystem", {"path": str(folder / "orders.csv"), "format": "csv"}, "bronze.orders", "replace"
        )
    )

    def load() -> None:
        assert plugin.run(pipeline).rows_loaded == 100

    return load


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
