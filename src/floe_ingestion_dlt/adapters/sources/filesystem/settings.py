"""Which files a plan reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, final

from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import Json, not_pickled

NAME: Final = "filesystem"


class FileFormat(Enum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


@final
@dataclass(frozen=True, slots=True)
class Filesystem:
    """Files of one format in a folder or bucket that match a glob, in order of their paths."""

    url: str = field(repr=False)
    format: FileFormat
    glob: str
    reader_options: Mapping[str, Json] = field(default_factory=dict)
    credentials: Secret | None = None

    __reduce__ = not_pickled

    @property
    def type(self) -> str:
        return NAME

    @property
    def resources(self) -> tuple[str, ...]:
        return ("files",)

    @property
    def may_nest(self) -> bool:
        return False

    def is_read_from(self, place: str) -> bool:
        return place.startswith(self.url)
