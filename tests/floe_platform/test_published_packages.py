"""floe's published packages, unchanged, compile and load products with this plugin: files of each format into Polaris or a SQL catalog."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from pyiceberg.catalog import load_catalog

from tests.services.environment import Services, needed_services
from tests.services.polaris import Polaris

ROOT: Final = Path(__file__).parents[2]
PLATFORM: Final = Path(os.environ.get("PLATFORM_VENV", ROOT / ".platform" / "venv")) / "bin"
FORMATS: Final = ("csv", "jsonl", "parquet")
ROWS: Final[list[dict[str, Any]]] = [{"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def services() -> Services:
    if not (PLATFORM / "floe").exists():
        _without(f"needs {PLATFORM}: run `make platform`")
    return needed_services()


def _without(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_PLATFORM"):
        pytest.fail(reason)
    pytest.skip(reason)


class Project:
    """A product with files of each format, on a platform with Polaris and MinIO."""

    def __init__(self, folder: Path, services: Services) -> None:
        self.folder, self.services = folder, services
        self.catalog = Polaris(services).catalog()
        self._write_files()
        self._write_manifest()
        self._write_product()

    def run(self, *command: str | Path) -> str:
        """What the command prints; it fails with what it has said if it fails."""
        client, secret = self.services.polaris_credential.split(":")
        secrets = {
            "POLARIS_CLIENT_ID": client,
            "POLARIS_CLIENT_SECRET": secret,
            "POLARIS_OAUTH2_SERVER_URI": f"{self.services.polaris}/v1/oauth/tokens",
            "POLARIS_SCOPE": self.catalog["scope"],
            "DAGSTER_HOME": str(self.folder),
            "PYTHONPATH": "",
        }
        done = subprocess.run(
            [PLATFORM / command[0], *command[1:]],
            cwd=self.folder,
            env=os.environ | secrets,
            capture_output=True,
            check=False,
            text=True,
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    def compile(self) -> dict[str, Any]:
        """The artifacts of the product."""
        product = (
            "--spec",
            "floe.yaml",
            "--manifest",
            "manifest.yaml",
            "--output",
            "compiled_artifacts.json",
        )
        self.run("floe", "platform", "compile", "--no-lineage-emission", *product)
        artifacts: dict[str, Any] = json.loads((self.folder / "compiled_artifacts.json").read_text())
        return artifacts

    def materialize(self, orchestrator: str) -> None:
        script = ROOT / "tests" / "floe_platform" / "materialized.py"
        shown = self.run("python", script, orchestrator, self.folder)
        assert [len(FORMATS), []] == json.loads(shown.splitlines()[-1])

    def _write_files(self) -> None:
        for name in FORMATS:
            (self.folder / name).mkdir()
        (self.folder / "csv" / "a.csv").write_text("id,name\n1,ann\n2,bob\n")
        (self.folder / "jsonl" / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        pq.write_table(pa.Table.from_pylist(ROWS), self.folder / "parquet" / "a.parquet")

    def _write_manifest(self) -> None:
        services = self.services
        client, secret = services.polaris_credential.split(":")
        tokens = f"{services.polaris}/v1/oauth/tokens"
        catalog = {
            "uri": services.polaris,
            "warehouse": self.catalog["warehouse"],
            "oauth2": {"client_id": client, "client_secret": secret, "token_url": tokens},
        }
        storage = {"endpoint": services.s3_endpoint, "bucket": services.bucket}
        plugins = {
            "compute": {"type": "duckdb"},
            "orchestrator": {"type": "dagster"},
            "storage": {"type": "minio", "version": "0.1.0", "config": storage},
            "catalog": {"type": "polaris", "config": catalog},
            "ingestion": {"type": "dlt"},
        }
        self._write("manifest.yaml", "Manifest", "lab", plugins=plugins)

    def _write_product(self) -> None:
        sources = [
            {
                "name": name,
                "sourceType": "filesystem",
                "format": name,
                "path": name,
                "destinationTable": f"bronze.{name}",
            }
            for name in FORMATS
        ]
        self._write(
            "floe.yaml",
            "FloeSpec",
            "shop",
            platform={"manifest": "./manifest.yaml"},
            ingestion={"sources": sources},
            transforms=[{"name": "stg_orders"}],
        )

    def _write(self, file: str, kind: str, name: str, **content: Any) -> None:
        about = {"name": name, "version": "1.0.0", "owner": "team@example.com"}
        document = {"apiVersion": "floe.dev/v1", "kind": kind, "metadata": about, **content}
        (self.folder / file).write_text(yaml.safe_dump(document))


@pytest.fixture
def project(tmp_path: Path, services: Services) -> Project:
    return Project(tmp_path, services)


def loaded(catalog: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table."""
    opened = load_catalog("floe", **catalog)
    return {
        name: sorted(
            opened.load_table(f"bronze.{name}").scan(selected_fields=("id", "name")).to_arrow().to_pylist(),
            key=lambda row: row["id"],
        )
        for name in FORMATS
    }


def test_the_packages_agree_on_their_requirements(services: Services, tmp_path: Path) -> None:
    done = subprocess.run(
        [PLATFORM / "python", "-m", "pip", "check"], capture_output=True, check=False, text=True, cwd=tmp_path
    )
    assert (0, "No broken requirements found.\n") == (done.returncode, done.stdout)
    assert services


# The published orchestrator reads all files itself in each run; the plugin reads each file once.
@pytest.mark.parametrize(("orchestrator", "after_two"), [("published", 2), ("ours", 1)])
def test_each_orchestrator_loads_a_compiled_product_by_its_binding(
    project: Project, orchestrator: str, after_two: int
) -> None:
    artifacts = project.compile()
    secret = project.services.polaris_credential.split(":")[1]
    assert secret not in json.dumps(artifacts["deployment"]) + json.dumps(artifacts["plugins"]["ingestion"])
    for times in (1, after_two):
        project.materialize(orchestrator)
        assert {name: sorted(times * ROWS, key=lambda row: row["id"]) for name in FORMATS} == loaded(
            project.catalog
        )


@pytest.mark.parametrize("orchestrator", ["published", "ours"])
def test_each_orchestrator_loads_by_catalog_config_without_a_deployment(
    project: Project, orchestrator: str
) -> None:
    artifacts = project.compile()
    catalog = {
        "type": "sql",
        "uri": f"sqlite:///{project.folder}/catalog.db",
        "warehouse": f"file://{project.folder}/warehouse",
    }
    artifacts["deployment"] = None
    artifacts["plugins"]["ingestion"]["config"] |= {
        "catalog_config": catalog,
        "pipelines_dir": str(project.folder / "pipelines"),
    }
    (project.folder / "compiled_artifacts.json").write_text(json.dumps(artifacts))
    project.materialize(orchestrator)
    assert dict.fromkeys(FORMATS, ROWS) == loaded(catalog)
