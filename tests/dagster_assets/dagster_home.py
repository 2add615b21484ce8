"""A home of Dagster's whose daemon and code server are processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dagster import DagsterInstance, DagsterRun

ROOT: Final = Path(__file__).parents[2]
RETRIED_BY: Final = "dagster/auto_retry_run_id"


@dataclass
class DagsterHome:
    """Runs that a daemon starts and retries; the *module* has the definitions, and finds the folder in KILL_HOME.

    The code server is not the daemon's own. That one stops if the daemon does not call it for 20 seconds, as on a busy machine, and
    Dagster gives up a retry for ever if it does not reach the server at the first attempt.
    """

    folder: Path
    module: str
    config: str
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _daemon: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        (self.folder / "dagster").mkdir()
        (self.folder / "dagster" / "dagster.yaml").write_text(self.config + "telemetry: {enabled: false}\n")
        server = f"{{host: localhost, socket: {self._socket}, location_name: code}}"
        (self.folder / "workspace.yaml").write_text(f"load_from: [grpc_server: {server}]\n")
        # Its databases are made before several processes would make them.
        with self.instance() as instance:
            instance.get_runs()
            instance.all_instigator_state()
        self._server = self._started("-m", "dagster", "api", "grpc", "-m", self.module, "-s", self._socket)
        while not Path(self._socket).exists():
            assert self._server.poll() is None, self.last_lines()
            time.sleep(0.1)
        self.keep_alive()

    def keep_alive(self) -> None:
        """Start a daemon if there is none; `daemon.pid` says which one it is."""
        if self._daemon is None or self._daemon.poll() is not None:
            self._daemon = self._started("-m", "dagster._daemon", "run", "-w", self._workspace)
            (self.folder / "daemon.pid").write_text(str(self._daemon.pid))

    def stop(self) -> None:
        for process in (self._daemon, self._server):
            if process is not None:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:  # a code server waits for workers that a test has orphaned
                    process.kill()
                    process.wait(10)

    def launch(self, job: str) -> None:
        command = [sys.executable, "-m", "dagster", "job", "launch", "-w", self._workspace, "-j", job]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, check=False, text=True
        )
        assert 0 == done.returncode, done.stderr

    def instance(self) -> DagsterInstance:
        return DagsterInstance.from_config(str(self.folder / "dagster"))

    def runs(self) -> Sequence[DagsterRun]:
        with self.instance() as instance:
            return instance.get_runs()

    def last_lines(self) -> str:
        """The end of what the daemon, the code server and the runs have logged."""
        return (self.folder / "log").read_text(errors="replace")[-5000:]

    @property
    def _socket(self) -> str:
        return str(self.folder / "socket")

    @property
    def _workspace(self) -> str:
        return str(self.folder / "workspace.yaml")

    @property
    def _environment(self) -> dict[str, str]:
        given = {"KILL_HOME": str(self.folder), "DAGSTER_HOME": str(self.folder / "dagster")}
        return {**os.environ, **given, "PYTHONPATH": str(ROOT)}

    def _started(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )


def are_done(runs: Sequence[DagsterRun]) -> bool:
    """Whether each run has succeeded, or has failed and was tried again, or is not tried again."""
    return all(
        run.is_success
        or (run.is_failure and (RETRIED_BY in run.tags or run.tags.get("dagster/will_retry") == "false"))
        for run in runs
    )
