"""How sources and resources appear in Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dlt
from dagster import AssetDep, AssetKey, AssetSpec
from dagster_dlt import DagsterDltTranslator
from dagster_dlt.translator import DltResourceTranslatorData

from floe_ingestion_dagster.names import asset_name, escaped

if TYPE_CHECKING:
    from dlt.extract import DltResource


@dataclass
class FloeIngestionTranslator(DagsterDltTranslator):
    """Gives each resource the asset `ingestion__<source>__<resource>`, below the source that it is read from.

    Override `get_asset_spec` for other keys, groups or owners; a resource of dlt's own is translated in the same way.
    """

    group_name: str | None = "ingestion"
    owners: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    def get_asset_spec(self, data: DltResourceTranslatorData) -> AssetSpec:
        resource = data.resource
        source = str(resource.source_name)
        return AssetSpec(
            key=AssetKey(asset_name(source, resource.name)),
            deps=[AssetDep(source_key(source))],
            group_name=self.group_name,
            owners=self.owners,
            tags=self.tags,
            kinds={"dlt", "iceberg"},
        )

    def spec_of(self, source: str, resource: str) -> AssetSpec:
        """The asset of a configured source's resource; nothing is read, and no secret is needed."""
        return self.get_asset_spec(
            DltResourceTranslatorData(resource=empty_resource(source, resource), pipeline=None)
        )


def source_key(source: str) -> AssetKey:
    """The asset that stands for where a source is read from: nobody materializes it."""
    return AssetKey(["sources", escaped(source)])


def empty_resource(source: str, resource: str) -> DltResource:
    """A resource of dlt's that has names and no rows."""
    named = dlt.resource([], name=resource)
    named.source_name = source
    return named
