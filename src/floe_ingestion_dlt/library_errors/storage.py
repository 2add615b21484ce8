"""The code of S3's answer, which Arrow's errors have only in their text."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from floe_ingestion_dlt.domain.faults import Category

_ANSWER: Final = re.compile(r"AWS Error (?P<code>[A-Z_]+)(?: \(HTTP status (?P<status>\d{3})\))? during")
_DENIALS: Final = frozenset(
    {
        "ACCESS_DENIED",
        "INCOMPLETE_SIGNATURE",
        "INVALID_ACCESS_KEY_ID",
        "INVALID_CLIENT_TOKEN_ID",
        "INVALID_SIGNATURE",
        "MISSING_AUTHENTICATION_TOKEN",
        "SIGNATURE_DOES_NOT_MATCH",
        "UNRECOGNIZED_CLIENT",
    }
)


class StorageAnswer(Enum):
    """Why an object storage refused a request; the reason decides the category."""

    UNTRUSTED = Category.CONFIGURATION, "the certificate of the storage is not trusted"
    ELSEWHERE = Category.CONFIGURATION, "the bucket is in another region"
    NO_BUCKET = Category.CONFIGURATION, "the bucket does not exist"
    EXPIRED = Category.TRANSIENT, "the credentials for the storage have expired"
    DENIED = Category.PERMANENT, "the storage denies access, or does not know the access key"
    BUSY = Category.TRANSIENT, "any other error of the storage, or no answer"

    @property
    def category(self) -> Category:
        return self.value[0]

    @property
    def words(self) -> str:
        """What docs/errors.md calls it."""
        return self.value[1]


# If Arrow has no code of its own, it shows S3's name. The first match decides.
_SIGNS: Final = (
    # curl's own codes for a certificate whose authority is unknown, or whose authorities cannot be read
    (re.compile(r"curlCode: (60|77)\b"), StorageAnswer.UNTRUSTED),
    # the bucket is in another region
    (
        re.compile(r"HTTP status 30[1278]|ExceptionName: (PermanentRedirect|AuthorizationHeaderMalformed)\b"),
        StorageAnswer.ELSEWHERE,
    ),
    (re.compile(r"AWS Error NO_SUCH_BUCKET\b"), StorageAnswer.NO_BUCKET),
    (
        re.compile(r"AWS Error REQUEST_EXPIRED\b|ExceptionName: (ExpiredToken|ExpiredTokenException)\b"),
        StorageAnswer.EXPIRED,
    ),
)


def storage_answer(error: BaseException) -> StorageAnswer | None:
    """The object storage's answer; None if *error* is not Arrow's error for one."""
    text = str(error) if isinstance(error, OSError) else ""
    answer = _ANSWER.search(text)
    if answer is None:
        return None
    is_denial = answer["code"] in _DENIALS or answer["status"] in {"401", "403"}
    said = next((found for sign, found in _SIGNS if sign.search(text)), None)
    return said or (StorageAnswer.DENIED if is_denial else StorageAnswer.BUSY)


def storage_category(error: BaseException) -> Category | None:
    """The category of the object storage's answer."""
    answer = storage_answer(error)
    return None if answer is None else answer.category
