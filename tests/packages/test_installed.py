"""The package alone, in an empty environment of each Python."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.packages.environments import Environment
from tests.packages.steps import rows_of_files

# Licences under which packages may be used in programs of any licence.
FREE: Final = re.compile(
    r"apache|\bmit\b|bsd|isc|mpl|mozilla|python software|psf|unlicense|zlib|public domain", re.IGNORECASE
)
LISTED: Final = """
import json
from importlib.metadata import distributions
found = {}
for one in distributions():
    data = one.metadata
    classifiers = [said for said in data.get_all("Classifier", []) if said.startswith("License")]
    files = [file.read_text()[:200] for file in one.files or [] if "licen" in file.name.lower() and file.suffix != ".py"]
    said = [data.get("License-Expression") or "", *classifiers]
    found[one.name] = said if any(said) else [(data.get("License") or "")[:200], *files]
print(json.dumps(found))
"""


def test_a_folder_of_files_is_in_tables_after_a_few_commands(installed: Environment, tmp_path: Path) -> None:
    assert [1, 2] == rows_of_files(installed, tmp_path)


def test_the_plugins_version_is_that_of_the_package(installed: Environment) -> None:
    said, expected = installed.run("""
import json
from importlib.metadata import version
from floe_ingestion_dlt import DltIngestionPlugin
print(json.dumps([DltIngestionPlugin().version, version("floe-ingestion-dlt")]))
""")
    assert said == expected


def test_every_package_has_a_licence_that_sets_no_terms_for_others(installed: Environment) -> None:
    licences: dict[str, list[str]] = installed.run(LISTED)
    assert len(licences) > 50
    assert {} == {name: said for name, said in licences.items() if not any(map(FREE.search, said))}


def test_no_tool_of_tests_and_no_extra_is_installed(installed: Environment) -> None:
    names = set(installed.run(LISTED))
    assert "floe-ingestion-dlt" in names
    assert not names & {"pytest", "hypothesis", "mypy", "psycopg", "s3fs", "pandas", "dagster"}
