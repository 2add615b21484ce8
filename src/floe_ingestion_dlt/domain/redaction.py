"""Removes credentials from texts.

`redacted` removes what looks like a credential; it is applied to texts of libraries. `KnownSecrets` removes known credentials;
it is applied to every reported text, because the plugin's own texts may contain the word `password` or a URL.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from threading import Lock
from typing import Final, final
from urllib.parse import quote, quote_plus

from floe_ingestion_dlt.domain.secret_names import KEYS

HIDDEN: Final = "***"

# A name that contains a word for a credential, in any spelling; values of similar names may be hidden, too.
_KEY: Final = "|".join(f"{kind}[-_ ]?key" for kind in KEYS)
_NAME: Final = (
    rf"(?:\b(?:sig|sas|pwd|pass|jwt)|[\w.-]{{0,40}}(?:{_KEY}|authorization|connection[-_ ]?string|cookie|credential"
    r"|pass(?:wor)?d|passphrase|pwd|secret|signature|token)[\w.-]{0,40})"
)
# Up to the next space or quote: a credential may contain any other character.
_VALUE: Final = (
    r"(?:(?:[a-z][\w-]{1,20}\s+)(?=[\w.~+/=-]{8,}))?"
    r"(?:b?\"(?:[^\"\\]|\\.)*\"?|b?'(?:[^'\\]|\\.)*'?|[^\s\"']+)"
)

_PATH: Final = re.compile(r"(?:://|(?<![^\s\"'(])/)[^\s'\"<>?#;]{0,2000};[^\s'\"<>?#]{0,2000}")
_PARAMETER: Final = re.compile(r";[\w.%-]{1,64}=[^/;]*")

# All repetitions are bounded; otherwise, a long text without spaces would take quadratic time.
_RULES: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    # a key in PEM form, its end perhaps cut off
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL), HIDDEN),
    # user and password of a URL; a password may contain any character except a space, and a port is not a password
    (re.compile(r"(?<=://)(?:[^\s/@:]{0,256}:(?!\d{1,5}/)[^\s]{0,256}|[^\s/@]{1,256})@"), f"{HIDDEN}@"),
    # the query of a URL or of a request line: any part of it may be a key
    (re.compile(r"\?[^\s'\")>=]{0,256}=[^\s'\")>]*"), f"?{HIDDEN}"),
    # a parameter in the path of a URL or of a request line, such as ;jsessionid=
    (_PATH, lambda path: _PARAMETER.sub(f";{HIDDEN}", path[0])),
    # an element of XML
    (re.compile(rf"(<(?:\w+:)?{_NAME}(?:\s[^<>]{{0,200}})?>)[^<]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    # a value after its name, as in headers, DSNs, JSON and Python
    (re.compile(rf"({_NAME}[\"']?\s*(?:=>|[:=])\s*){_VALUE}", re.IGNORECASE), rf"\1{HIDDEN}"),
    # the same in a pair, as in lists of headers
    (re.compile(rf"([(\[]\s*b?[\"']{_NAME}[\"']\s*,\s*){_VALUE}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b(bearer|basic|token)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # a JSON web token, and keys with the prefixes of their providers
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"), HIDDEN),
    (
        re.compile(
            r"\b(?:(?:AKIA|ASIA)[A-Z0-9]{12,}|gh[opsur]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}"
            r"|[rs]k_(?:live|test)_\w{8,}|xox[abeprs]-[\w-]{8,}|AIza[\w-]{30,}|ya29\.[\w-]{8,}|npm_\w{20,}|dapi[0-9a-f]{16,})"
        ),
        HIDDEN,
    ),
)

# Longer texts are documents, and their ends say nothing about the fault.
LONGEST: Final = 20_000

# Shorter secrets are hidden only as whole words, because "db" is part of many words.
_LONG: Final = 12
_SHORTEST: Final = 3
# Tokens change, and processes may run for long, so the oldest secrets are dropped.
_MOST: Final = 500


def redacted(text: str) -> str:
    """*text* without what looks like a credential: in URLs and their queries, headers, DSNs, JSON, and single keys."""
    return reduce(lambda cleaned, rule: rule[0].sub(rule[1], cleaned), _RULES, text[:LONGEST])


# String literals, quoted names and comments of SQL, in the order in which a database reads them; the last one may have no end.
_QUOTED: Final = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|\$(\w*)\$.*?(?:\$\1\$|\Z)|'(?:[^']|'')*(?:'|\Z)|\"[^\"]*(?:\"|\Z)|`[^`]*(?:`|\Z)",
    re.DOTALL,
)
_NUMBER: Final = re.compile(r"\d{4,}")


def without_literals(text: str, statement: str) -> str:
    """*text* without the quoted parts of *statement* and without their words, because a database's error may quote any part of it."""
    # a backslash may or may not end a literal, so the whole statement counts as quoted
    quoted = [statement] if "\\" in statement else [found[0] for found in _QUOTED.finditer(statement)]
    words = (word for piece in quoted for word in re.findall(r"\w+", piece))
    pieces = {*words, *(piece.strip("'\"`$ ") for piece in quoted), *_NUMBER.findall(statement)}
    hidden = sorted((piece for piece in pieces if len(piece) >= _SHORTEST), key=len, reverse=True)
    return re.sub("|".join(map(re.escape, hidden)), HIDDEN, text) if hidden else text


@final
class KnownSecrets:
    """Credentials that must not be reported; `redact` removes them from a text in every usual encoding."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = Lock()
        self._secrets: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Redact these secrets, too."""
        added = dict.fromkeys(secret for secret in secrets if len(secret) >= _SHORTEST)
        with self._lock:
            before = self._secrets.keys()
            newest = [secret for secret in before if secret not in added] + list(added)
            known = dict.fromkeys(newest[-_MOST:])
            if known.keys() != before:
                self._pattern = _pattern_of(known)
            self._secrets = known

    def redact(self, text: str) -> str:
        """*text* without these credentials."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def __repr__(self) -> str:
        return f"KnownSecrets({len(self._secrets)} of them)"

    __str__ = __repr__


def _pattern_of(secrets: Iterable[str]) -> re.Pattern[str] | None:
    """One expression for all secrets; the longest come first, so that no part of them is left."""
    written = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
    return re.compile("|".join(map(_anywhere, written))) if written else None


def _forms(secret: str) -> Iterator[str]:
    """The encodings of a secret: unchanged, in a URL, in JSON or Python's repr, and in base64."""
    yield secret
    for quoted in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        yield from (quoted, _PERCENT.sub(lambda sign: sign[0].lower(), quoted), quote(quoted, safe=""))
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    encoded = secret.encode()
    for in_base64 in (base64.b64encode(encoded).decode(), base64.urlsafe_b64encode(encoded).decode()):
        yield from (in_base64, in_base64.rstrip("="))


_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")


def _anywhere(form: str) -> str:
    literal = re.escape(form)
    return literal if len(form) >= _LONG else rf"(?<!\w){literal}(?!\w)"
