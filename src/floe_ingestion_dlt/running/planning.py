"""From floe's ingestion config to a load plan; after this, input is not validated again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar, final

from pydantic import ValidationError
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.parsing import ParsedSource, parse_source
from floe_ingestion_dlt.adapters.sources.registry import kind_of
from floe_ingestion_dlt.boundary.validation import one_or_more, refusal, with_context
from floe_ingestion_dlt.boundary.variables import escaped, filled
from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig
from floe_ingestion_dlt.config.sources import without_merge_settings
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Invalid, UnknownOption
from floe_ingestion_dlt.domain.load import load_id_for
from floe_ingestion_dlt.domain.load_plan import LoadPlan, split
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.table_settings import TableSettings
from floe_ingestion_dlt.domain.window_texts import text_of
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Merge, WriteMode, name_of, without_windows
from floe_ingestion_dlt.errors import error_for
from floe_ingestion_dlt.ports.source import Sources
from floe_ingestion_dlt.running import run_options
from floe_ingestion_dlt.running.declared import Declared
from floe_ingestion_dlt.running.run_options import Options

if TYPE_CHECKING:
    # Imported when it is made: with it come all kinds of plugins, which units do without.
    from floe_core.plugins.ingestion import IngestionConfig, RuntimeBinding

_SEVERAL: Final = "a pattern names several tables, and a pipeline loads one: use a config of plugin.units(source), or set source_config.resource"

DefaultT = TypeVar("DefaultT", bound=str | None)


@final
@dataclass(frozen=True, slots=True)
class Unit:
    """One resource of a configured *source*, the table that it fills, and what was *declared* of it.

    *cursor* is the column by which new rows are recognised, *mode* what a load does with the rows that are in the table.
    """

    source: str
    resource: str
    table: str
    declared: Declared
    mode: WriteMode
    cursor: str | None = None
    binding: RuntimeBinding | None = None

    @property
    def config(self) -> IngestionConfig:
        """The config for `create_pipeline`, with the catalog of the *binding*, else the configured one."""
        return self.declared.config(self.binding)


def with_variables(config: IngestionConfig) -> IngestionConfig:
    """The *config* with the values of the variables in its source_config; a ValidationError names the place of each that has none."""
    if not isinstance(config.source_config, Mapping):  # this is refused later
        return config
    title = f"the source_config for {config.destination_table}"
    return replace(config, source_config=filled(config.source_config, title))


def plan_for(config: IngestionConfig, configured: IngestionSourceConfig | None) -> LoadPlan:
    """The plan for *config*; settings that it does not have are taken from the source *configured* for its table.

    Raises pydantic.ValidationError for invalid input.
    """
    declared = Declared(
        config.source_type,
        config.source_config,
        config.destination_table,
        config.write_mode,
        config.schema_contract,
    )
    if _has_patterns(plan := _plan(declared, configured)):
        raise refusal("source_config", "several_tables", "tables", _SEVERAL)
    return plan


def plan_of(source: IngestionSourceConfig) -> LoadPlan:
    """The plan of a whole configured source, which may have several tables; raises pydantic.ValidationError if its source_config cannot be used."""
    return _plan(Declared.by(source), source)


def _has_patterns(plan: LoadPlan) -> bool:
    return kind_of(plan.source.type).unwrap().patterns_of(plan.source) is not None


def _plan(declared: Declared, configured: IngestionSourceConfig | None) -> LoadPlan:
    asked = _asked(declared, configured)
    parsed = _parsed(asked, configured)
    settings = _settings(asked, configured, parsed.table)
    complete = _complete(asked, configured, settings)
    return LoadPlan(
        source=parsed.source,
        resource=parsed.resource or parsed.source.resources[0],
        table=complete.table,
        mode=(mode := complete.mode().unwrap()),
        contract=SchemaContract(complete.schema_contract),
        cursor=settings.cursor.column,
        cursor_options=settings.cursor.options,
        name=configured.name if configured else None,
        is_chosen=parsed.resource is not None,
        names=parsed.names,
        columns=parsed.columns,
        unused_key=() if isinstance(mode, Merge) else complete.primary_key,
    )


def config_of(source: IngestionSourceConfig) -> IngestionConfig:
    """The configured source as floe's ingestion config."""
    return Declared.by(source).config()


def units_of(
    source: IngestionSourceConfig, sources: Sources, settings: DltIngestionConfig | None = None
) -> tuple[Unit, ...]:
    """One unit for each resource of the source; raises pydantic.ValidationError for a source_config that cannot be used.

    If patterns name the tables, the database is asked for them; raises IngestionError if it cannot say. A table that another source
    of the *settings* fills is refused.
    """
    whole, plan = Declared.by(source), plan_of(source)
    has_patterns = _has_patterns(plan)
    plans = _listed(plan, sources) if has_patterns else split(plan)
    if has_patterns and settings is not None:
        _refuse_tables_of_others(plans, source, settings)
    for plan in plans:
        if TableName.parse(str(plan.table)) != Success(plan.table):
            text = _no_table(plan.resource, has_patterns=has_patterns)
            raise refusal(f"the units of {source.name}", "no_table_name", "resource", text)

    def declared(plan: LoadPlan) -> Declared:
        if len(plans) == 1 and not has_patterns:
            return whole
        source_config = {**whole.source_config, "resource": plan.resource}
        return replace(whole, source_config=source_config, destination_table=str(plan.table))

    return tuple(
        Unit(source.name, plan.resource, str(plan.table), declared(plan), plan.mode, plan.cursor)
        for plan in plans
    )


def _listed(plan: LoadPlan, sources: Sources) -> tuple[LoadPlan, ...]:
    """One plan for each table that the source has now."""
    # It imports dlt and pyiceberg, which takes seconds.
    from floe_ingestion_dlt.library_errors.source_errors import result_of

    found = result_of(lambda: sources.open(plan.source).bind(lambda opened: opened.units()))
    if isinstance(found, Failure):
        raise error_for(found.failure(), plan.context)
    return tuple(replace(plan, resource=name, table=plan.table.sibling(name)) for name in found.unwrap())


def _refuse_tables_of_others(
    plans: Iterable[LoadPlan], source: IngestionSourceConfig, settings: DltIngestionConfig
) -> None:
    for plan in plans:
        filling = settings.source_for(str(plan.table))
        if filling is not None and filling.name != source.name:
            text = f"{filling.name} fills {plan.table}, too: leave {plan.resource} out here (exclude_tables)"
            raise refusal(f"the units of {source.name}", "same_table", "tables", text)


def _no_table(resource: str, *, has_patterns: bool) -> str:
    text = f"{resource!r} cannot be the name of a table: load it by a source of its own, with a destination_table"
    return f"{text}, and name it in exclude_tables here" if has_patterns else text


def _asked(declared: Declared, configured: IngestionSourceConfig | None) -> Declared:
    """What was *declared*, with the configured write_mode and schema_contract where its own are floe's defaults."""
    if configured is None:
        return declared
    defaults = Declared("", {}, "")
    mode = configured.write_mode if declared.write_mode == defaults.write_mode else declared.write_mode
    is_default = declared.schema_contract == defaults.schema_contract
    contract = configured.schema_contract if is_default else declared.schema_contract
    return replace(declared, write_mode=mode, schema_contract=contract)


def _parsed(asked: Declared, configured: IngestionSourceConfig | None) -> ParsedSource:
    secret = configured.credentials if configured else None
    credentials = Secret(secret.get_secret_value()) if secret else None
    kind = kind_of(asked.source_type)
    if isinstance(kind, Failure) or not isinstance(asked.source_config, Mapping):
        # The model's error names this field and every other invalid one.
        _complete(asked, configured, _settings(asked, configured, TableSettings()))
    try:
        return parse_source(kind.unwrap(), asked.source_config, credentials)
    except ValidationError as refused:
        title = f"the source_config of {_name(asked, configured)} (for {asked.destination_table})"
        raise with_context(refused, title) from None


def _settings(
    asked: Declared, configured: IngestionSourceConfig | None, of_source: TableSettings
) -> TableSettings:
    """The settings of the table; the source's own options take precedence."""
    of_table = configured.table_settings if configured else TableSettings()
    return of_source.over(of_table.for_mode(asked.write_mode))


def _complete(
    asked: Declared, configured: IngestionSourceConfig | None, settings: TableSettings
) -> IngestionSourceConfig:
    """All fields, validated as in the plugin's configuration."""
    dedup_sort = settings.dedup_sort
    given = {
        "name": _name(asked, configured),
        "source_type": asked.source_type,
        "source_config": without_merge_settings(asked.source_config),
        "destination_table": asked.destination_table,
        "write_mode": asked.write_mode,
        "schema_contract": asked.schema_contract,
        "cursor_field": settings.cursor.column,
        "primary_key": settings.primary_key,
        "merge_strategy": settings.merge_strategy,
        "hard_delete": settings.hard_delete,
        "dedup_sort": None if dedup_sort is None else dict(dedup_sort),
        "delete_missing": settings.delete_missing,
        "soft_delete": settings.soft_delete,
        "max_deletes": settings.max_deletes,
    }
    # The values of variables are in it already, and are not searched for others.
    return IngestionSourceConfig.model_validate(escaped(given))


def _name(asked: Declared, configured: IngestionSourceConfig | None) -> str:
    return configured.name if configured else asked.destination_table or asked.source_type or "source"


def revised(plan: LoadPlan, options: Options) -> Result[LoadPlan, Invalid | UnknownOption]:
    """The plan with the options of one run; an option that is None does not change it."""
    return run_options.checked(plan, options).bind(lambda given: _revised(plan, given))


def _revised(plan: LoadPlan, given: Options) -> Result[LoadPlan, Invalid | UnknownOption]:
    contract = SchemaContract.parse(_text(given, "schema_contract", plan.contract.value))
    cursor = _text(given, "cursor_field", plan.cursor)
    return (
        contract.bind(lambda known: _with_mode(replace(plan.on_cursor(cursor), contract=known), given))
        .bind(lambda changed: _with_load_id(changed, given.get("idempotency_key")))
        .bind(lambda changed: _with_window(changed, given))
        .map(lambda changed: changed.as_refresh() if given.get("refresh") is True else changed)
    )


def _text(given: Options, name: str, otherwise: DefaultT) -> str | DefaultT:
    value = given.get(name)
    return value if isinstance(value, str) else otherwise


def _with_load_id(plan: LoadPlan, key: object) -> Result[LoadPlan, Invalid]:
    if key is None:
        return Success(plan)
    return load_id_for(str(key)).map(lambda load_id: replace(plan, load_id=load_id))


def _with_window(plan: LoadPlan, given: Options) -> Result[LoadPlan, Invalid]:
    """The plan that reads only the window, without a cursor; refused for a merge that ends rows that are not read.

    Two windows with the same idempotency key are two loads.
    """
    window, key = given.get("window"), given.get("idempotency_key")
    if not isinstance(window, Window):
        return Success(plan)
    if refusal_of_mode := without_windows(plan.mode):
        return Failure(Invalid("window", None, refusal_of_mode, is_superfluous=True))
    identified = Success(None) if key is None else load_id_for(f"{key} {text_of(window)}")
    return identified.map(lambda load_id: replace(plan, window=window, cursor=None, load_id=load_id))


def _with_mode(plan: LoadPlan, given: Options) -> Result[LoadPlan, Invalid]:
    write_mode = _text(given, "write_disposition", name_of(plan.mode))
    key = one_or_more(given.get("primary_key"))
    of_run = TableSettings(
        primary_key=tuple(key) if isinstance(key, list | tuple) else (),
        merge_strategy=_text(given, "merge_strategy", None),
    )
    settings = of_run.over(TableSettings.of(plan.mode, plan.cursor).for_mode(write_mode))
    return settings.mode(write_mode).map(plan.in_mode)
