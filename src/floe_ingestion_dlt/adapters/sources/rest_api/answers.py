"""What an API answered, looked at before rows are made of it: dlt passes over in silence what it does not find."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

import requests
from jsonpath_ng.exceptions import JSONPathError

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    IgnoreResponseException,
    compile_path,
    find_response_page_data,
    find_values,
    single_entity_path,
)
from floe_ingestion_dlt.adapters.sources.rest_api.http import ApiSession
from floe_ingestion_dlt.adapters.sources.rest_api.json_answers import ApiResponse, parse
from floe_ingestion_dlt.domain.faults import Category, Invalid
from floe_ingestion_dlt.domain.shown import keys_in_words
from floe_ingestion_dlt.library_errors.source_errors import place_of
from floe_ingestion_dlt.ports.source import SourceError, unreadable

Answer = Callable[..., None]

# A path that ends in elements of a list matches nothing where the list is empty.
_ELEMENTS: Final = re.compile(r"\.?\[(\*|\?.*|[\d:]+)\]$|\.\*$")
_CHOICE: Final = re.compile(r"[*?\[]|\.\.")
_WHOLE: Final = "$"


def check_answers(config: dict[str, Any], session: ApiSession | None) -> None:
    """Have every resource of the API, in its long form, look at each answer first; so does the *session*, if it is ours."""
    defaults = (config.get("resource_defaults") or {}).get("endpoint")
    for resource in config["resources"]:
        if isinstance(resource, dict) and isinstance(resource.get("endpoint"), dict):
            _check(resource, defaults if isinstance(defaults, Mapping) else {}, session)


def _check(resource: dict[str, Any], defaults: Mapping[str, Any], session: ApiSession | None) -> None:
    name, endpoint = str(resource.get("name")), resource["endpoint"]
    said = {**defaults, **endpoint}
    path = said.get("path") or name
    selector = said.get("data_selector") or (_WHOLE if single_entity_path(str(path)) else None)
    endpoint["response_actions"] = [
        *map(_quietly, said.get("response_actions") or ()),
        _answer_of(name, selector, session),
    ]


def _quietly(action: Any) -> Any:
    """The action, if need be without the log line in which dlt writes the whole answer that it ignores."""
    if isinstance(action, Mapping) and action.get("action") == "ignore":
        return {**action, "action": _ignore}
    return action


def _ignore(*_: Any, **__: Any) -> NoReturn:
    raise IgnoreResponseException


def _answer_of(resource: str, selector: object, session: ApiSession | None) -> Answer:
    """A check of each answer of the *resource* in which dlt will look for records at the *selector*."""
    found = _finder(selector)

    def answer(response: requests.Response, *_: Any, **__: Any) -> None:
        if session is not None:
            session.look_at(resource, response)
        if not response.ok or response.is_redirect:
            return
        content = _json(response)
        other = found(content) if found else _detected(content)
        if other:
            raise unreadable(
                f"the resource {resource} has no list of records: {place_of(response.request)} answered with {other}",
                "Set data_selector to the path of the list of records in the answer; to $ if the answer is one record.",
                Category.CONFIGURATION,
            )

    return answer


def _finder(selector: object) -> Callable[[Any], str | None] | None:
    """What is wrong with an answer in which the *selector* should find records; None where dlt detects them."""
    if not isinstance(selector, str):
        return None
    try:
        path, owner = compile_path(selector), compile_path(_ELEMENTS.sub("", selector) or _WHOLE)
    except JSONPathError:
        raise SourceError(
            Invalid("data_selector", selector, "a JSON path, such as results or data.items")
        ) from None
    chooses = selector == _WHOLE or _CHOICE.search(selector)

    def describe(content: Any) -> str | None:
        records = find_values(path, content)
        if not records and not find_values(owner, content):
            return f"{_shape(content)} and nothing at {selector}"
        if len(records) == 1 and isinstance(records[0], Mapping) and not chooses:
            return f"one object at {selector}, {_shape(records[0])}"
        return None

    return describe


def _detected(content: Any) -> str | None:
    """What is wrong with an answer in which dlt itself looks for the records."""
    _, found = find_response_page_data(content)
    return _shape(content) if isinstance(found, Mapping) else None


def _json(response: requests.Response) -> Any:
    return response.json() if isinstance(response, ApiResponse) else parse(response)


def _shape(content: Any) -> str:
    if isinstance(content, Mapping):
        keys = ((key, isinstance(value, Mapping)) for key, value in content.items())
        return f"an object with {keys_in_words(keys)}"
    return "a list" if isinstance(content, list) else f"a JSON {type(content).__name__}"
