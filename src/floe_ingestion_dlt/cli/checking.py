"""Checking a declaration: first all that it says, then whether its catalog and its sources answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from floe_core.plugin_metadata import HealthState
from pydantic import ValidationError

from floe_ingestion_dlt.boundary.validation import all_invalid
from floe_ingestion_dlt.cli.declarations import Declaration
from floe_ingestion_dlt.cli.findings import Finding
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.errors import IngestionError
from floe_ingestion_dlt.plugin import DltIngestionPlugin
from floe_ingestion_dlt.running.planning import plan_of

OF_FILES: Final = "filesystem"
NO_FILES: Final = "no file is found there. Look at path and file_glob, or put files there."


def of_sources(declaration: Declaration) -> tuple[Finding, ...]:
    """What is wrong with the source_config of every source; nothing is contacted."""
    if not declaration.settings.sources:
        text = "no sources are declared, so there is nothing to load. Add one to sources."
        return (Finding(text, line=declaration.document.line_of(declaration.section)),)
    return tuple(
        found
        for number in range(len(declaration.settings.sources))
        for found in _of_source(declaration, number)
    )


def _of_source(declaration: Declaration, number: int) -> tuple[Finding, ...]:
    source = declaration.settings.sources[number]
    try:
        plan_of(source)
    except ValidationError as refused:
        return declaration.found(refused, ("sources", number, source.name, "source_config"))
    return ()


def of_catalog(plugin: DltIngestionPlugin) -> tuple[Finding, ...]:
    """Why the catalog cannot be used, if it cannot."""
    health = plugin.health_check()
    if health.state is HealthState.HEALTHY:
        return ()
    may_pass = health.details.get("category") == Category.TRANSIENT.value
    return (Finding(health.message or "it is not healthy", "catalog_config", may_pass=may_pass),)


def of_answers(plugin: DltIngestionPlugin, declaration: Declaration) -> Iterator[Finding]:
    """Why sources cannot be read, or have nothing to read; no rows are read."""
    for number, source in enumerate(declaration.settings.sources):
        line = declaration.document.line_of((*declaration.section, "sources", number))
        field = f"sources[{number}].{source.name}"
        try:
            for unit in plugin.units(source.name):
                plugin.create_pipeline(unit.config)
            if source.source_type == OF_FILES and not plugin.files(source.name).files:
                yield Finding(NO_FILES, field, line)
        except ValidationError as refused:
            yield Finding(all_invalid(refused), field, line)
        except IngestionError as refused:
            yield Finding(str(refused), field, line, may_pass=refused.category is Category.TRANSIENT)
