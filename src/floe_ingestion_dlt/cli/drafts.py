"""Sources that are proposed for a new declaration, and the text of the declaration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, final

import yaml

from floe_ingestion_dlt.domain.safe_texts import shown

LONGEST_COMMENT: Final = 200
_HEAD: Final = """\
# What floe-ingest loads. Look at it with `floe-ingest check`, load it with `floe-ingest run`.
# ${NAME} is the value of an environment variable; those in the file .env are read, too.
"""
_EMBEDDED: Final = """\
# Without catalog_config, tables are in a SQLite catalog in the folder .floe. An Iceberg REST catalog such as Polaris:
# catalog_config: {type: rest, uri: "https://polaris.example/api/catalog", warehouse: lake, credential: "${CATALOG_CREDENTIAL}"}
"""
_OPTIONS: Final = """\
    # append adds rows; replace replaces all of them; merge replaces rows with the same primary_key.
    write_mode: append
    # primary_key: id
    # A column that grows, by which new rows are found:
    # cursor_field: updated_at
"""


@final
@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed source; *secrets* are the values of the variables that it names."""

    name: str
    source_type: str
    source_config: Mapping[str, object]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    credentials: str | None = None
    comment: str = ""


@final
@dataclass(frozen=True, slots=True)
class DraftCatalog:
    """An Iceberg REST catalog; *secrets* are the values of the variables that *properties* names."""

    properties: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def declaration_of(drafts: Sequence[Draft], namespace: str, catalog: DraftCatalog | None = None) -> str:
    """The declaration in YAML, with comments that say what else can be set."""
    parts = [_HEAD, _EMBEDDED if catalog is None else f"catalog_config: {_flow(catalog.properties)}\n"]
    parts += ["pipelines_dir: .floe/pipelines\n", "sources:\n"]
    parts += ["".join(_lines(draft, namespace)) for draft in drafts]
    return "".join(parts)


def plain_name(text: str) -> str:
    """A name for a source and its table, made of the letters, digits and `_` of a *text*."""
    return re.sub(r"\W+", "_", text).strip("_").lower() or "data"


def variable(name: str, end: str) -> str:
    """The name of an environment variable for a source of that *name*."""
    return re.sub(r"\W", "_", f"{name}_{end}", flags=re.ASCII).upper()


def _lines(draft: Draft, namespace: str) -> Iterator[str]:
    if draft.comment:
        yield f"  # {shown(draft.comment, LONGEST_COMMENT)}\n"
    yield f"  - name: {_flow(draft.name)}\n"
    yield f"    source_type: {draft.source_type}\n"
    yield f"    source_config: {_flow(draft.source_config)}\n"
    if draft.credentials is not None:
        yield f"    credentials: {_flow(draft.credentials)}\n"
    yield f"    destination_table: {_flow(f'{namespace}.{draft.name}')}\n"
    yield _OPTIONS


def _flow(value: object) -> str:
    """A value in one line of YAML."""
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text.removesuffix("...\n").rstrip("\n")
