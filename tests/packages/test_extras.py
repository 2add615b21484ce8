"""Each extra installs what it is for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.packages.environments import Environment, environment, python_of
from tests.packages.test_contents import PROJECT

# What can be imported with the extra; pyodbc needs libraries of the system.
MODULES: Final = {
    "s3": ["s3fs"],
    "gcs": ["gcsfs"],
    "azure": ["adlfs"],
    "excel": ["python_calamine"],
    "avro": ["fastavro"],
    "postgres": ["psycopg", "psycopg_binary"],
    "mysql": ["pymysql"],
    "mssql": [],
    "sigv4": ["boto3"],
    "testing": ["floe_ingestion_dlt.testing", "floe_ingestion_dlt.testing.explorer"],
}


def test_each_extra_is_tried() -> None:
    assert set(PROJECT["optional-dependencies"]) == set(MODULES)


@pytest.fixture(scope="module")
def with_all(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("extras") / "env"
    extras = ",".join(MODULES)
    return environment(folder, python_of("3.11"), f"floe-ingestion-dlt[{extras}] @ {wheel.as_uri()}")


@pytest.mark.parametrize("extra", MODULES)
def test_an_extra_brings_its_modules(extra: str, with_all: Environment) -> None:
    code = f"""
import json
from importlib import import_module
print(json.dumps([import_module(name).__name__ for name in {MODULES[extra]}]))
"""
    assert MODULES[extra] == with_all.run(code)
