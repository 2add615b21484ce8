"""The configuration of the plugin: the catalog, the sources, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ByteSize, Field, SecretStr, ValidationError, field_validator, model_validator
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.boundary.catalog import in_place, working_folder
from floe_ingestion_dlt.boundary.validation import unusable, value_or_raise
from floe_ingestion_dlt.boundary.variables import WithVariables
from floe_ingestion_dlt.config.retries import RetryConfig
from floe_ingestion_dlt.config.sources import IngestionSourceConfig
from floe_ingestion_dlt.config.table_claims import claims_of, may_fill
from floe_ingestion_dlt.domain.catalog_settings import check_spelling
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.memory import Memory, memory_of
from floe_ingestion_dlt.domain.ownership import no_shared_tables
from floe_ingestion_dlt.domain.progress import ProgressSetting
from floe_ingestion_dlt.domain.repeated_names import repeated
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy
from floe_ingestion_dlt.domain.secret_names import is_secret_name
from floe_ingestion_dlt.secrets.finding import URL_WITH_PASSWORD


class DltIngestionConfig(WithVariables):
    """The plugin's whole configuration.

    `catalog_config` has pyiceberg's properties (`type`, `uri`, `warehouse`, `credential`, `s3.endpoint`, ...). Without a `type` it
    is a REST catalog; if it is empty, it is a SQLite catalog in the folder `.floe`. `allowed_locations` in it are the locations below
    which tables of the catalog may be. `pipelines_dir` is the folder in which pending rows are stored between runs, with a folder for
    each catalog; the default is dlt's own folder, or `.floe/pipelines` for the catalog in `.floe`. `progress` is how a run's progress
    is shown: a `bar`, `lines` every ten seconds, nothing (`off`), or a bar on a terminal and lines elsewhere (`auto`). Loads hold
    as many rows in memory as the `memory_limit` allows, of which `parallel_sources` loads at once have equal parts.
    """

    with_own = frozenset({"sources"})

    sources: tuple[IngestionSourceConfig, ...] = Field((), description="The sources, each with its table.")
    catalog_config: dict[str, object] = Field(
        default_factory=dict,
        repr=False,
        description="Properties of the Iceberg catalog as pyiceberg has them: type, uri, warehouse, credential, s3.endpoint, ...; without any, a SQLite catalog in the folder .floe.",
    )
    retry_config: RetryConfig = Field(
        default_factory=RetryConfig, description="How failures that may pass are retried."
    )
    pipelines_dir: str | None = Field(
        None, description="The folder in which pending rows are stored between runs; the default is dlt's."
    )
    progress: str = Field(
        "auto",
        description="How the progress of a run is shown: a bar, lines, off, or what suits the output (auto).",
        json_schema_extra={"enum": [setting.value for setting in ProgressSetting]},
    )
    memory_limit: ByteSize | None = Field(
        None,
        description="How much memory the process may take, such as 2GiB; the default is 1GiB, or what parallel_sources need, if that is more.",
    )
    parallel_sources: int = Field(
        1,
        ge=1,
        le=64,
        description="How many tables floe-ingest run loads at once. They have equal parts of the memory.",
    )

    @field_validator("retry_config", mode="before")
    @classmethod
    def _default_retries(cls, given: object) -> object:
        return RetryConfig() if given is None else given

    @field_validator("progress")
    @classmethod
    def _can_be_shown(cls, progress: str) -> str:
        known = [setting.value for setting in ProgressSetting]
        if progress not in known:
            raise ValueError(
                f"progress: {progress!r} cannot be used. Set progress to one of {', '.join(known)}."
            )
        return progress

    @field_validator("catalog_config")
    @classmethod
    def _hides_secrets(cls, given: dict[str, object]) -> dict[str, object]:
        return {key: _hidden(key, value) for key, value in _checked(given).items()}

    @field_validator("pipelines_dir")
    @classmethod
    def _is_a_folder(cls, given: str | None) -> str | None:
        return None if given is None else value_or_raise(working_folder(given, "pipelines_dir"))

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if twice := repeated(source.name for source in self.sources):
            raise unusable(f"sources: {twice}: give each source a name of its own", "sources")
        shared = no_shared_tables(claim for source in self.sources for claim in claims_of(source))
        if isinstance(shared, Failure):
            raise unusable(f"{shared.failure().message}. {shared.failure().next_step}", "sources")
        return self

    @model_validator(mode="after")
    def _is_enough_memory(self) -> Self:
        memory = self.memory
        if isinstance(memory, Failure):
            raise unusable(f"memory_limit: {memory.failure()}. Increase it.", "memory_limit")
        return self

    @property
    def memory(self) -> Result[Memory, str]:
        """What loads may hold in memory; the failure says how much they need."""
        return memory_of(self.memory_limit, self.parallel_sources)

    @property
    def parts_with_credentials(self) -> tuple[object, ...]:
        """The settings of the catalog and of the sources that may contain credentials."""
        of_sources = (part for source in self.sources for part in (source.credentials, source.source_config))
        return (self.catalog_config, *of_sources)

    @property
    def places(self) -> dict[str, object]:
        """The settings that say where the catalog and the sources are."""
        of_sources = {source.name: source.source_config for source in self.sources}
        return {"catalog_config": self.catalog_config, "sources": of_sources}

    def source_named(self, name: str) -> IngestionSourceConfig:
        """The source of this name; a KeyError lists the configured sources."""
        configured = {known.name: known for known in self.sources}
        if name not in configured:
            raise KeyError(f"{name} is not configured; configured sources: {', '.join(configured) or 'none'}")
        return configured[name]

    def with_only(self, name: str) -> Self:
        """The configuration without all other sources than the one of this name; a KeyError lists the configured sources."""
        return self.model_copy(update={"sources": (self.source_named(name),)})

    def retry_policy_for(self, table: str) -> RetryPolicy:
        """The retries of loads into *table*: those of its source, else those of the whole plugin."""
        source = self.source_for(table)
        own = source.retry_config if source else None
        return (own or self.retry_config).policy

    def source_for(self, table: str) -> IngestionSourceConfig | None:
        """The source that fills *table*, alone or with other tables."""
        named = next((source for source in self.sources if source.destination_table == table), None)
        if named is not None:
            return named
        claims = ((source, claim) for source in self.sources for claim in claims_of(source))
        alone = next((source for source, claim in claims if str(claim.table) == table), None)
        return alone or next((source for source in self.sources if may_fill(source, table)), None)


def _checked(catalog: Mapping[str, object]) -> Mapping[str, object]:
    value_or_raise(check_spelling(catalog, "catalog_config"))
    return value_or_raise(in_place(catalog))


def model_of(config: BaseModel | Mapping[str, object] | None) -> BaseModel | None:
    """A model unchanged; a mapping is validated, and may raise pydantic.ValidationError."""
    if config is None or isinstance(config, BaseModel):
        return config
    return DltIngestionConfig.model_validate(config)


def settings_of(config: BaseModel | None) -> Result[DltIngestionConfig, Invalid]:
    """The configuration in a model of any class, if it has the fields of `DltIngestionConfig`."""
    if config is None:
        return Success(DltIngestionConfig())
    if isinstance(config, DltIngestionConfig):
        return Success(config)
    try:
        return Success(DltIngestionConfig.model_validate(config.model_dump(exclude_none=True)))
    except ValidationError as refused:
        first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        wanted = f"a DltIngestionConfig, a mapping, or a model with the same fields ({field}: {first['msg']})"
        return Failure(Invalid("the plugin's configuration", type(config).__name__, wanted))


def _hidden(key: str, value: object) -> object:
    if isinstance(value, dict):
        return {inner: _hidden(str(inner), held) for inner, held in value.items()}
    if not isinstance(value, str | int) or isinstance(value, bool):
        return value
    is_secret = is_secret_name(key) or URL_WITH_PASSWORD.search(str(value))
    return SecretStr(str(value)) if is_secret else value
