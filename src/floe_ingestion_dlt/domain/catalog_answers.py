"""Which properties a catalog's answers may set: data about its storage, but never code or the receiver of credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain import catalog_properties as known
from floe_ingestion_dlt.domain.addresses import configured_origin, origin_of
from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.secret_names import is_secret_name

Properties: TypeAlias = Mapping[str, object]

_CODE: Final = "it names code that would run here"
_LOGIN: Final = "it would change the credentials of our login, or where they are sent"
_WORDS: Final = re.compile(r"[a-z0-9]+")


class Part(Enum):
    """The answer that has the property."""

    CATALOG = "its answer to GET /v1/config"
    TABLE = "its config"
    METADATA = "its properties"


@final
@dataclass(frozen=True, slots=True)
class PropertyRefused:
    """A property that no answer of a catalog may set; *value* is the part of its value that may be shown."""

    name: str
    value: str
    reason: str
    part: Part


@final
@dataclass(frozen=True, slots=True)
class AllowedProperties:
    """The properties of an answer that are used, and the storage hosts in it that are not, because another is configured."""

    properties: Mapping[str, str]
    other_hosts: Mapping[str, str] = field(default_factory=dict)


def checked_answer(
    answer: Properties, ours: Properties, part: Part, before: Properties | None = None
) -> Result[AllowedProperties, PropertyRefused]:
    """The properties of an *answer* that are used; *ours* is the configuration, and *before* are those of an earlier answer.

    Configured properties are not changed, except by keys that the catalog vends. Properties that are not needed are ignored.
    """
    given = {name: value for name, value in answer.items() if value not in (None, "")}
    vended = {name for name in {**(before or {}), **given} if name not in ours}
    taken: dict[str, str] = {}
    other_hosts: dict[str, str] = {}
    for name, value in given.items():
        reason = _refusal(name, value, str(ours.get(known.URI, "")), part)
        reason = reason or _moves_a_bearer(name, ours, vended)
        if name in ours and name != known.URI and (reason or not _overrides_ours(name, part)):
            if name in known.HOSTS and origin_of(str(value)) != configured_origin(str(ours[name])):
                other_hosts[name] = quoted(value)
        elif reason is not None:
            return Failure(_refused(name, value, reason, part))
        elif _is_taken(name, part):
            taken[name] = _text(value)
    return Success(AllowedProperties(taken, other_hosts))


def refused_of_table(properties: Properties, ours: Properties) -> PropertyRefused | None:
    """A property in a table's metadata for which pyiceberg would import code, unless *ours* has the same value.

    The other properties are for engines, and have no effect here.
    """
    for name, value in properties.items():
        words = _words(name)
        names_code = name in known.CODE or {"py", "impl"} <= set(words)
        is_known = name == known.FILE_IO and re.fullmatch(known.STORAGE[known.FILE_IO], _text(value))
        if names_code and not is_known and ours.get(name) != value:
            return _refused(name, value, _CODE, Part.METADATA)
    return None


def _overrides_ours(name: str, part: Part) -> bool:
    """Whether the answer takes precedence over the configuration: the catalog's own names, and the keys that it vends."""
    return _is_taken(name, part) and name not in known.OF_CONFIGURATION


def _is_taken(name: str, part: Part) -> bool:
    return (
        name in known.STORAGE
        or name in known.SAME_ORIGIN
        or (part is Part.CATALOG and name in known.CATALOG)
        or known.OF_ACCOUNTS.fullmatch(name) is not None
    )


def _refusal(name: str, value: object, uri: str, part: Part) -> str | None:
    """Why no answer may set this property; None if it does no harm."""
    text = _text(value)
    is_elsewhere = origin_of(text) is None or origin_of(text) != configured_origin(uri)
    if name in known.SAME_ORIGIN:
        return f"credentials for {quoted(uri)} would be sent there" if is_elsewhere else None
    if name == known.FILE_IO:
        return None if re.fullmatch(known.STORAGE[name], text) else _CODE
    if _is_taken(name, part):
        pattern = known.STORAGE.get(name) or known.CATALOG.get(name) or known.TEXT
        is_valid = not isinstance(value, Mapping | list) and re.fullmatch(pattern, text)
        return None if is_valid else "it cannot have that value"
    return _danger(name, text, part, is_elsewhere=is_elsewhere)


def _danger(name: str, text: str, part: Part, *, is_elsewhere: bool) -> str | None:
    """Why a property that is not used is an error nevertheless; None if it is simply ignored."""
    words = _words(name)
    has = frozenset(words).intersection
    is_auth = bool(has(known.AUTH)) and words[0] in {*known.AUTH, "rest"}
    is_token_server = bool(has(known.TOKEN_SERVERS) and has(known.ADDRESSES)) and "refresh" not in words
    is_address = is_elsewhere and origin_of(text) is not None
    is_token = (
        name == "token" and part is Part.CATALOG
    )  # the specification allows one for a table; it is not needed
    rules = (
        ("impl" in words and (name in known.CODE or not known.JAVA.fullmatch(text)), _CODE),
        (is_auth and is_elsewhere, _LOGIN),
        (is_token_server and is_address, "credentials would be sent there"),
        (is_token or name in known.LOGIN, _LOGIN),
        (words[:2] == ["rest", "signer"], "it would change who sees and signs our requests"),
        (bool(has({"proxy", "proxies"})), "it would send requests through a proxy"),
        (bool(has(known.TRUST)), "it would change which servers are trusted"),
    )
    return next((why for is_so, why in rules if is_so), None)


def _moves_a_bearer(name: str, ours: Properties, vended: Iterable[str]) -> str | None:
    """Why a host may not be set for a storage that receives the credential itself: it would get a credential that is not the catalog's."""
    if name not in known.BEARERS:
        return None
    storage = name.partition(".")[0]
    is_vended = _has_credential(vended, storage) and not _has_credential(ours, storage)
    return None if is_vended else "our own credentials for the storage would be sent there"


def _has_credential(names: Iterable[str], storage: str) -> bool:
    of_storage = (name for name in names if name.startswith(f"{storage}."))
    return any(name in known.CREDENTIALS or name.startswith("adls.sas-token.") for name in of_storage)


def _refused(name: str, value: object, reason: str, part: Part) -> PropertyRefused:
    hides = is_secret_name(name) or name in known.LOGIN
    return PropertyRefused(name, "'***'" if hides else quoted(value), reason, part)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(name: str) -> list[str]:
    return _WORDS.findall(name.lower()) or [""]
