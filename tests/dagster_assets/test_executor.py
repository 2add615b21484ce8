"""Steps are forked from a process that has imported what they need, and that has nothing which a fork must not share."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Final

import pytest
from dagster import Definitions, in_process_executor, validate_run_config

from floe_ingestion_dagster import build_ingestion_definitions
from floe_ingestion_dagster.executor import PRELOADED, from_a_fork_server
from tests.dagster_assets.products import Product
from tests.dagster_assets.test_definitions import job_of, with_config

SERVER: Final = f"""
import importlib, os, threading
for name in {PRELOADED}:
    importlib.import_module(name)
assert threading.active_count() == 1, threading.enumerate()
opened = [os.readlink(f"/proc/self/fd/{{fd}}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{{fd}}")]
assert not [place for place in opened if place.startswith("socket") or place.endswith(".db")], opened
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_what_is_imported_before_the_fork_has_no_thread_and_no_connection() -> None:
    done = subprocess.run([sys.executable, "-c", SERVER], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize(
    "config",
    [
        {"multiprocess": {}},
        {"multiprocess": {"max_concurrent": 1}},
        {"multiprocess": {"start_method": {"spawn": {}}}},
        {"in_process": {}},
    ],
)
def test_a_run_is_configured_as_by_dagsters_own_executor(product: Product, config: dict[str, Any]) -> None:
    job = job_of(build_ingestion_definitions(with_config(product, sources=[product.files()])))
    validate_run_config(job, {"execution": {"config": config}})


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ({"multiprocess": {"max_concurrent": 1}}, {"forkserver": {"preload_modules": list(PRELOADED)}}),
        ({"multiprocess": {"start_method": {"spawn": {}}}}, {"spawn": {}}),
    ],
)
def test_steps_are_forked_unless_a_run_says_otherwise(given: dict[str, Any], start: dict[str, Any]) -> None:
    assert {**given["multiprocess"], "start_method": start} == from_a_fork_server(given)["multiprocess"]


def test_definitions_without_it_can_be_merged_with_another_executor(product: Product) -> None:
    given = with_config(product, sources=[product.files()])
    without = build_ingestion_definitions(given, executor=None)
    merged = Definitions.merge(without, Definitions(executor=in_process_executor))
    assert in_process_executor is merged.executor
