"""From floe's words for an ingestion to a plan: the last place where input is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from floe_core.plugins.ingestion import IngestionConfig
from returns.result import Failure, Result

from floe_ingestion_dlt.config import IngestionSourceConfig, one_or_more
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.plan import LoadPlan
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import SourceType
from floe_ingestion_dlt.domain.write_modes import Merge, name_of, parse_write_mode
from floe_ingestion_dlt.source_options import parse_source


def plan_for(config: IngestionConfig, configured: IngestionSourceConfig | None) -> LoadPlan:
    """The plan that *config* asks for; what it leaves open is taken from the source that is *configured* for its table.

    Raises pydantic.ValidationError for anything that cannot be used.
    """
    source = _checked(config, configured)
    credentials = source.credentials
    parsed = parse_source(
        SourceType(source.source_type),
        source.source_config,
        Secret(credentials.get_secret_value()) if credentials else None,
    )
    # What is configured of merges says nothing to a load that does not merge.
    merging = configured if config.write_mode == "merge" else None
    complete = source.model_validate(
        source.model_dump()
        | {
            "cursor_field": parsed.cursor_field or source.cursor_field,
            "primary_key": parsed.primary_key or source.primary_key,
            "merge_strategy": parsed.merge_strategy or (merging and merging.merge_strategy),
            "hard_delete": parsed.hard_delete or (merging and merging.hard_delete),
            "dedup_sort": parsed.dedup_sort or (merging and merging.dedup_sort),
            "write_mode": config.write_mode,
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
    )


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


def revised(plan: LoadPlan, options: Mapping[str, object]) -> Result[LoadPlan, Invalid]:
    """The plan with what one run does differently, in the orchestrator's words; None leaves the plan's word."""
    table = options.get("table_name")
    if table is not None and table != plan.table.name:
        return Failure(Invalid("table_name", str(table), f"{plan.table.name}, the pipeline's table"))
    contract = SchemaContract.parse(str(options.get("schema_contract") or plan.contract.value))
    cursor = options.get("cursor_field") or plan.cursor
    return contract.bind(
        lambda known: _with_mode(
            replace(plan, contract=known, cursor=None if cursor is None else str(cursor)), options
        )
    )


def _with_mode(plan: LoadPlan, options: Mapping[str, object]) -> Result[LoadPlan, Invalid]:
    merge = plan.mode if isinstance(plan.mode, Merge) else None
    mode = str(options.get("write_disposition") or name_of(plan.mode))
    given = one_or_more(options.get("primary_key"))
    key = tuple(map(str, given)) if isinstance(given, list | tuple) else ()
    strategy = options.get("merge_strategy") or (merge.strategy.value if merge and mode == "merge" else None)
    parsed = parse_write_mode(
        mode, None if strategy is None else str(strategy), key or (merge.key if merge else ())
    )
    kept = parsed.map(
        lambda known: (
            replace(merge, strategy=known.strategy, key=known.key)
            if merge and isinstance(known, Merge)
            else known
        )
    )
    return kept.map(lambda known: replace(plan, mode=known))
