"""What importing costs: who only configures, or handles errors, loads neither dlt nor pyiceberg."""

from __future__ import annotations

import subprocess
import sys

import pytest

import floe_ingestion_dlt

HEAVY = {"dlt", "pyiceberg", "duckdb", "pyarrow", "sqlalchemy", "requests"}


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "imported",
    [
        "import floe_ingestion_dlt",
        "import floe_ingestion_dlt.config",
        "import floe_ingestion_dlt.errors",
        "import floe_ingestion_dlt.domain.load",
        "from floe_ingestion_dlt import DltIngestionConfig, IngestionSourceConfig, RetryConfig, IngestionError",
    ],
)
def test_the_package_its_configuration_its_errors_and_its_domain_are_light(imported: str) -> None:
    ended = run(f"{imported}\nimport sys; print(*sorted({HEAVY} & set(sys.modules)))")
    assert ("", 0) == (ended.stdout.strip(), ended.returncode), ended.stderr


@pytest.mark.parametrize("name", floe_ingestion_dlt.__all__)
def test_each_public_name_is_there_and_listed(name: str) -> None:
    assert callable(getattr(floe_ingestion_dlt, name))
    assert name in dir(floe_ingestion_dlt)


@pytest.mark.parametrize(
    "module", ["config", "destination", "errors", "plugin", "retry", "sources", "testing"]
)
def test_a_public_module_is_an_attribute_of_the_package(module: str) -> None:
    ended = run(f"import floe_ingestion_dlt as package; print(package.{module}.__name__)")
    assert f"floe_ingestion_dlt.{module}" == ended.stdout.strip(), ended.stderr


def test_a_name_that_is_not_there_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'DltIngestionPlugn'"):
        _ = floe_ingestion_dlt.DltIngestionPlugn


BLOCKED = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Block())
from floe_ingestion_dlt import DltIngestionPlugin
plugin = DltIngestionPlugin()
plugin.configure({{}})
try:
    plugin.startup()
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize("package", ["dlt", "pyiceberg"])
def test_a_start_without_a_package_says_what_to_install(package: str) -> None:
    ended = run(BLOCKED.format(package=package))
    assert f"the plugin needs the package {package}, which is not installed" in ended.stdout, ended.stderr
    assert f"pip install '{package}" in ended.stdout
    assert "<" in ended.stdout.partition("pip install")[2]


def test_a_plugin_is_made_and_configured_without_importing_dlt_or_pyiceberg() -> None:
    made = "from floe_ingestion_dlt import DltIngestionPlugin; DltIngestionPlugin().configure({})"
    ended = run(f"{made}; import sys; print(*sorted({{'dlt', 'pyiceberg', 'duckdb'}} & set(sys.modules)))")
    assert ("", 0) == (ended.stdout.strip(), ended.returncode), ended.stderr
