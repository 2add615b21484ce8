"""One iteration of Dagster's sensor daemon, in a process that kills itself at a moment: `python -m … <moment> <home>`."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from dagster import DagsterInstance
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.sensor import execute_sensor_iteration

SENSOR = "new_files__orders"


def main(moment: str, home: Path) -> None:
    os.environ["SENSOR_HOME"] = str(home)
    target = ModuleTarget("tests.dagster_assets.sensor_definitions", "defs", None, "orders")
    crashes = {SENSOR: {moment: signal.SIGKILL}}
    with (
        DagsterInstance.from_config(str(home / "dagster")) as instance,
        create_test_daemon_workspace_context(target, instance) as workspace,
    ):
        (location,) = workspace.create_request_context().get_code_location_entries().values()
        assert location.code_location is not None, location.load_error
        (repository,) = location.code_location.get_repositories().values()
        sensor = repository.get_sensor(SENSOR)
        if instance.get_instigator_state(sensor.get_remote_origin_id(), sensor.selector_id) is None:
            instance.start_sensor(sensor)
        list(execute_sensor_iteration(workspace, logging.getLogger(), None, None, debug_crash_flags=crashes))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
