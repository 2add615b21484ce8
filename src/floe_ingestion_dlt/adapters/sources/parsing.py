"""A `source_config`, read strictly, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from floe_ingestion_dlt.adapters.sources.kinds import AnyKind
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.domain.table_settings import TableSettings


@final
@dataclass(frozen=True, slots=True)
class ParsedSource:
    """A source, and what its configuration says of the table beside it."""

    source: SourceSettings
    table: TableSettings = TableSettings()  # noqa: RUF009 - it is frozen


def parse_source(
    kind: AnyKind, source_config: Mapping[str, object], credentials: Secret | None
) -> ParsedSource:
    """Read a `source_config`; what cannot be used raises a `pydantic.ValidationError` that names the field.

    *credentials* are what the source's type needs: a token, key or password for the `auth` of a REST API; the connection
    string of a database, or its password if the configuration has the rest; for files, a JSON object of dlt's names
    (`aws_access_key_id`, `endpoint_url`, ...).
    """
    options = kind.parse(dict(source_config))
    return ParsedSource(options.source(credentials), options.table_settings)
