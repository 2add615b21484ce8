"""The plugin's configuration. It is validated once, here; an unknown option is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.registry import kind_of
from floe_ingestion_dlt.boundary.catalog import in_place, working_folder
from floe_ingestion_dlt.boundary.delete_options import HasDeletes
from floe_ingestion_dlt.boundary.validation import Strict, one_or_more, one_text, unusable, value_or_raise
from floe_ingestion_dlt.boundary.variables import WithVariables
from floe_ingestion_dlt.domain.catalog_settings import check_spelling
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.load_plan import tables_of
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.ownership import Claim, no_shared_tables
from floe_ingestion_dlt.domain.progress import ProgressSetting
from floe_ingestion_dlt.domain.repeated_names import repeated
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy
from floe_ingestion_dlt.domain.secret_names import is_secret_name
from floe_ingestion_dlt.domain.table_settings import TableSettings
from floe_ingestion_dlt.domain.write_modes import WriteMode
from floe_ingestion_dlt.secrets.finding import URL_WITH_PASSWORD


class RetryConfig(Strict):
    """How often, and after how many seconds, a transient failure is retried.

    Each delay is twice the one before, plus random jitter. If a source or catalog sends `Retry-After`, the delay is at least that
    long. No attempt starts later than `deadline_seconds` after the first one failed, and an answer of an API must be complete
    within that time. If `deadline_seconds` is set, the wait for a database's answer ends with the time that is left of it.
    """

    max_retries: int = 3
    initial_delay_seconds: float = 1.0
    max_delay_seconds: float = 60.0
    deadline_seconds: float = 300.0

    @model_validator(mode="after")
    def _is_a_policy(self) -> Self:
        value_or_raise(self._made())
        return self

    @property
    def policy(self) -> RetryPolicy:
        return replace(self._made().unwrap(), bounds_answers="deadline_seconds" in self.model_fields_set)

    def _made(self) -> Result[RetryPolicy, Invalid]:
        return RetryPolicy.make(
            self.max_retries, self.initial_delay_seconds, self.max_delay_seconds, self.deadline_seconds
        )


class IngestionSourceConfig(WithVariables, HasDeletes):
    """One source: where it is, which table it fills, and how.

    `source_config` is not validated here, because the platform stores its own keys in it. It is validated as strictly as the
    other fields when a pipeline is created.
    """

    name: str
    source_type: str
    source_config: dict[str, object] = Field(default_factory=dict, repr=False)
    destination_table: str
    write_mode: str = "append"
    schema_contract: str = "evolve"
    primary_key: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = ()
    merge_strategy: str | None = None
    hard_delete: str | None = None
    dedup_sort: dict[str, str] | None = None
    credentials: Annotated[SecretStr | None, BeforeValidator(one_text)] = None
    retry_config: RetryConfig | None = None

    @field_validator("name")
    @classmethod
    def _has_a_name(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("the name is missing: give each source a name of its own")
        return name

    @field_validator("source_type")
    @classmethod
    def _is_known(cls, source_type: str) -> str:
        return value_or_raise(kind_of(source_type)).name

    @field_validator("destination_table")
    @classmethod
    def _is_a_table(cls, destination_table: str) -> str:
        return str(value_or_raise(TableName.parse(destination_table)))

    @field_validator("schema_contract")
    @classmethod
    def _is_a_contract(cls, schema_contract: str) -> str:
        return value_or_raise(SchemaContract.parse(schema_contract)).value

    @field_validator("cursor_field", "hard_delete", "soft_delete")
    @classmethod
    def _is_a_column(cls, column: str | None, field: ValidationInfo) -> str | None:
        if column is not None and not column.strip():
            raise ValueError(f"the column's name is missing: name a column, or remove {field.field_name}")
        return column

    @field_validator("primary_key")
    @classmethod
    def _has_columns(cls, primary_key: tuple[str, ...]) -> tuple[str, ...]:
        if not all(column.strip() for column in primary_key):
            raise ValueError("a column's name is missing: name each column of the key, or remove primary_key")
        return primary_key

    @model_validator(mode="after")
    def _can_be_written(self) -> Self:
        value_or_raise(self.mode())
        return self

    @property
    def table(self) -> TableName:
        """The table that the source fills."""
        return TableName.parse(self.destination_table).unwrap()

    @property
    def table_settings(self) -> TableSettings:
        """The settings of the table's cursor, key and merges."""
        merge = (self.primary_key, self.merge_strategy, self.hard_delete, self.dedup_sort)
        return self.with_deletes(TableSettings(self.known_cursor, *merge))

    def mode(self) -> Result[WriteMode, Invalid]:
        """The write mode with its strategy, key and merge rules."""
        return self.table_settings.mode(self.write_mode)


class DltIngestionConfig(WithVariables):
    """The plugin's whole configuration.

    `catalog_config` has pyiceberg's properties (`type`, `uri`, `warehouse`, `credential`, `s3.endpoint`, ...). Without a `type` it
    is a REST catalog; if it is empty, it is a SQLite catalog in the folder `.floe`. `allowed_locations` in it are the locations below
    which tables of the catalog may be. `pipelines_dir` is the folder in which pending rows are stored between runs, with a folder for
    each catalog; the default is dlt's own folder, or `.floe/pipelines` for the catalog in `.floe`. `progress` is how a run's progress
    is shown: a `bar`, `lines` every ten seconds, nothing (`off`), or a bar on a terminal and lines elsewhere (`auto`).
    """

    with_own = frozenset({"sources"})

    sources: tuple[IngestionSourceConfig, ...] = ()
    catalog_config: dict[str, object] = Field(default_factory=dict, repr=False)
    retry_config: RetryConfig = Field(default_factory=RetryConfig)
    pipelines_dir: str | None = None
    progress: str = "auto"

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
            raise unusable(f"{twice}: give each source a name of its own", "sources")
        shared = no_shared_tables(claim for source in self.sources for claim in _claims(source))
        if isinstance(shared, Failure):
            raise unusable(f"{shared.failure().message}. {shared.failure().next_step}", "sources")
        return self

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
        claims = ((source, claim) for source in self.sources for claim in _claims(source))
        alone = next((source for source, claim in claims if str(claim.table) == table), None)
        return alone or next((source for source in self.sources if _may_fill(source, table)), None)


def _claims(source: IngestionSourceConfig) -> Iterator[Claim]:
    """The tables that the source writes; only its destination_table if its source_config is not valid."""
    kind, table = kind_of(source.source_type).unwrap(), source.table
    try:
        parsed = parse_source(kind, source.source_config, None)
    except ValidationError:
        yield Claim(source.name, table, nests=kind.may_nest)
        return
    if kind.patterns_of(parsed.source) is not None:
        yield Claim(source.name, table, nests=parsed.source.may_nest)
        return
    for written in dict.fromkeys((table, *tables_of(parsed.source, table, parsed.resource))):
        yield Claim(source.name, written, nests=parsed.source.may_nest)


def _may_fill(source: IngestionSourceConfig, table: str) -> bool:
    """Whether a pattern of the source matches the table."""
    kind, name = kind_of(source.source_type).unwrap(), TableName.parse(table)
    try:
        patterns = kind.patterns_of(parse_source(kind, source.source_config, None).source)
    except ValidationError:
        return False
    if patterns is None or isinstance(name, Failure):
        return False
    return source.table.sibling(name.unwrap().name) == name.unwrap() and patterns.matches(name.unwrap().name)


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
