"""Buckets that anybody may read: requests to them are not signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid

ANONYMOUS: Final = "anonymous"
_ACCOUNT: Final = "azure_storage_account_name"
_AZURE: Final = ("az", "azure", "adl", "abfs", "abfss")
# What may be said of a public bucket, by the schemes of URLs.
_PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("s3", "s3a"), ("endpoint_url", "region_name")),
    **dict.fromkeys(("gs", "gcs"), ()),
    **dict.fromkeys(_AZURE, (_ACCOUNT,)),
}


def public_access(scheme: str, given: Mapping[str, object]) -> Result[dict[str, object], Invalid]:
    """The arguments of the fsspec file system for requests that are not signed; *given* has `anonymous: true`."""
    if given[ANONYMOUS] is not True:
        return Failure(Invalid(f"credentials.{ANONYMOUS}", None, "true, or leave it out"))
    if scheme not in _PLACES:
        return Failure(Invalid(f"credentials.{ANONYMOUS}", None, f"nothing: {scheme}:// has no such access"))
    known = (ANONYMOUS, *_PLACES[scheme])
    if others := sorted(given.keys() - set(known)):
        wanted = f"only {', '.join(known)}: a request that is not signed needs no {', '.join(others)}"
        return Failure(Invalid("credentials", None, wanted))
    if scheme in _AZURE and not given.get(_ACCOUNT):
        return Failure(Invalid(f"credentials.{_ACCOUNT}", "", "the account that has the container"))
    return Success(_arguments(scheme, given))


def _arguments(scheme: str, given: Mapping[str, object]) -> dict[str, object]:
    if scheme in _AZURE:
        return {"anon": True, "account_name": given[_ACCOUNT]}
    if scheme in {"gs", "gcs"}:
        return {"token": "anon"}  # nosec B105 - the word for none
    region = given.get("region_name")
    return {
        "anon": True,
        "endpoint_url": given.get("endpoint_url"),
        "client_kwargs": {} if region is None else {"region_name": region},
    }
