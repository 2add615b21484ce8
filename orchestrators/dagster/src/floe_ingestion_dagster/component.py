"""A component for Dagster's `defs` folder, so that YAML is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dagster import Component, ComponentLoadContext, Definitions, Model, Resolvable
from pydantic import Field, field_validator

from floe_ingestion_dagster.definitions import build_ingestion_definitions
from floe_ingestion_dagster.executor import forkserver_executor
from floe_ingestion_dagster.resource import RESOURCE_KEY
from floe_ingestion_dagster.slices import Slices
from floe_ingestion_dagster.translator import FloeIngestionTranslator


class Translation(Model, Resolvable):
    """How the assets appear in Dagster."""

    group_name: str | None = Field("ingestion", description="The group of the assets.")
    owners: Sequence[str] = Field((), description="Owners, such as team:data or an e-mail address.")
    tags: Mapping[str, str] = Field(default_factory=dict, description="Tags of the assets.")

    @field_validator("tags", mode="before")
    @classmethod
    def _as_texts(cls, given: object) -> object:
        """Dagster reads a quoted number of the file as a number."""
        return {key: str(value) for key, value in given.items()} if isinstance(given, Mapping) else given


class FloeIngestionComponent(Component, Model, Resolvable):
    """The sources of compiled artifacts as assets, with their resource and schedules."""

    artifacts: str = Field(
        description="The file that `floe platform compile` writes; a relative path begins at the component's folder."
    )
    translation: Translation = Field(default_factory=Translation)
    schedules: Mapping[str, str] = Field(
        default_factory=dict,
        description="A cron expression, in UTC, for each source that is loaded by itself.",
    )
    file_sensors: Mapping[str, int] = Field(
        default_factory=dict,
        description="The seconds between two looks at the files, for each source that is loaded when they have changed.",
    )
    freshness: Mapping[str, float] = Field(
        default_factory=dict,
        description="The hours after which a source should have been loaded again.",
    )
    slices: Mapping[str, int | Slices] = Field(
        default_factory=dict,
        description="The most slices of a load, for each source that several workers read at a time.",
    )
    pool: str | None = Field(None, description="The concurrency pool of the loads.")
    resource_key: str = Field(
        RESOURCE_KEY, description="The key of the resource; of several products, each needs its own."
    )
    forkserver: bool = Field(
        default=True,
        description="Fork the steps of all jobs from a process that has imported what they need.",
    )

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        shown = self.translation
        return build_ingestion_definitions(
            Path(context.path) / self.artifacts,
            translator=FloeIngestionTranslator(shown.group_name, shown.owners, shown.tags),
            schedules=self.schedules,
            file_sensors=self.file_sensors,
            freshness=self.freshness,
            slices=self.slices,
            pool=self.pool,
            resource_key=self.resource_key,
            executor=forkserver_executor if self.forkserver else None,
        )
