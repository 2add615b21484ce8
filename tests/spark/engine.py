"""One Spark for all tests, which opens the plugin's own SQLite catalog."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

HERE: Final = Path(__file__).parent
MADE: Final = HERE.parents[1] / ".spark"


class SparkError(Exception):
    """Spark refused a statement."""


@final
class Spark:
    """Takes statements in Spark's SQL."""

    def __init__(self, requests: IO[str], answers: IO[str], log: Path) -> None:
        self._requests = requests
        self._answers = answers
        self._log = log
        self._answer()

    def open(self, folder: Path) -> None:
        """Open the catalog of *folder* in a session of its own, under the name `floe`."""
        catalog = {
            "": "org.apache.iceberg.spark.SparkCatalog",
            ".type": "jdbc",
            ".uri": f"jdbc:sqlite:{folder}/catalog.db",
            ".warehouse": (folder / "warehouse").as_uri(),
            ".cache-enabled": "false",
            ".jdbc.schema-version": "V1",
            # Looking whether the tables are there leaves a SELECT open, which locks the file for writers.
            ".jdbc.init-catalog-tables": "false",
        }
        self._ask(conf={f"spark.sql.catalog.floe{name}": value for name, value in catalog.items()})

    def sql(self, statement: str) -> None:
        self._ask(sql=statement)

    def read(self, query: str, into: Path) -> pa.Table:
        """The rows of *query*, which Spark writes into the new folder *into*."""
        self._ask(sql=query, into=str(into))
        return pa.concat_tables(pq.ParquetFile(path).read() for path in sorted(into.glob("*.parquet")))

    def _ask(self, **request: Any) -> None:
        print(json.dumps(request), file=self._requests, flush=True)
        self._answer()

    def _answer(self) -> None:
        line = self._answers.readline()
        if not line:
            raise SparkError(f"Spark has ended: {self._log.read_text()[-2000:]}")
        if error := json.loads(line)["error"]:
            raise SparkError(error)


@contextmanager
def spark_of(python: Path, jars: Path, folder: Path) -> Iterator[Spark]:
    """Spark in a process of its own, whose files are in *folder*."""
    log = folder / "spark.log"
    command = [python, HERE / "server.py", jars]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        yield Spark(process.stdin, process.stdout, log)
        process.stdin.close()


def needed_spark(environ: Mapping[str, str] = os.environ) -> tuple[Path, Path]:
    """Spark's Python and its jars; without them the test is skipped, or fails where they are required."""
    python = Path(environ.get("SPARK_PYTHON") or MADE / "venv" / "bin" / "python")
    jars = Path(environ.get("SPARK_JARS") or MADE / "jars")
    if not (environ.get("JAVA_HOME") or shutil.which("java")):
        missing = "Java"
    elif not python.exists() or not any(jars.glob("*.jar")):
        missing = "Spark: run `make spark`, or set SPARK_PYTHON and SPARK_JARS"
    else:
        return python, jars
    reason = f"needs {missing} (see CONTRIBUTING.md)"
    if environ.get("REQUIRE_SPARK"):
        pytest.fail(reason)
    pytest.skip(reason)
