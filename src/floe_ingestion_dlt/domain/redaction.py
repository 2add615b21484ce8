"""Texts without the credentials in them.

What libraries say is cleaned of what looks like a credential, by `redacted`, where it becomes a cause of ours. Whatever
leaves is cleaned of the credentials that are known, by `KnownSecrets`; our own advice may name a `password` or a URL.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Final, final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "***"

# Parts of names whose values are nobody's business, as `is_secret_name` compares them: in small letters, words joined by "-".
SECRET_WORDS: Final = (
    "access-key",
    "accesskey",
    "account-key",
    "accountkey",
    "api-key",
    "apikey",
    "authorization",
    "connection-string",
    "connectionstring",
    "cookie",
    "credential",
    "key-path",
    "passphrase",
    "passwd",
    "password",
    "private-key",
    "privatekey",
    "pwd",
    "sas",
    "secret",
    "signature",
    "token",
)
_NAME: Final = (
    r"(?:\bsig|[\w.-]{0,40}(?:"
    + "|".join(word.replace("-", "[-_ ]?") for word in SECRET_WORDS if word != "sas")
    + r")[\w.-]{0,40})"
)
_VALUE: Final = (
    r"(?:(?:bearer|basic|digest|token|negotiate|apikey)\s+)?"
    r"(?:b?\"(?:[^\"\\]|\\.)*\"?|b?'(?:[^'\\]|\\.)*'?|[^\s,;&\"'}\])]+)"
)

# Whatever repeats is bounded, or a long text without spaces would take the square of its length.
_RULES: Final = (
    # a key in PEM form, its end perhaps cut off
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL), HIDDEN),
    # user and password of a URL; a password may have any sign in it but a space
    (re.compile(r"(?<=://)(?:[^\s/@:]{0,256}:[^\s]{0,256}|[^\s/@]{1,256})@"), f"{HIDDEN}@"),
    # the query of a URL or of a request line: any part of it may be a key
    (re.compile(r"\?[^\s'\")>=]{0,256}=[^\s'\")>]*"), f"?{HIDDEN}"),
    # a value after its name, as headers, DSNs, JSON and Python have them
    (re.compile(rf"({_NAME}[\"']?\s*(?:=>|[:=])\s*){_VALUE}", re.IGNORECASE), rf"\1{HIDDEN}"),
    # the same in a pair, as lists of headers have them
    (re.compile(rf"([(\[]\s*b?[\"']{_NAME}[\"']\s*,\s*){_VALUE}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b(bearer|basic|token)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # a JSON web token, and keys that begin as their makers let them begin
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"), HIDDEN),
    (
        re.compile(
            r"\b(?:(?:AKIA|ASIA)[A-Z0-9]{12,}|gh[opsur]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}"
            r"|[rs]k_(?:live|test)_\w{8,}|xox[abeprs]-[\w-]{8,}|AIza[\w-]{30,}|ya29\.[\w-]{8,}|npm_\w{20,}|dapi[0-9a-f]{16,})"
        ),
        HIDDEN,
    ),
)

# Texts for people; what is longer is a document, and its end tells nothing of the fault.
LONGEST: Final = 20_000

# Shorter ones are hidden where they stand alone: "db" is part of many a word.
_LONG: Final = 8
_SHORTEST: Final = 3


def redacted(text: str) -> str:
    """*text* without what looks like a credential: in URLs and their queries, headers, DSNs, JSON, keys by themselves."""
    return reduce(lambda cleaned, rule: rule[0].sub(rule[1], cleaned), _RULES, text[:LONGEST])


def is_secret_name(name: str) -> bool:
    """Whether what is called so is a credential, or may be one."""
    plain = name.lower().replace("_", "-")
    return plain == "sig" or any(word in plain for word in SECRET_WORDS)


@final
class KnownSecrets:
    """Credentials that must not leave; `clean` takes them out of a text, however they are written there."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._pattern: re.Pattern[str] | None = None
        self._secrets: frozenset[str] = frozenset()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these, too."""
        known = self._secrets | {secret for secret in secrets if len(secret) >= _SHORTEST}
        if known != self._secrets:
            written = sorted({form for secret in known for form in _forms(secret)}, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_anywhere, written)))
            self._secrets = known

    def clean(self, text: str) -> str:
        """*text* without them."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def __repr__(self) -> str:
        return f"KnownSecrets({len(self._secrets)} of them)"

    __str__ = __repr__


def _forms(secret: str) -> Iterator[str]:
    """How a secret may be written: as it is, in a URL, in JSON or Python's repr, and by itself in base64."""
    yield secret
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    yield base64.b64encode(secret.encode()).decode()


def _anywhere(form: str) -> str:
    literal = re.escape(form)
    return literal if len(form) >= _LONG else rf"(?<!\w){literal}(?!\w)"
