"""dlt's load packages in the working folder of a pipeline, for which dlt has no public functions."""

# ruff: noqa: SLF001 - see above

from __future__ import annotations

from pathlib import Path

from dlt.common.schema import Schema
from dlt.common.storages.load_package import TLoadPackageState
from dlt.pipeline.pipeline import Pipeline


def delete_extracted(pipeline: Pipeline, load_id: str) -> None:
    """Delete a package that is not normalized yet."""
    pipeline._get_normalize_storage().extracted_packages.delete_package(load_id)


def save_extracted_schema(pipeline: Pipeline, load_id: str, schema: Schema) -> None:
    """Save the changed schema, also in the package that is not normalized yet."""
    pipeline._schema_storage.commit_live_schema(schema.name)
    pipeline._get_normalize_storage().extracted_packages.save_schema(load_id, schema)


def kept_with_package(pipeline: Pipeline, load_id: str) -> TLoadPackageState:
    """The state of a pending package, whether it is normalized or not."""
    extracted = pipeline._get_normalize_storage().extracted_packages
    if load_id in extracted.list_packages():
        return extracted.get_load_package_state(load_id)
    return pipeline._get_load_storage().normalized_packages.get_load_package_state(load_id)


def import_job(pipeline: Pipeline, load_id: str, file: Path) -> None:
    """Move a file into a normalized package, as one of its jobs; its name is that of the job."""
    pipeline._get_load_storage().normalized_packages.import_job(load_id, str(file))
