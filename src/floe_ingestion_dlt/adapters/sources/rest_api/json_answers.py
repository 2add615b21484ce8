"""Answers as JSON, parsed strictly and once."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from typing import Any, Final, NoReturn, Self, final

import requests

from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.not_json import BROKEN, found_in_place_of_json
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.library_errors.source_errors import place_of
from floe_ingestion_dlt.ports.source import SourceError

# The encoding that requests guesses for a text without one; JSON is then in UTF-8 (RFC 8259, 8.1).
_GUESSED: Final = "ISO-8859-1"


# Media types of JSON lines, of which several are in use; none is registered.
_LINES: Final = re.compile(
    r"application/(x-)?(ndjson|jsonl|json-?lines|json-?seq|stream\+json|json-stream)|text/(x-)?(ndjson|jsonl)",
    re.IGNORECASE,
)


class UnreadableJsonError(SourceError, ValueError):
    """An answer that is no JSON, or has more than one meaning; a ValueError, as dlt and users' hooks expect."""


@final
class JsonLines(list[object]):
    """The objects of an answer that has one in each line."""


@final
class ApiResponse(requests.Response):
    """An answer whose whole body has been read; its JSON is parsed once."""

    _parsed: tuple[bytes | None, object] | None = None

    @classmethod
    def of(cls, response: requests.Response) -> Self:
        answer = cls()
        answer.__dict__.update(response.__dict__)
        # without an encoding, requests searches the whole body for one
        answer.encoding = response.encoding or "utf-8"
        return answer

    def keep(self, content: bytes) -> None:
        self._content, self._content_consumed = content, True

    def json(self, **kwargs: Any) -> Any:
        if kwargs:
            return super().json(**kwargs)
        content = self.content
        if self._parsed is None or self._parsed[0] is not content:
            self._parsed = (content, parse(self))
        return self._parsed[1]

    def replace(self, content: object) -> None:
        """Make *content* the answer's JSON."""
        self._parsed = (self.content, content)


def json_of(response: requests.Response) -> object:
    """The JSON of an answer, which an `ApiResponse` parses only once."""
    return response.json() if isinstance(response, ApiResponse) else parse(response)


def has_no_body(response: requests.Response) -> bool:
    """Whether the answer has no content, as one with the status 204."""
    return not response.content.removeprefix(BOM_UTF8).strip()


def parse(response: requests.Response) -> object:
    """The JSON of an answer; an empty list if it has no body, and a list of the objects if there is one in each line.

    Raises:
        UnreadableJsonError: it is not JSON, is nested too deeply, or is ambiguous.
    """
    if has_no_body(response):
        return []
    try:
        return _parsed(
            _text(response), are_lines=_LINES.match(response.headers.get("Content-Type", "")) is not None
        )
    except _AmbiguousError as error:
        raise _unreadable(response, f"JSON in which {error}", BROKEN) from None
    except UnicodeDecodeError as error:
        raise _unreadable(response, f"JSON that is not in {error.encoding}", BROKEN) from None
    except RecursionError:
        raise _unreadable(response, "JSON that is nested too deeply", BROKEN) from None
    except json.JSONDecodeError as error:
        found = found_in_place_of_json(error.doc, error.pos)
        what = f"{_type(response)}, which is not JSON: {found.words}"
        raise _unreadable(response, what, found.next_step) from None
    except ValueError:
        raise _unreadable(response, "JSON with a number of thousands of digits", BROKEN) from None


def _parsed(text: str, *, are_lines: bool) -> object:
    if are_lines and (lines := _lines(text)) is not None:
        return lines
    try:
        return _loaded(text)
    except json.JSONDecodeError:
        if (lines := _lines(text)) is None:
            raise
        return lines


def _lines(text: str) -> JsonLines | None:
    """The objects in the lines of a text; None if a line is something else. Empty lines do not count."""
    try:
        found = JsonLines(_loaded(line) for line in text.split("\n") if line.strip())
    except json.JSONDecodeError:
        return None
    return found if all(isinstance(line, dict) for line in found) else None


def _loaded(text: str) -> object:
    return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)


class _AmbiguousError(Exception):
    """Part of an answer that readers of JSON read differently."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "an object has two values under one key"
        raise _AmbiguousError(message)
    return found


def _no_number(constant: str) -> NoReturn:
    message = f"{constant} stands for a number, which JSON does not have"
    raise _AmbiguousError(message)


def _text(response: requests.Response) -> str:
    content = response.content
    detected = json.detect_encoding(content)
    said = response.encoding if detected == "utf-8" else detected
    is_guessed = said == _GUESSED and "charset" not in response.headers.get("Content-Type", "").lower()
    try:
        return content.decode("utf-8" if is_guessed or said is None else said)
    except LookupError:
        return content.decode("utf-8")


def _type(response: requests.Response) -> str:
    return shown(response.headers.get("Content-Type", "no content type").partition(";")[0])


def _unreadable(response: requests.Response, what: str, next_step: str) -> UnreadableJsonError:
    cause = f"{place_of(response.request)} answered {response.status_code} with {what}"
    return UnreadableJsonError(SourceFailed(cause, Category.PERMANENT, next_step))
