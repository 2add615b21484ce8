"""A source as floe's ingestion config declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from floe_ingestion_dlt.boundary.variables import escaped
from floe_ingestion_dlt.config import IngestionSourceConfig
from floe_ingestion_dlt.secrets.finding import masked

if TYPE_CHECKING:
    # Imported when it is made: with it come all kinds of plugins, which units do without.
    from floe_core.plugins.ingestion import IngestionConfig, RuntimeBinding


@final
@dataclass(frozen=True, slots=True)
class Declared:
    """A source as floe's ingestion config declares it."""

    source_type: str
    source_config: Mapping[str, object]
    destination_table: str
    write_mode: str = "append"
    schema_contract: str = "evolve"

    @classmethod
    def by(cls, source: IngestionSourceConfig) -> Declared:
        """The configured source; its secrets are not in its repr."""
        return cls(
            source_type=source.source_type,
            source_config=masked(source.source_config),
            destination_table=source.destination_table,
            write_mode=source.write_mode,
            schema_contract=source.schema_contract,
        )

    def config(self, binding: RuntimeBinding | None = None) -> IngestionConfig:
        """The ingestion config of floe, with the catalog of the *binding*; its secrets are not in its repr."""
        from floe_core.plugins.ingestion import IngestionConfig

        return IngestionConfig(
            source_type=self.source_type,
            # It is searched for variables when a pipeline is created.
            source_config=masked({name: escaped(value) for name, value in self.source_config.items()}),
            destination_table=self.destination_table,
            write_mode=self.write_mode,
            schema_contract=self.schema_contract,
            runtime_binding=binding,
        )
