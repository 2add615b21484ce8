"""Which tables a configured source fills."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError
from returns.result import Failure

from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.registry import kind_of
from floe_ingestion_dlt.config.sources import IngestionSourceConfig
from floe_ingestion_dlt.domain.load_plan import tables_of
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.ownership import Claim


def claims_of(source: IngestionSourceConfig) -> Iterator[Claim]:
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


def may_fill(source: IngestionSourceConfig, table: str) -> bool:
    """Whether a pattern of the source matches the table."""
    kind, name = kind_of(source.source_type).unwrap(), TableName.parse(table)
    try:
        patterns = kind.patterns_of(parse_source(kind, source.source_config, None).source)
    except ValidationError:
        return False
    if patterns is None or isinstance(name, Failure):
        return False
    return source.table.sibling(name.unwrap().name) == name.unwrap() and patterns.matches(name.unwrap().name)
