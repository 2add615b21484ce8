"""Checks what a catalog answers by the domain's rules, before pyiceberg acts on it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final, final

from pyiceberg.io import S3_ACCESS_KEY_ID as OUR_KEY
from pyiceberg.io import WAREHOUSE, FileIO, InputFile, OutputFile
from pyiceberg.table import TableProperties
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.typedef import EMPTY_DICT
from returns.result import Failure

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import AnswerRefusedError, CatalogUnusableError
from floe_ingestion_dlt.domain.catalog_answers import (
    Part,
    Properties,
    PropertyRefused,
    checked_answer,
    refused_of_table,
)
from floe_ingestion_dlt.domain.catalog_properties import HOSTS, URI
from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.table_places import (
    AllowedLocations,
    Kind,
    default_allowed,
    parse_allowed,
)

LOG: Final = logging.getLogger(__name__)

# The name in a configuration, and the name that pyiceberg gives it when it reads an environment variable.
ALLOWED_LOCATIONS: Final = ("allowed_locations", "allowed-locations")
# Polaris's name for the location of a catalog's tables. The `warehouse` of a REST catalog is only a name.
BASE_LOCATION: Final = "default-base-location"


def usable_properties(
    answer: Properties,
    ours: Properties,
    part: Part,
    whose: str,
    before: Properties | None = None,
) -> dict[str, str]:
    """The properties of an *answer* that are used. Raises AnswerRefusedError for one that no answer may set."""
    read = checked_answer(answer, ours, part, before)
    if isinstance(read, Failure):
        raise _error(read.failure(), whose)
    for name, other in read.unwrap().other_hosts.items():
        LOG.warning("%s sets %s to %s in %s; the configured one is used", whose, name, other, part.value)
    return dict(read.unwrap().properties)


def check_properties(properties: Properties, ours: Properties, whose: str) -> None:
    """Raise AnswerRefusedError if a table's own *properties* name code that pyiceberg would import."""
    if (refused := refused_of_table(properties, ours)) is not None:
        raise _error(refused, whose)


def check_places(
    metadata: TableMetadata, metadata_location: str | None, allowed: AllowedLocations, whose: str
) -> None:
    """Raise AnswerRefusedError if a table's files are, or would be written, outside the allowed locations."""
    places = {
        "location": metadata.location,
        "metadata-location": metadata_location,
        **{name: metadata.properties.get(name) for name in _PLACES},
    }
    for name, place in places.items():
        if place:
            check_place(place, allowed, f"{whose}: its {name}")


_PLACES: Final = (TableProperties.WRITE_DATA_PATH, TableProperties.WRITE_METADATA_PATH)


def check_place(place: str, allowed: AllowedLocations, what: str) -> None:
    if (reason := allowed.refusal(place)) is not None:
        raise AnswerRefusedError(
            f"{what} is {quoted(place)}, which is not used: {reason}",
            "If the catalog is right, set catalog_config.allowed_locations to the places below which its tables may lie,"
            " such as [s3://bucket/folder]; else have the catalog corrected.",
        )


def _error(refused: PropertyRefused, whose: str) -> AnswerRefusedError:
    name = quoted(refused.name)
    if refused.name == URI:
        wanted = f"If {refused.value} is the catalog's address, set catalog_config.uri to it."
    elif refused.part is Part.METADATA:
        wanted = (
            f"If you want it, set {name} in catalog_config to the same value; else remove it from the table."
        )
    else:
        wanted = f"If you want it, set {name} in catalog_config yourself: your value takes precedence."
    return AnswerRefusedError(
        f"{whose} sets {name} to {refused.value} in {refused.part.value}; that is refused: {refused.reason}",
        f"{wanted} Find out why the catalog answers this. Until then, do not trust it.",
    )


def warn_of_new_hosts(known: dict[str, str], taken: Mapping[str, str], ours: Properties, whose: str) -> None:
    """Warn if the storage moved to another host since the last answer, or if the catalog chooses where our own keys are used."""
    for name, host in taken.items():
        if name not in HOSTS or known.get(name) == host:
            continue
        if name in known:
            LOG.warning("%s: %s was %s, and is %s now", whose, name, quoted(known[name]), quoted(host))
        elif OUR_KEY in ours and OUR_KEY not in taken:
            LOG.warning("%s: the catalog decides that our s3 keys are used at %s", whose, quoted(host))
        known[name] = host


def allowed_locations(kind: Kind, ours: Properties, answered: Properties = EMPTY_DICT) -> AllowedLocations:
    """Where tables may be: the configured locations, or else those that *ours* and the catalog's answer name as its own."""
    for name in ALLOWED_LOCATIONS:
        if (configured := ours.get(name)) is not None:
            texts = configured if isinstance(configured, list | tuple) else str(configured).split(",")
            parsed = parse_allowed(
                [text.strip() for text in texts if text.strip()], f"catalog_config.{ALLOWED_LOCATIONS[0]}"
            )
            if isinstance(parsed, Failure):
                wrong = parsed.failure()
                raise CatalogUnusableError(f"{wrong.message}. {wrong.next_step}")
            return parsed.unwrap()
    places = (str(answered.get(name, "")) for name in (BASE_LOCATION, WAREHOUSE))
    return default_allowed(kind, str(ours.get(WAREHOUSE) or ""), places)


@final
class GuardedFileIO(FileIO):
    """Opens and deletes files with *io*, but only in the locations that are allowed for the catalog's tables."""

    def __init__(self, io: FileIO, allowed: AllowedLocations) -> None:
        super().__init__(io.properties)
        self._io, self._allowed = io, allowed

    def at(self, location: str) -> FileIO:
        """What opens the file at *location*. Raises AnswerRefusedError if that location is not allowed."""
        check_place(location, self._allowed, "the place of a table's file")
        return self._io

    def new_input(self, location: str) -> InputFile:
        return self.at(location).new_input(location)

    def new_output(self, location: str) -> OutputFile:
        return self.at(location).new_output(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        self.at(location if isinstance(location, str) else location.location).delete(location)
