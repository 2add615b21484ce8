"""Materialize the assets that an orchestrator makes of artifacts; the environment of floe's published packages runs it.

Its arguments are the orchestrator, `published` or `ours`, and a folder with `compiled_artifacts.json`. It prints the errors of the steps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from dagster import AssetsDefinition, materialize
from floe_core.schemas.compiled_artifacts import CompiledArtifacts
from floe_orchestrator_dagster.assets.ingestion import create_ingestion_assets
from floe_orchestrator_dagster.resources.ingestion import create_ingestion_resources

from floe_ingestion_dagster import build_ingestion_definitions


def published(folder: Path) -> tuple[list[AssetsDefinition], dict[str, Any]]:
    """As `build_product_definitions` of floe's orchestrator does it, which needs a dbt project for the rest of the product."""
    artifacts = CompiledArtifacts.model_validate_json((folder / "compiled_artifacts.json").read_text())
    assert artifacts.plugins is not None
    plugin = artifacts.plugins.ingestion
    assert plugin is not None
    deployed = artifacts.deployment.ingestion if artifacts.deployment else None
    binding = None if deployed is None else deployed.dlt.model_dump(mode="json")
    assets = create_ingestion_assets(plugin, project_dir=folder, runtime_binding=binding)
    return assets, create_ingestion_resources(plugin)


def ours(folder: Path) -> tuple[list[AssetsDefinition], dict[str, Any]]:
    """As `build_ingestion_definitions` does it."""
    definitions = build_ingestion_definitions(folder / "compiled_artifacts.json")
    return [one for one in definitions.assets or () if isinstance(one, AssetsDefinition)], dict(
        definitions.resources or {}
    )


if __name__ == "__main__":
    assets, resources = {"published": published, "ours": ours}[sys.argv[1]](Path(sys.argv[2]))
    result = materialize(assets, resources=resources, raise_on_error=False)
    errors = [event.step_failure_data.error_display_string for event in result.get_step_failure_events()]
    sys.stdout.write(json.dumps([len(assets), errors]))
