"""Errors of reading a source, as faults without credentials."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import requests
import sqlalchemy.exc as sql
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    LookupTrace,
    LookupTraces,
)
from dlt.common.json import json as dlt_json
from dlt.extract.incremental.exceptions import (
    IncrementalCursorInvalidCoercion,
    IncrementalCursorPathHasValueNone,
    IncrementalCursorPathMissing,
)
from dlt.sources.helpers.rest_client import paginators
from dlt.sources.rest_api import config_setup
from returns.result import Failure, Result

from floe_ingestion_dlt.domain.faults import Category, Fault, Invalid, MissingPackage, SourceFailed
from floe_ingestion_dlt.domain.redaction import HIDDEN, redacted
from floe_ingestion_dlt.domain.safe_texts import keys_in_words, listed, shown
from floe_ingestion_dlt.library_errors.categories import categorize_error
from floe_ingestion_dlt.library_errors.causes import causes, http_status, retry_after
from floe_ingestion_dlt.library_errors.error_texts import one_line
from floe_ingestion_dlt.library_errors.next_steps import connection_in_words, next_step_of
from floe_ingestion_dlt.library_errors.quoting import may_quote_rows
from floe_ingestion_dlt.ports.source import NothingToReadError, SourceError

ValueT = TypeVar("ValueT")

# The cause, the next step and the category if one of these modules of dlt raises a ValueError or a TypeError while a source is read.
_USES: Final = {
    paginators.__name__: (
        "an answer lacks a field that the paginator needs",
        "Compare the paginator's total_path and has_more_path with an answer of the API.",
        Category.CONFIGURATION,
    ),
    config_setup.__name__: (
        "a parent row lacks a field from which a request is built",
        "Compare the fields in {resources.…} and include_from_parent with an answer of the API.",
        Category.CONFIGURATION,
    ),
    dlt_json.dumps.__module__: (
        "a row cannot be stored as JSON: it is nested more than 254 levels deep, has a value of a type that JSON lacks, or a broken text",
        "Find the row in the source, and remove or flatten it there.",
        Category.PERMANENT,
    ),
}
_CREDENTIALS: Final = "credentials"
LONGEST_ADDRESS: Final = 300
_PARAMETER: Final = re.compile(r";[^/;]*")
_USER: Final = re.compile(r"\A(\s*[a-z]{1,10}:/*)[^/\\]*@", re.IGNORECASE)
UNQUOTED: Final = "Check the data that is read there. To see the error's own text, catch the error in your code, or run the query by hand."
# How the loader of the system begins an error about a library, which an installed package needs.
_LIBRARY: Final = re.compile(r"\A(lib[\w.+-]+): cannot open shared object file")
_INSTALL: Final[Mapping[str, str]] = {
    "s3fs": "pip install s3fs",
    "gcsfs": "pip install gcsfs",
    "adlfs": "pip install adlfs",
    "psycopg": "pip install 'psycopg[binary]'",
    "psycopg2": "pip install psycopg2-binary",
    "MySQLdb": "pip install mysqlclient",
}


def source_fault(error: BaseException) -> SourceFailed:
    """The fault of the source for *error*, or for the first of its causes that is known."""
    for link in causes(error):
        if isinstance(link, SourceError):
            return _as_source_failed(link.fault)
        if (fault := _of_cursor(link) or _of_use(link)) is not None:
            return fault
    category = categorize_error(error)
    is_hidden = category is Category.PERMANENT and may_quote_rows(_root(error))
    next_step = UNQUOTED if is_hidden else next_step_of(error, category)
    return SourceFailed(cause_of(error), category, next_step, retry_after(error))


def fault_of(error: BaseException) -> Fault:
    """Like `source_fault`, but with faults of their own for a missing package and for a setting that dlt misses."""
    for link in causes(error):
        if isinstance(link, SourceError):
            return link.fault
        if isinstance(link, ConfigFieldMissingException):
            return _missing_setting(link)
    if any(isinstance(link, ImportError) for link in causes(error)):
        return _missing_package(error)
    return source_fault(error)


def result_of(act: Callable[[], Result[ValueT, Fault]]) -> Result[ValueT, Fault]:
    """The result of *act*; an exception of a library becomes a fault."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - this is the edge
        return Failure(fault_of(error))


def with_source_errors(items: Iterable[ValueT]) -> Iterator[ValueT]:
    """The *items*; an exception of a library becomes a `SourceError`."""
    try:
        yield from items
    except (SourceError, NothingToReadError):
        raise
    except Exception as error:
        raise SourceError(fault_of(error)) from error


def cause_of(error: BaseException, *, has_rows: bool = True) -> str:
    """The innermost error in one line, without credentials, query strings and the values of a statement.

    Its text is shown only if it cannot quote a row: by its type, or because no rows were read (*has_rows* is false).
    """
    links = [link for link in causes(error) if not isinstance(link, sql.DBAPIError)]
    for link in links:
        if isinstance(link, requests.RequestException):
            return _of_request(link)
    link = _root(error)
    if isinstance(link, sql.ArgumentError | ConfigurationException):
        return f"{type(link).__name__}: the setting is not shown, because it may contain a credential"
    return one_line(link, has_rows=has_rows)


def _root(error: BaseException) -> BaseException:
    """The innermost error in the chain of explicit causes, or the database driver's own error."""
    link = error
    for deeper in causes(error):
        if isinstance(deeper, sql.DBAPIError) and deeper.orig is not None:
            return deeper.orig
        if deeper is link.__cause__ or deeper is getattr(link, "exception", None):
            link = deeper
    return link


def place_of(request: requests.Request | requests.PreparedRequest | None) -> str:
    """A request's method, and its address without credentials."""
    url = address_in_words(getattr(request, "url", None) or "")
    return f"{getattr(request, 'method', None) or 'request'} {url}".strip()


def address_in_words(url: str) -> str:
    """An address without the parts that may contain credentials: user, parameters of the path, query, fragment."""
    address = _PARAMETER.sub(f";{HIDDEN}", re.split(r"[?#]", url, maxsplit=1)[0])
    return shown(redacted(_USER.sub(r"\1", address, count=1)), LONGEST_ADDRESS)


def _of_request(error: requests.RequestException) -> str:
    """A request's method, address and outcome; the library's own text is not used, because it contains the whole URL."""
    place = place_of(error.request)
    status = http_status(error)
    if status:
        return f"{place} answered {status}"
    return f"{place}: {connection_in_words(error) or type(error).__name__}"


def _of_cursor(error: BaseException) -> SourceFailed | None:
    if isinstance(error, IncrementalCursorPathMissing):
        if isinstance(error.item, Mapping):
            keys = keys_in_words((key, isinstance(value, Mapping)) for key, value in error.item.items())
            return missing_cursor(str(error.json_path), (keys,), "a row")
        names = getattr(error.item, "column_names", ())
        return missing_cursor(str(error.json_path), tuple(map(str, names)), "a row")
    if isinstance(error, IncrementalCursorPathHasValueNone):
        return null_cursor(str(error.json_path))
    if isinstance(error, IncrementalCursorInvalidCoercion):
        return changed_cursor(str(error.cursor_path))
    return None


def _of_use(error: BaseException) -> SourceFailed | None:
    """The fault of rows that dlt cannot use; the error's own text is not used, because it contains the answer or a row's keys."""
    raised_in = [frame.f_globals.get("__name__") for frame, _ in traceback.walk_tb(error.__traceback__)]
    known = _USES.get(str(raised_in[-1])) if raised_in and isinstance(error, ValueError | TypeError) else None
    return None if known is None else SourceFailed(known[0], known[2], known[1])


def null_cursor(cursor: str) -> SourceFailed:
    """The fault of a row without a value of the cursor."""
    return SourceFailed(
        f"the cursor {cursor} is null in a row, so it is not known whether the row is new",
        Category.PERMANENT,
        "Fill the column, set cursor.on_null to exclude or include, or use a column that is never null as cursor_field.",
    )


def changed_cursor(cursor: str) -> SourceFailed:
    """The fault of values that cannot be compared with the last one."""
    return SourceFailed(
        f"the cursor {cursor} has another type than the last value that was loaded",
        Category.PERMANENT,
        "Change the column back to its earlier type, or load once with write_mode 'replace'.",
    )


def missing_cursor(cursor: str, columns: tuple[str, ...], place: str) -> SourceFailed:
    """The fault of a column that says which rows are read, and that is not in the data."""
    return SourceFailed(
        f"the column {shown(cursor)} is not in {place}, which has {listed(columns) or 'no columns'}",
        Category.CONFIGURATION,
        "Set cursor_field, or the column of the window, to one of these names, as the source writes it.",
    )


def _as_source_failed(fault: Fault) -> SourceFailed:
    if isinstance(fault, SourceFailed):
        return fault
    return SourceFailed(fault.message, fault.category, fault.next_step)


def _missing_setting(error: ConfigFieldMissingException) -> Invalid:
    """What dlt misses, and the variables in which it has looked for that first."""
    looked_for = dict(_looked_for(error.traces.items()))
    wanted = f"a mapping with {listed(tuple(looked_for))}" if looked_for else "those of the source"
    variables = f", or set {listed(tuple(looked_for.values()))}" if looked_for else ""
    return Invalid(_CREDENTIALS, "", f"{wanted}, beside source_config and not in it{variables}")


def _looked_for(
    traces: Iterable[tuple[str, Sequence[LookupTrace | LookupTraces]]],
) -> Iterator[tuple[str, str]]:
    """Each field that dlt has not found, and the first variable for it."""
    for field, (first, *_) in ((field, found) for field, found in traces if found):
        if isinstance(first, LookupTraces):
            yield from _looked_for(first.traces.items())
        elif all(part.isupper() for part in first.key.split("__")):
            yield field, first.key


def _missing_package(error: BaseException) -> MissingPackage:
    imports = [link for link in causes(error) if isinstance(link, ImportError) and link.name]
    if imports and (library := _LIBRARY.match(str(imports[-1]))) is not None:
        install = "install the package of your system that has it."
        return MissingPackage(library[1], f"the package {imports[-1].name}", install)
    names = [link.name or "" for link in imports]
    package = names[-1].partition(".")[0] if names else "(see the traceback)"
    return MissingPackage(package, "the source", _INSTALL.get(package, f"pip install {package}"))
