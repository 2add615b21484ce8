"""From floe's words for an ingestion to a plan: the last place where input is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from floe_core.plugins.ingestion import IngestionConfig
from pydantic import ValidationError
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.config import IngestionSourceConfig
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.load import load_id_for
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.plan import LoadPlan
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import SourceType
from floe_ingestion_dlt.domain.write_modes import Merge, name_of, parse_write_mode
from floe_ingestion_dlt.known_secrets import unshown
from floe_ingestion_dlt.source_options import ParsedSource, parse_source
from floe_ingestion_dlt.strict import one_or_more, retold

# What a source's configuration says and a run cannot change; `source_type` the orchestrator repeats.
_FIXED: Final = IngestionSourceConfig.model_fields.keys() - {
    *("source_type", "schema_contract", "cursor_field", "primary_key", "merge_strategy")
}
_FIXED_HINT: Final = (
    "what it shall be when the pipeline is created (run takes write_disposition, not write_mode)"
)


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
    )


def config_of(source: IngestionSourceConfig) -> IngestionConfig:
    """A configured source in the words in which floe asks for a pipeline; no repr shows its secrets."""
    return IngestionConfig(
        source_type=source.source_type,
        source_config=unshown(source.source_config),
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
        return parse_source(SourceType(source.source_type), source.source_config, credentials)
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


def revised(plan: LoadPlan, options: Mapping[str, object]) -> Result[LoadPlan, Invalid]:
    """The plan with what one run does differently, in the orchestrator's words; None leaves the plan's word.

    Words that only the orchestrator knows are passed over; options of a source that a run cannot change are not.
    """
    for name in _FIXED & options.keys():
        if options[name] is not None:
            return Failure(Invalid(name, "what was given to run()", _FIXED_HINT))
    table = options.get("table_name")
    if table is not None and table != plan.table.name:
        return Failure(Invalid("table_name", str(table), f"{plan.table.name}, the pipeline's table"))
    contract = SchemaContract.parse(str(options.get("schema_contract") or plan.contract.value))
    cursor = options.get("cursor_field") or plan.cursor
    return contract.bind(
        lambda known: _with_mode(
            replace(plan, contract=known, cursor=None if cursor is None else str(cursor)), options
        )
    ).bind(lambda changed: _with_load_id(changed, options.get("idempotency_key")))


def _with_load_id(plan: LoadPlan, key: object) -> Result[LoadPlan, Invalid]:
    if key is None:
        return Success(plan)
    return load_id_for(str(key)).map(lambda load_id: replace(plan, load_id=load_id))


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
