"""The options of `run`; the list is closed, and any other option is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Final, TypeAlias
from uuid import UUID

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.config import IngestionSourceConfig
from floe_ingestion_dlt.domain.faults import Invalid, UnknownOption
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import WRITE_MODES

Options: TypeAlias = Mapping[str, object]

# What the text of each option must be; the orchestrator passes all of these.
_TEXTS: Final = {
    "write_disposition": f"one of {', '.join(WRITE_MODES)}, as a text (for a strategy, use merge_strategy)",
    "schema_contract": "the name of a contract, as a text",
    "cursor_field": "the name of a column, as a text, or leave it out",
    "merge_strategy": "the name of a strategy, as a text, or leave it out",
    "table_name": "the name of the pipeline's table, or leave it out",
    "source_type": "the pipeline's source_type, or leave it out",
    "source_name": "the name of the pipeline's source, or leave it out",
    "source_path": "the place that the pipeline's source reads, or leave it out",
}
RUN_OPTIONS: Final = (*_TEXTS, "primary_key", "idempotency_key", "source", "window", "refresh")

# Fields of a source's configuration that a run cannot change.
_FIXED: Final = IngestionSourceConfig.model_fields.keys() - set(RUN_OPTIONS)
_FIXED_HINT: Final = "it is set when the pipeline is created (run takes write_disposition, not write_mode)"

_START_AGAIN: Final = "Use refresh=True, which replaces all rows and forgets what was read before."
_LIMIT: Final = "Limit the data: pass source=resource.add_limit(n), or configure a query with LIMIT."
_TABLE: Final = "Set destination_table to namespace.table when the pipeline is created."
_DESTINATION: Final = "Set catalog_config in the plugin's configuration."
_RESOURCE: Final = "Set it in a dlt resource, and pass the resource as source."
_FORMAT: Final = "Leave it out: rows are always loaded from Parquet files into Iceberg tables."
_CONFIGURED: Final = "Set it in the plugin's configuration."

# Options of dlt, and what to use here instead.
_OF_DLT: Final = {
    **dict.fromkeys(("full_refresh", "dev_mode", "drop"), _START_AGAIN),
    **dict.fromkeys(("limit", "max_items", "add_limit", "max_rows"), _LIMIT),
    **dict.fromkeys(("dataset_name", "dataset", "namespace", "table", "destination_name"), _TABLE),
    **dict.fromkeys(("destination", "staging", "catalog_config"), _DESTINATION),
    **dict.fromkeys(("columns", "schema", "hints", "max_table_nesting", "resources"), _RESOURCE),
    **dict.fromkeys(("loader_file_format", "file_format", "table_format"), _FORMAT),
    **dict.fromkeys(("pipelines_dir", "progress"), _CONFIGURED),
    "pipeline_name": "Leave it out: a pipeline is named after its table.",
    "data": "Pass the data as source.",
    "incremental": "Name the column in cursor_field.",
    "cursor_path": "Name the column in cursor_field.",
    "initial_value": "Set cursor.initial_value in the source's configuration.",
    "end_value": "Pass window=Window(column, start, end), from floe_ingestion_dlt.",
    "merge_key": "Name the columns in primary_key.",
    "disposition": "Use write_disposition.",
    "strategy": "Use merge_strategy.",
    "load_id": "Use idempotency_key.",
    "run_id": "Use idempotency_key.",
}


def checked(plan: LoadPlan, options: Options) -> Result[Options, Invalid | UnknownOption]:
    """The options that are not None, if each is known, has a valid value, and agrees with the *plan*."""
    for name in options:
        if (unknown := _unknown(name, options[name])) is not None:
            return Failure(unknown)
    given = {name: value for name, value in options.items() if value is not None}
    refused = next(_refused(plan, given), None)
    return Success(given) if refused is None else Failure(refused)


def _unknown(name: str, value: object) -> Invalid | UnknownOption | None:
    """The fault of an unknown option; None for a known one, and for an option of dlt or of a source that is None."""
    if name in RUN_OPTIONS or (value is None and name in _FIXED | _OF_DLT.keys()):
        return None
    if name in _FIXED:
        return Invalid(name, None, _FIXED_HINT, is_superfluous=True)
    if name in _OF_DLT:
        return UnknownOption(name, _OF_DLT[name])
    near = get_close_matches(name.lower().replace("-", "_"), (*RUN_OPTIONS, *_OF_DLT, *_FIXED), n=1)
    if not near:
        return UnknownOption(name, f"Leave it out. The options are {', '.join(RUN_OPTIONS)}.")
    hint = _OF_DLT.get(near[0]) or ("Set it when the pipeline is created." if near[0] in _FIXED else "")
    return UnknownOption(name, f"Did you mean {near[0]}? {hint}".rstrip())


def _refused(plan: LoadPlan, given: Options) -> Iterator[Invalid]:
    """The faults of invalid values."""
    for name in given:
        if name in _TEXTS and not _is_text(given[name]):
            yield Invalid(name, _shown(given[name]), _TEXTS[name])
    if not _is_key(given.get("primary_key", ())):
        wanted = "the name of a column, or a list of names"
        yield Invalid("primary_key", _shown(given["primary_key"]), wanted)
    if not _names_work(given.get("idempotency_key", "")):
        yield Invalid("idempotency_key", _shown(given["idempotency_key"]), "a text that names this run alone")
    if not isinstance(given.get("window"), Window | None):
        yield Invalid(
            "window", _shown(given["window"]), "a Window(column, start, end), from floe_ingestion_dlt"
        )
    if not isinstance(given.get("refresh", False), bool):
        yield Invalid("refresh", _shown(given["refresh"]), "True or False")
    if given.get("refresh") is True and "window" in given:
        yield Invalid("refresh", None, "a window replaces its own rows only", is_superfluous=True)
    yield from _of_another_source(plan, given)


def _of_another_source(plan: LoadPlan, given: Options) -> Iterator[Invalid]:
    """The faults of options that name another source or table than the pipeline's."""
    own = {"table_name": plan.table.name, "source_type": plan.source.type, "source_name": plan.name}
    for name, known in own.items():
        value = given.get(name, known)
        if known is not None and value != known:
            yield Invalid(name, str(value), f"{known}, as in the pipeline")
    path = given.get("source_path")
    if path is not None and "source" not in given and not plan.source.is_read_from(str(path)):
        wanted = "the place that the pipeline's source reads, or pass the data of the other place as source"
        yield Invalid("source_path", None, wanted)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_key(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list | tuple) and all(map(_is_text, value)))


def _names_work(value: object) -> bool:
    """Whether the value has the same text in every process; `load_id_for` refuses texts that are blank."""
    return isinstance(value, str | int | UUID | date) and not isinstance(value, bool)


def _shown(value: object) -> str:
    """The value in an error; only its type if it is not a text, because it may contain anything."""
    return value if isinstance(value, str) else f"a value of type {type(value).__name__}"
