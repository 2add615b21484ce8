"""Finds the credentials in a configuration and in the process's environment, so that they can be redacted."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar, final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.secret_names import is_harmless_name, is_secret_name

URL_WITH_PASSWORD: Final = re.compile(r"://(?P<user>[^/:]*):(?P<password>.*)@")
_LONE_USER: Final = re.compile(r"://(?P<user>[^/:@\s]{8,})@")
_SCHEME: Final = re.compile(r"[a-z][\w-]{1,20}\s+(\S+)", re.IGNORECASE)
_USERS: Final = ("username", "user", "client_id")
# In descriptions of requests, API keys can have any name.
_REQUESTS: Final = frozenset({"headers", "params", "json", "data", "cookies"})
_PLAIN_HEADERS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "host",
        "origin",
        "referer",
        "user-agent",
    }
)
# Letters and digits in one long word, which ordinary text does not have.
_KEY_LIKE: Final = re.compile(r"(?=\S*[A-Za-z])(?=\S*\d)(?!\d{4}-\d\d-\d\d)\S{12,}")
_HEADER: Final = "header."
_PATH_KEY: Final = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[\w:-]{20,}")
_NOT_SECRET: Final = re.compile(r"true|false|none|null|[\d.]{1,5}", re.IGNORECASE)
# Their names look like those of credentials, but they are a folder's path and a file's.
_INNOCENT_VARIABLES: Final = frozenset({"PWD", "OLDPWD", "GOOGLE_APPLICATION_CREDENTIALS"})
_SHORTEST_PART: Final = 4
_LONGEST_PAIR: Final = 500

KeyT = TypeVar("KeyT")


def secrets_in(value: object, *, named: bool = False) -> Iterator[str]:
    """Every credential in a configuration: a value that is secret by its type or its name, or part of a URL.

    *named* means that the value's name is one of a credential.
    """
    match value:
        case SecretStr():
            yield from _parts(value.get_secret_value())
        case Secret():
            yield from _parts(value.reveal())
        case Mapping():
            yield from _in_mapping(value, named=named)
        case list() | tuple():
            for held in value:
                yield from secrets_in(held, named=named)
        case bytes() if named:
            yield from _parts(value.decode(errors="replace"))
        case str() | int() if named and not _NOT_SECRET.fullmatch(str(value)):
            yield from _parts(str(value))
        case str():
            yield from _in_url(value)
        case _:
            return


def _in_mapping(settings: Mapping[object, object], *, named: bool) -> Iterator[str]:
    for key, held in settings.items():
        name = str(key)
        yield from secrets_in(held, named=is_secret_name(name) or (named and not is_harmless_name(name)))
        if _is_key_in_header(name, held):
            yield from _parts(str(held))
        elif name.lower() in _REQUESTS:
            yield from _in_request(held)
        elif name == "endpoint":
            yield from _in_path(held.get("path") if isinstance(held, Mapping) else held)
    yield from _basic(settings)
    if is_secret_name(str(settings.get("name", ""))):
        yield from secrets_in(settings.get("value"), named=True)


def _in_request(described: object) -> Iterator[str]:
    """Texts that look like API keys, under any name."""
    if isinstance(described, Mapping):
        for name, held in described.items():
            if isinstance(held, str) and str(name).lower() not in _PLAIN_HEADERS:
                yield from (word for word in held.split() if _KEY_LIKE.fullmatch(word))
            else:
                yield from _in_request(held)
    elif isinstance(described, list | tuple):
        for held in described:
            yield from _in_request(held)


def _in_path(path: object) -> Iterator[str]:
    """The parts of a path that look like keys, as in URLs of bots and webhooks."""
    if isinstance(path, str):
        yield from (part for part in path.partition("?")[0].split("/") if _PATH_KEY.fullmatch(part))


def has_credentials(value: object) -> bool:
    """Whether a configuration contains a credential; the user in the address of a database is none."""
    return any(secrets_in(_without_plain_addresses(value)))


def _without_plain_addresses(value: object) -> object:
    """The configuration with an empty text for each address that contains no credential, whatever its name is."""
    match value:
        case Mapping():
            return {name: _without_plain_addresses(held) for name, held in value.items()}
        case list() | tuple():
            return [_without_plain_addresses(held) for held in value]
        case str() if "://" in value and not any(_in_url(_without_user(value))):
            return ""
        case _:
            return value


def _without_user(address: str) -> str:
    is_web = address.startswith(("http://", "https://"))
    return address if is_web else _LONE_USER.sub("://", address)


def _is_key_in_header(name: str, value: object) -> bool:
    """Whether a property is a header of a catalog's requests, which may have an API key under any name."""
    is_header = name.lower().startswith(_HEADER) and name.lower().removeprefix(_HEADER) not in _PLAIN_HEADERS
    return is_header and any(map(_KEY_LIKE.fullmatch, str(value).split()))


# Options with SQL, which may have values of people in it.
_STATEMENTS: Final = frozenset({"query", "where"})


@final
class Masked(str):
    """A secret text that can be used as usual, but is not shown by its repr or in a traceback with local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def masked(settings: Mapping[str, object]) -> dict[str, object]:
    """The configuration, in which each text that is or contains a secret is masked, and so is all SQL."""
    secrets = {secret for secret in secrets_in(settings) if len(secret) >= _SHORTEST_PART}

    def inside(held: Mapping[KeyT, object]) -> dict[KeyT, object]:
        return {
            key: Masked(inner) if key in _STATEMENTS and isinstance(inner, str) else hidden(inner)
            for key, inner in held.items()
        }

    def hidden(held: object) -> object:
        match held:
            case Mapping():
                return inside(held)
            case list() | tuple():
                return type(held)(map(hidden, held))
            case str() if any(secret in held for secret in secrets):
                return Masked(held)
            case _:
                return held

    return inside(settings)


def secrets_of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    """The credentials among the process's variables, found by their names: those of dlt, pyiceberg and the clouds.

    The name of a dlt variable has the sections of its configuration, with `__` between them.
    """
    for name, value in environment.items():
        if name in _INNOCENT_VARIABLES:
            continue
        *places, last = name.split("__")
        among = any(map(is_secret_name, places))
        yield from secrets_in(value, named=is_secret_name(last) or (among and not is_harmless_name(last)))


def _parts(secret: str) -> Iterator[str]:
    """The secret, and its parts that could be shown by themselves, such as the token after `Bearer` or the secret after `id:`."""
    yield secret
    if secret.lstrip().startswith("{"):
        yield from secrets_in(_document(secret))
    if scheme := _SCHEME.fullmatch(secret):
        yield scheme[1]
    if "=" in secret:  # a cookie, or settings of a connection
        for part in re.split(r"[;\s]", secret):
            name, sign, value = part.partition("=")
            if sign and not is_harmless_name(name):
                yield value.strip()
    if "://" in secret:
        yield from _in_url(secret)
    elif ":" in secret and len(secret) < _LONGEST_PAIR:
        yield secret.partition(":")[2]


def _document(text: str) -> object:
    """The text parsed as JSON, which some cloud credentials are; None if it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _in_url(text: str) -> Iterator[str]:
    found = URL_WITH_PASSWORD.search(text)
    if found:
        yield from _of_login(found["user"], found["password"])
    elif lone := _LONE_USER.search(text):
        yield from (lone["user"], unquote(lone["user"]))
    if text.startswith(("http://", "https://")):
        yield from _in_path(text)
    if "://" in text and "?" in text:
        query = text.rpartition("?")[2] if found else urlsplit(text).query
        yield from (
            value for name, value in parse_qsl(query) if is_secret_name(name) or _KEY_LIKE.fullmatch(value)
        )


def _of_login(user: str, password: str) -> Iterator[str]:
    """The password of a URL, and its parts: libraries may read only a part of a password that is not encoded."""
    yield from (password, unquote(password))
    yield base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
    yield from (part for part in re.split(r"[@/#?:]", password) if len(part) >= _SHORTEST_PART)


def _basic(settings: Mapping[object, object]) -> Iterator[str]:
    """The base64 text that HTTP basic authentication makes of a user and a password."""
    users = [settings[name] for name in _USERS if isinstance(settings.get(name), str)]
    for name in ("password", "client_secret"):
        held = settings.get(name)
        plain = held.get_secret_value() if isinstance(held, SecretStr) else held
        if isinstance(plain, str):
            yield from (base64.b64encode(f"{user}:{plain}".encode()).decode() for user in users)
