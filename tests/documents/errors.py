"""docs/errors.md, written from the code."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from floe_ingestion_dlt.adapters.iceberg import catalog_errors as catalog_faults
from floe_ingestion_dlt.adapters.sources.rest_api import http, http_adapter
from floe_ingestion_dlt.adapters.sources.rest_api import pages as walks
from floe_ingestion_dlt.domain import request_targets as reach
from floe_ingestion_dlt.domain.faults import (
    KINDS,
    Category,
    Context,
    DestinationFailed,
    Fault,
    SourceFailed,
    describe,
    kind_of,
)
from floe_ingestion_dlt.errors import kind_of_error
from floe_ingestion_dlt.library_errors import categories, databases, next_steps
from floe_ingestion_dlt.library_errors.storage import StorageAnswer

WHERE: Final = Context("rest_api", "bronze.orders", "bronze-orders")


def _example(kind: type[Fault]) -> Fault:
    """With what an adapter says to do next, where the fault is one for many causes."""
    match found := kind.example():
        case SourceFailed():
            return replace(found, next_step=http_adapter.BUSY)
        case DestinationFailed():
            return replace(found, next_step=catalog_faults.DENIED)
        case _:
            return found


EXAMPLES: Final = tuple(map(_example, KINDS))

INTRODUCTION: Final = """# Errors

Every error of a run is one line, in `LoadReport.error` and `IngestionResult.errors`, and it is the text of an exception:

    {example}

The line starts with the **category**, which says whether trying again can help, and the **name**, which is a heading on this page.
Then it says what happened, where, and what to do next. It contains no credentials. An exception, such as those of `create_pipeline`,
has the same facts as attributes: `category`, `source_type`, `destination_table`, `pipeline_name`, `next_step` and `fault`. The log and the span have
them as fields: [observability](observability.md).

| category | meaning | retried |
| --- | --- | --- |
| TRANSIENT | the cause may go away: a busy server, a lost connection, another writer that was faster, an expired token | yes, by `retry_config` |
| PERMANENT | trying again does not help without a change: a refusal, missing grants, data that cannot be loaded | no |
| PARTIAL | a part is done, and the next step says what to do with the rest | no |
| CONFIGURATION | a setting is wrong, or something that it names does not exist | no |

An orchestrator can safely run again after a TRANSIENT error: the plugin finds rows that were already committed, and does not load them
twice. If the table's cursor changed meanwhile (`StateMoved`) or staged files are gone (`StagedFilesGone`), the same run reads the source
again, at most three times in all. If you passed the rows to `run()`, you must call `run()` again with the rows.
"""

RULES: Final = """## How errors of libraries are classified

Errors of libraries get a category by their types and codes, never by the words of a message.
`floe_ingestion_dlt.retry.categorize_error(error)` does this for any exception, and looks at its causes, too. The outermost error in the
chain that has a known type or code decides, with two exceptions: the answer of an object store takes precedence over the error into
which a file system converted it, and dlt's own classification counts only if nothing else is known. An error of which nothing is known
is PERMANENT.
"""


def page() -> str:
    """The whole page."""
    parts = [
        INTRODUCTION.format(example=describe(_example(SourceFailed), WHERE)),
        "## All errors\n",
        *(_section(fault) for fault in EXAMPLES),
        RULES,
        _statuses(),
        _databases(),
        _storage(),
        _types(),
    ]
    return "\n".join(parts)


def _section(fault: Fault) -> str:
    doc = inspect.cleandoc(type(fault).__doc__ or "")
    lines = [
        f"### {kind_of(fault)}\n",
        f"{doc}\n",
        f"- Category: {_category(fault)}",
        f"- Raised as: `{kind_of_error(fault).__name__}`",
        f"- Next step: {fault.next_step}\n",
        f"      {describe(fault, WHERE)}\n",
    ]
    more = _advice(fault)
    return "\n".join([*lines, *([f"{more}\n"] if more else [])])


def _category(fault: Fault) -> str:
    is_open = isinstance(fault, SourceFailed | DestinationFailed)
    return "as [its cause](#how-errors-of-libraries-are-classified) says" if is_open else fault.category.value


def _advice(fault: Fault) -> str:
    """What the next step is where the cause decides."""
    if isinstance(fault, SourceFailed):
        usual = ((c.value, "anything else", s) for c, s in next_steps.NEXT_STEPS.items())
        of_apis = (
            ("PERMANENT", "credentials may be the cause, as for a database's own errors", next_steps.DENIED),
            (
                "PERMANENT",
                "an API answers 401, and no Authorization header was sent",
                next_steps.NO_AUTHORIZATION,
            ),
            ("PERMANENT", "an API answers 401, and one was sent", next_steps.OLD_AUTHORIZATION),
            ("PERMANENT", "an API answers 403", next_steps.FORBIDDEN),
            ("CONFIGURATION", "an API answers 404 or 410", next_steps.NOT_FOUND),
            ("CONFIGURATION", "an API answers 400, 405 or 422", next_steps.BAD_REQUEST),
            ("TRANSIENT", "the name of a host is not known", next_steps.UNKNOWN_HOST),
            ("TRANSIENT", "a connection is refused", next_steps.REFUSED),
            ("TRANSIENT", "an API answers 408, 425, 429, or 500 and above", http_adapter.BUSY),
            ("TRANSIENT", "an API answers 401 after earlier requests had succeeded", http.EXPIRED),
            ("TRANSIENT", "an answer of an API is not complete at the deadline", http_adapter.SLOW),
            ("CONFIGURATION", "an answer of an API is too large", http_adapter.LARGE),
            ("CONFIGURATION", "a next link or a redirect leads to another host", reach.ALLOW),
            ("CONFIGURATION", "an API has more pages than `client.max_pages`", walks.MORE),
            ("PERMANENT", "an API refers to a page that was already read", walks.REPEATED),
        )
        return _table(("category", "what happened", "next step"), (*usual, *of_apis))
    if isinstance(fault, DestinationFailed):
        usual = ((c.value, "anything else", s) for c, s in catalog_faults.ADVICE.items())
        stored = ((a.category.value, a.words, s) for a, s in catalog_faults.ADVICE_ON_STORAGE.items())
        denied = (("PERMANENT", "the catalog answers 401 or 403", catalog_faults.DENIED),)
        return _table(("category", "what happened", "next step"), (*usual, *denied, *stored))
    return ""


def _statuses() -> str:
    found: dict[Category, list[str]] = {category: [] for category in Category}
    for status in HTTPStatus:
        if status >= HTTPStatus.BAD_REQUEST:
            found[categories.category_of_status(status)].append(str(status.value))
    rows = ((category.value, ", ".join(codes)) for category, codes in found.items() if codes)
    return f"### HTTP\n\n{_table(('category', 'statuses'), rows)}\n"


def _databases() -> str:
    tables: dict[str, Mapping[str, Category] | Mapping[int, Category]] = {
        "SQLSTATE (Postgres and others; a class of two characters applies to all its codes that are not in the table)": databases.SQLSTATES,
        "MySQL and MariaDB": databases.MYSQL,
        "SQLite (primary result codes)": databases.SQLITE,
    }
    parts = [
        f"{title}:\n\n{_table(('category', 'codes'), _by_category(codes))}" for title, codes in tables.items()
    ]
    unknown = "A code that is in no table is PERMANENT. A driver's error without a code means that a connection failed or was lost: TRANSIENT."
    return "\n\n".join(["### Databases", *parts, unknown]) + "\n"


def _storage() -> str:
    rows = ((answer.category.value, answer.words) for answer in StorageAnswer)
    return f"### Object storage, read by Arrow\n\n{_table(('category', 'answer'), rows)}\n"


def _types() -> str:
    rows = (
        (category.value, ", ".join(f"`{_name(kind)}`" for kind in kinds))
        for kinds, category in categories.TYPES
    )
    lost = (f"`{module}.{name}`" for module, names in categories.LOST_CONNECTIONS.items() for name in names)
    return f"### Types\n\n{_table(('category', 'types'), [*rows, ('TRANSIENT', ', '.join(lost))])}\n"


def _name(kind: type[BaseException]) -> str:
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def _by_category(codes: Mapping[str, Category] | Mapping[int, Category]) -> Iterable[tuple[str, str]]:
    found: dict[Category, list[str]] = {}
    for code, category in codes.items():
        found.setdefault(category, []).append(str(code))
    return ((category.value, ", ".join(listed)) for category, listed in found.items())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
