"""From floe's words for an ingestion to a plan: the last place where input is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from floe_core.plugins.ingestion import IngestionConfig
from pydantic import ValidationError
from returns.result import Result, Success

from floe_ingestion_dlt.adapters.sources.parsing import ParsedSource, parse_source
from floe_ingestion_dlt.adapters.sources.registry import kind_of
from floe_ingestion_dlt.boundary.validation import one_or_more, retold
from floe_ingestion_dlt.config import IngestionSourceConfig
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Invalid, UnknownOption
from floe_ingestion_dlt.domain.load import load_id_for
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.write_modes import Merge, name_of, parse_write_mode
from floe_ingestion_dlt.running import run_options
from floe_ingestion_dlt.secrets.finding import masked


def plan_for(config: IngestionConfig, configured: IngestionSourceConfig | None) -> LoadPlan:
    """The plan that *config* asks for; what it leaves open is taken from the source that is *configured* for its table.

    Raises pydantic.ValidationError for anything that cannot be used.
    """
    asked = _asked(config, configured)
    source = _checked(asked, configured)
    credentials = source.credentials
    parsed = _parsed(source, Secret(credentials.get_secret_value()) if credentials else None)
    # What is configured of merges says nothing to a load that does not merge.
    merging = configured if asked.write_mode == "merge" else None
    complete = source.model_validate(
        source.model_dump()
        | {
            "cursor_field": parsed.cursor_field or source.cursor_field,
            "primary_key": parsed.primary_key or source.primary_key,
            "merge_strategy": parsed.merge_strategy or (merging and merging.merge_strategy),
            "hard_delete": parsed.hard_delete or (merging and merging.hard_delete),
            "dedup_sort": parsed.dedup_sort or (merging and merging.dedup_sort),
            "write_mode": asked.write_mode,
            "credentials": None,
        }
    )
    return LoadPlan(
        source=parsed.source,
        resource=parsed.source.resources[0],
        table=TableName.parse(complete.destination_table).unwrap(),
        mode=complete.mode().unwrap(),
        contract=SchemaContract(complete.schema_contract),
        cursor=complete.cursor_field,
        name=configured.name if configured else None,
    )


def config_of(source: IngestionSourceConfig) -> IngestionConfig:
    """A configured source in the words in which floe asks for a pipeline; no repr shows its secrets."""
    return IngestionConfig(
        source_type=source.source_type,
        source_config=masked(source.source_config),
        destination_table=source.destination_table,
        write_mode=source.write_mode,
        schema_contract=source.schema_contract,
    )


def _asked(config: IngestionConfig, configured: IngestionSourceConfig | None) -> IngestionConfig:
    """The *config* with what is configured where it says what it says when nobody told it anything."""
    if configured is None:
        return config
    untold = IngestionConfig(source_type="")
    mode = configured.write_mode if config.write_mode == untold.write_mode else config.write_mode
    same = config.schema_contract == untold.schema_contract
    contract = configured.schema_contract if same else config.schema_contract
    return replace(config, write_mode=mode, schema_contract=contract)


def _parsed(source: IngestionSourceConfig, credentials: Secret | None) -> ParsedSource:
    try:
        return parse_source(kind_of(source.source_type).unwrap(), source.source_config, credentials)
    except ValidationError as refused:
        title = f"the source_config of {source.name} (for {source.destination_table})"
        raise retold(refused, title) from None


def _checked(config: IngestionConfig, configured: IngestionSourceConfig | None) -> IngestionSourceConfig:
    """The fields of *config*, each as strictly checked as in the plugin's configuration.

    A merge is checked once its key is known, which may stand in the source's own options.
    """
    return IngestionSourceConfig.model_validate(
        {
            "name": configured.name
            if configured
            else config.destination_table or config.source_type or "source",
            "source_type": config.source_type,
            "source_config": dict(config.source_config),
            "destination_table": config.destination_table,
            "write_mode": "append" if config.write_mode == "merge" else config.write_mode,
            "schema_contract": config.schema_contract,
            "cursor_field": configured.cursor_field if configured else None,
            "primary_key": configured.primary_key if configured else (),
            "credentials": configured.credentials if configured else None,
        }
    )


def revised(plan: LoadPlan, options: Mapping[str, object]) -> Result[LoadPlan, Invalid | UnknownOption]:
    """The plan with what one run does differently, in the orchestrator's words; None leaves the plan's word."""
    return run_options.checked(plan, options).bind(lambda given: _revised(plan, given))


def _revised(plan: LoadPlan, given: Mapping[str, Any]) -> Result[LoadPlan, Invalid | UnknownOption]:
    contract = SchemaContract.parse(given.get("schema_contract", plan.contract.value))
    cursor = given.get("cursor_field", plan.cursor)
    return contract.bind(lambda known: _with_mode(replace(plan, contract=known, cursor=cursor), given)).bind(
        lambda changed: _with_load_id(changed, given.get("idempotency_key"))
    )


def _with_load_id(plan: LoadPlan, key: object) -> Result[LoadPlan, Invalid]:
    if key is None:
        return Success(plan)
    return load_id_for(str(key)).map(lambda load_id: replace(plan, load_id=load_id))


def _with_mode(plan: LoadPlan, given: Mapping[str, Any]) -> Result[LoadPlan, Invalid]:
    merge = plan.mode if isinstance(plan.mode, Merge) else None
    mode = given.get("write_disposition", name_of(plan.mode))
    strategy = given.get("merge_strategy", merge.strategy.name if merge and mode == "merge" else None)
    named: Any = one_or_more(given.get("primary_key"))
    kept = parse_write_mode(mode, strategy, tuple(named) or (merge.key if merge else ())).map(
        lambda known: (
            replace(merge, strategy=known.strategy, key=known.key)
            if merge and isinstance(known, Merge)
            else known
        )
    )
    return kept.map(lambda known: replace(plan, mode=known))
