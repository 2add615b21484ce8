"""The files of a source at one moment, as a value that is small and can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid


@final
@dataclass(frozen=True, slots=True)
class FileList:
    """How many files there are, and a digest that differs if a file is added, written again or removed."""

    files: int
    digest: str

    @classmethod
    def of(cls, versions: Iterable[tuple[str, str]]) -> Self:
        """The list of files with these paths and versions, in any order."""
        digest, files = sha256(), 0
        for path, version in sorted(versions):
            digest.update(json.dumps([path, version]).encode())
            files += 1
        return cls(files, digest.hexdigest())


def listed(found: FileList | None, source_type: str) -> Result[FileList, Invalid]:
    """The files that a source of this type has; refused if it is not read from files."""
    if found is None:
        return Failure(Invalid("source_type", source_type, "a source of files, such as filesystem"))
    return Success(found)
