"""How the steps of a run are started."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from typing import Any, Final

from dagster import ExecutorDefinition, multi_or_in_process_executor

_METHOD: Final = "forkserver"
# What a step takes seconds to import. None of it opens a connection or starts a thread of Python's.
PRELOADED: Final = (
    "floe_ingestion_dagster",
    "floe_ingestion_dlt.plugin",
    "floe_ingestion_dlt.adapters.dlt.engine.dlt_engine",
    "floe_ingestion_dlt.adapters.iceberg.destination",
    "floe_ingestion_dlt.adapters.sources.filesystem.source",
    "floe_ingestion_dlt.adapters.sources.rest_api.source",
    "floe_ingestion_dlt.adapters.sources.sql_database.source",
    "floe_ingestion_dlt.destination",
)


def from_a_fork_server(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Dagster's own configuration; steps are forked from a process that has imported what they need, unless it says otherwise."""
    if "multiprocess" not in config or _METHOD not in multiprocessing.get_all_start_methods():
        return config
    start = {_METHOD: {"preload_modules": list(PRELOADED)}}
    return {"multiprocess": {"start_method": start, **config["multiprocess"]}}


# One object, because Dagster merges definitions only if they have the same executor.
forkserver_executor: Final[ExecutorDefinition] = multi_or_in_process_executor.configured(
    from_a_fork_server, "forkserver_executor", multi_or_in_process_executor.config_schema.as_field()
)
