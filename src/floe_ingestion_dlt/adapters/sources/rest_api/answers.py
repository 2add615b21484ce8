"""Checks of an API's answers before dlt makes rows of them: dlt silently skips what it does not find."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

import requests
from jsonpath_ng.exceptions import JSONPathError

from floe_ingestion_dlt.adapters.dlt_api.rest_internals import (
    IgnoreResponseException,
    compile_path,
    find_response_page_data,
    single_entity_path,
    values_at,
)
from floe_ingestion_dlt.adapters.sources.rest_api.api_config import ApiConfig, Settings, as_list
from floe_ingestion_dlt.adapters.sources.rest_api.conditional import refuse_unasked
from floe_ingestion_dlt.adapters.sources.rest_api.http import ApiSession
from floe_ingestion_dlt.adapters.sources.rest_api.json_answers import (
    ApiResponse,
    JsonLines,
    has_no_body,
    json_of,
)
from floe_ingestion_dlt.adapters.sources.rest_api.page_checks import shape_of
from floe_ingestion_dlt.domain.faults import Category, Invalid
from floe_ingestion_dlt.library_errors.source_errors import place_of
from floe_ingestion_dlt.ports.source import SourceError, unreadable

Answer = Callable[..., None]

# A path that ends in elements of a list matches nothing where the list is empty.
_ELEMENTS: Final = re.compile(r"\.?\[(\*|\?.*|[\d:]+)\]$|\.\*$")
_CHOICE: Final = re.compile(r"[*?\[]|\.\.")
_WHOLE: Final = "$"


def check_answers(config: ApiConfig, session: ApiSession | None) -> None:
    """Make every resource check each answer first; the *session*, if it is ours, sees the answers, too."""
    for name, resource in config.resources.items():
        _check(name, resource.endpoint, config.defaults, session)


def _check(name: str, endpoint: Settings, defaults: Settings, session: ApiSession | None) -> None:
    said = {**defaults, **endpoint}
    path = said.get("path") or name
    selector = said.get("data_selector") or (_WHOLE if single_entity_path(str(path)) else None)
    endpoint["response_actions"] = [
        *map(_quietly, as_list(said.get("response_actions"))),
        _answer_of(name, selector, session),
    ]


def _quietly(action: object) -> object:
    """The action; one that ignores an answer does so without dlt's log line, which has the whole answer in it."""
    if isinstance(action, Mapping) and action.get("action") == "ignore":
        return {**action, "action": _ignore}
    return action


def _ignore(*_: object, **__: object) -> NoReturn:
    raise IgnoreResponseException


def _answer_of(resource: str, selector: object, session: ApiSession | None) -> Answer:
    """A check of each answer of the *resource*, whose records dlt looks for at the *selector*."""
    found = _finder(selector)

    def answer(response: requests.Response, *_: object, **__: object) -> None:
        refuse_unasked(response)
        if session is not None:
            session.look_at(resource, response)
        if not response.ok or response.is_redirect:
            return
        content = json_of(response)
        if isinstance(content, JsonLines) and isinstance(response, ApiResponse):
            response.replace(content := _at_selector(content, selector))
        if has_no_body(response):
            return
        other = found(content) if found else _detected(content)
        if other:
            raise unreadable(
                f"the resource {resource} has no list of records: {place_of(response.request)} answered with {other}",
                "Set data_selector to the path of the list of records in the answer; to $ if the answer is one record.",
                Category.CONFIGURATION,
            )

    return answer


def _finder(selector: object) -> Callable[[object], str | None] | None:
    """A description of answers without records at the *selector*; None if there is no selector."""
    if not isinstance(selector, str):
        return None
    try:
        path, owner = compile_path(selector), compile_path(_ELEMENTS.sub("", selector) or _WHOLE)
    except JSONPathError:
        raise SourceError(
            Invalid("data_selector", selector, "a JSON path, such as results or data.items")
        ) from None
    chooses = selector == _WHOLE or _CHOICE.search(selector)

    def describe(content: object) -> str | None:
        records = values_at(path, content)
        if not records and not values_at(owner, content):
            return f"{shape_of(content)} and nothing at {selector}"
        if len(records) == 1 and isinstance(records[0], Mapping) and not chooses:
            return f"one object at {selector}, {shape_of(records[0])}"
        return None

    return describe


def _detected(content: object) -> str | None:
    """A description of an answer in which dlt finds no list of records."""
    _, found = find_response_page_data(content)
    return shape_of(content) if isinstance(found, Mapping) else None


def _at_selector(lines: JsonLines, selector: object) -> object:
    """The objects of lines where dlt looks for records; those that the selector finds in every line, otherwise the lines."""
    names = str(selector or _WHOLE)
    path = compile_path(names)
    in_lines = [values_at(path, line) for line in lines]
    if names.startswith(_WHOLE) or values_at(path, lines) or not lines:
        return list(lines)
    found = [record for values in in_lines for value in values for record in as_list(value)]
    rows: object = found if all(in_lines) else list(lines)
    for name in reversed(_CHOICE.split(names, maxsplit=1)[0].strip(".").split(".")):
        rows = {name: rows}
    return rows
