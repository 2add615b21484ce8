"""Names of tables and pipelines; no two tables share a pipeline name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid

# A pipeline's name is the name of a folder, and file systems allow at most 255 bytes.
MAX_PIPELINE_NAME_BYTES: Final = 200

# dlt treats every table whose name begins with it as its own: _dlt_loads, _dlt_version, _dlt_pipeline_state.
DLT_PREFIX: Final = "_dlt"

ESCAPED: Final = re.compile(r"\^(?:([a-z])|([0-9]{1,6})\^)")


@final
@dataclass(frozen=True, slots=True)
class TableName:
    """A table's address in the catalog: a namespace of one level or more, and a name."""

    namespace: tuple[str, ...]
    name: str

    @classmethod
    def parse(cls, text: str, field: str = "destination_table") -> Result[TableName, Invalid]:
        """Read `namespace.table`, in which a namespace may have several levels (`lake.bronze.flights`)."""
        *namespace, name = text.split(".")
        if not namespace or not all(is_plain_name(part) for part in (*namespace, name)):
            return Failure(Invalid(field, text, WANTED))
        table = cls(tuple(namespace), name)
        if table.is_dlts_own:
            return Failure(
                Invalid(field, text, f"a table that does not begin with {DLT_PREFIX}: those are dlt's own")
            )
        if len(pipeline_name(table).encode()) > MAX_PIPELINE_NAME_BYTES:
            return Failure(Invalid(field, text, f"a name of at most {MAX_PIPELINE_NAME_BYTES} bytes"))
        return Success(table)

    def sibling(self, name: str) -> TableName:
        """The table *name* in the same namespace."""
        return TableName(self.namespace, name)

    @property
    def is_dlts_own(self) -> bool:
        """Whether dlt would treat the table as its own, also in catalogs that ignore case."""
        return self.name.casefold().startswith(DLT_PREFIX)

    def __str__(self) -> str:
        return ".".join((*self.namespace, self.name))


WANTED: Final = (
    "namespace.table, each part made of letters, digits, '_' and inner '-', such as bronze.raw_customers"
)


def pipeline_name(table: TableName) -> str:
    """The name of the pipeline that loads *table*: readable, valid for a folder, and different for every table.

    A dot becomes '-' and a '-' becomes '--'; parts neither start nor end with '-', so no two names are equal. A capital X
    becomes '^x', and a letter beyond ASCII becomes its number, as in '^233^'. The reason: some file systems treat `Orders` and
    `orders` as one folder, and file systems differ in their rules for letters with accents.
    """
    return "-".join("".join(_escaped(char) for char in part) for part in (*table.namespace, table.name))


def table_of_pipeline(name: str) -> TableName:
    """The table that the pipeline *name* loads: the inverse of `pipeline_name`."""
    parts = name.replace("--", "\0").split("-")
    *namespace, last = (_unescaped(part.replace("\0", "-")) for part in parts)
    return TableName(tuple(namespace), last)


def is_plain_name(part: str) -> bool:
    inner = part.replace("_", "a").replace("-", "a")
    return bool(part) and inner.isalnum() and not part.startswith("-") and not part.endswith("-")


def _escaped(char: str) -> str:
    if char == "-":
        return "--"
    if not char.isascii():
        return f"^{ord(char)}^"
    return f"^{char.lower()}" if char.isupper() else char


def _unescaped(part: str) -> str:
    return ESCAPED.sub(lambda found: found[1].upper() if found[1] else chr(int(found[2])), part)
