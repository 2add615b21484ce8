"""The credentials that a configuration and the process's environment hold, so that no text shows them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from floe_ingestion_dlt.domain.redaction import is_secret_name
from floe_ingestion_dlt.domain.secret import Secret

URL_WITH_PASSWORD: Final = re.compile(r"://(?P<user>[^/:]*):(?P<password>.*)@")
_SCHEME: Final = re.compile(r"(?:bearer|basic|token)\s+(.+)", re.IGNORECASE)
_USERS: Final = ("username", "user", "client_id")


def secrets_in(value: object, *, named: bool = False) -> Iterator[str]:
    """Every credential in a configuration: what is secret by its type, by its name, or as a part of a URL.

    A value that is *named* stands under a name of something secret.
    """
    match value:
        case SecretStr():
            yield from _parts(value.get_secret_value())
        case Secret():
            yield from _parts(value.reveal())
        case Mapping():
            for name, held in value.items():
                yield from secrets_in(held, named=named or is_secret_name(str(name)))
            yield from _basic(value)
        case list() | tuple():
            for held in value:
                yield from secrets_in(held, named=named)
        case str() if named:
            yield from _parts(value)
        case str():
            yield from _in_url(value)
        case _:
            return


def secrets_of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    """The credentials among the variables of the process: those of dlt, of pyiceberg and of the clouds are named so."""
    for name, value in environment.items():
        yield from secrets_in(value, named=is_secret_name(name))


def _parts(secret: str) -> Iterator[str]:
    """The secret, and what of it may be shown by itself: what follows `Bearer`, a client's id, a name, a user."""
    yield secret
    if secret.lstrip().startswith("{"):
        yield from secrets_in(_document(secret))
    if scheme := _SCHEME.fullmatch(secret):
        yield scheme[1]
    if "=" in secret:  # a cookie, or settings of a connection
        yield from (value.strip() for _, _, value in (part.partition("=") for part in secret.split(";")))
    if "://" in secret:
        yield from _in_url(secret)
    elif ":" in secret and len(secret) < 500:  # noqa: PLR2004 - an id and a secret, not a document
        yield secret.partition(":")[2]


def _document(text: str) -> object:
    """The JSON object that the text is, as credentials of clouds are given; None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _in_url(text: str) -> Iterator[str]:
    found = URL_WITH_PASSWORD.search(text)
    if found:
        user, password = found["user"], found["password"]
        yield from (password, unquote(password))
        yield base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
    if "://" in text and "?" in text:
        query = text.partition("?")[2] if found else urlsplit(text).query
        yield from (value for name, value in parse_qsl(query) if is_secret_name(name))


def _basic(settings: Mapping[object, object]) -> Iterator[str]:
    """What HTTP's basic authentication makes of a user and a password."""
    users = [settings[name] for name in _USERS if isinstance(settings.get(name), str)]
    for name in ("password", "client_secret"):
        held = settings.get(name)
        plain = held.get_secret_value() if isinstance(held, SecretStr) else held
        if isinstance(plain, str):
            yield from (base64.b64encode(f"{user}:{plain}".encode()).decode() for user in users)
