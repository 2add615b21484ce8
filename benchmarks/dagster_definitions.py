"""The CPU time in which definitions of 50 sources are loaded, over that of importing dagster and dagster-dlt alone.

    python -m benchmarks.dagster_definitions

Both are measured in processes of their own, in turn; neither needs the network or a secret (try it below `unshare -rn`).
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from typing import Final

ROUNDS: Final = 5
SOURCES: Final = 50

ALONE: Final = "import dagster, dagster_dlt"
DEFINITIONS: Final = f"""
import dagster, dagster_dlt
from floe_ingestion_dagster import create_ingestion_assets, ingestion_resource
from floe_ingestion_dlt import DltIngestionConfig

KINDS = [
    ("filesystem", lambda n: {{"path": "/data", "format": "csv"}}),
    ("sql_database", lambda n: {{"connection_string": "postgresql+psycopg://shop@db/shop", "tables": [f"a{{n}}", f"b{{n}}"]}}),
    ("rest_api", lambda n: {{"client": {{"base_url": "https://api.example/v1/"}}, "resources": [f"r{{n}}"]}}),
]
sources = [
    dict(name=f"s{{n}}", source_type=kind, source_config=config(n), destination_table=f"bronze.t{{n}}")
    for n in range({SOURCES})
    for kind, config in [KINDS[n % 3]]
]
settings = DltIngestionConfig(sources=sources)
definitions = dagster.Definitions(
    assets=create_ingestion_assets(settings), resources={{"ingestion": ingestion_resource(settings)}}
)
definitions.get_repository_def()
"""


def cpu_seconds(program: str) -> float:
    """The CPU seconds of a process that runs the program."""
    timed = f"{program}\nimport time; print(time.process_time())"
    done = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return float(done.stdout.split()[-1])


def main() -> None:
    pairs = [(cpu_seconds(ALONE), cpu_seconds(DEFINITIONS)) for _ in range(ROUNDS)]
    alone, whole = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    print(f"dagster and dagster-dlt alone: {alone:.2f} s CPU")
    print(f"with definitions of {SOURCES} sources: {whole:.2f} s CPU, {whole / alone:.2f} times as much")


if __name__ == "__main__":
    main()
