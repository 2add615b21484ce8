"""Names of credentials in configurations, headers, variables and texts."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

SECRET_WORDS: Final = frozenset(
    {
        "authorization",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "jwt",
        "pass",
        "passphrase",
        "passwd",
        "password",
        "passwords",
        "pwd",
        "sas",
        "secret",
        "secrets",
        "sig",
        "signature",
        "token",
        "tokens",
    }
)
# The words before `key` that make it a credential; a primary key is none.
KEYS: Final = (
    "access",
    "account",
    "api",
    "application",
    "auth",
    "functions",
    "private",
    "secret",
    "shared",
    "subscription",
)
# Words that are also written without a separator before them.
GLUED: Final = ("password", "passwd", "secret", "token", *(f"{kind}key" for kind in KEYS), "connectionstring")
# Last words of names that are not credentials themselves, even among credentials.
HARMLESS: Final = frozenset(
    (  # noqa: SIM905 - a list of fifty would be fifty lines
        "at audience bucket catalog count database dir domain driver drivername email enabled encoding "
        "endpoint expiration expires expiry file grant host hostname id issuer length limit location max "
        "mechanism method min name port prefix project region role schema scope scopes seconds tenant "
        "ttl type uri url user username version warehouse"
    ).split()
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def is_secret_name(name: str) -> bool:
    """Whether this is the name of something that is or may be a credential."""
    words = _words(name)
    # AWS's access key id is one half of a login
    is_half = words[-3:] == ["access", "key", "id"]
    return is_half or (bool(words) and words[-1] not in HARMLESS and _has_secret_word(words))


def is_harmless_name(name: str) -> bool:
    """Whether this is the name of something harmless even among credentials, such as a host or a user."""
    words = _words(name)
    return bool(words) and words[-1] in HARMLESS


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _has_secret_word(words: list[str]) -> bool:
    if any(word in SECRET_WORDS or word.endswith(GLUED) for word in words):
        return True
    pairs = set(pairwise(words))
    return bool(pairs & {("connection", "string"), ("key", "path"), *((kind, "key") for kind in KEYS)})
