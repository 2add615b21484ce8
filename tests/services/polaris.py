"""Catalogs and principals of a Polaris server, made for one test."""

from __future__ import annotations

import uuid
from typing import Any, Final, final

import requests

from tests.services.environment import Services

SECONDS: Final = 30
SCOPE: Final = "PRINCIPAL_ROLE:ALL"
# MinIO takes any role; the name must only look like one.
ROLE: Final = "arn:aws:iam::000000000000:role/polaris"


@final
class Polaris:
    """The management of a Polaris server, by its root principal."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._session = requests.Session()
        token = self._session.post(
            f"{services.polaris}/v1/oauth/tokens", data=_login(services.polaris_credential), timeout=SECONDS
        )
        token.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    def catalog(
        self, *, vends: bool = True, bucket: str | None = None, endpoint: str | None = None
    ) -> dict[str, str]:
        """A new catalog, as pyiceberg is given it; clients find its storage at *endpoint*."""
        name = f"lake_{uuid.uuid4().hex[:12]}"
        services = self._services
        location = f"s3://{bucket or services.bucket}/{name}"
        storage = {
            "storageType": "S3",
            "allowedLocations": [location],
            "region": services.s3_region,
            "endpoint": endpoint or services.s3_endpoint,
            "endpointInternal": services.s3_endpoint,
            "pathStyleAccess": True,
            "stsUnavailable": not vends,
            "kmsUnavailable": True,
        } | ({"roleArn": ROLE} if vends else {})
        self._make(
            "POST",
            "catalogs",
            {
                "catalog": {
                    "name": name,
                    "type": "INTERNAL",
                    "properties": {"default-base-location": location},
                    "storageConfigInfo": storage,
                }
            },
        )
        # The administrators that a new catalog comes with may manage it, but not touch its data.
        self._grant(name, "catalog_admin", "CATALOG_MANAGE_CONTENT")
        return {
            "type": "rest",
            "uri": services.polaris,
            "warehouse": name,
            "credential": services.polaris_credential,
            "scope": SCOPE,
        } | ({} if vends else {"header.X-Iceberg-Access-Delegation": ""} | services.s3_properties)

    def principal(self, catalog: str, *privileges: str) -> str:
        """A new principal that may do only this in *catalog*; its id and secret, with a colon between."""
        name = f"user_{uuid.uuid4().hex[:12]}"
        made = self._make("POST", "principals", {"principal": {"name": name}})
        self._make("POST", "principal-roles", {"principalRole": {"name": name}})
        self._make("PUT", f"principals/{name}/principal-roles", {"principalRole": {"name": name}})
        self._make("POST", f"catalogs/{catalog}/catalog-roles", {"catalogRole": {"name": name}})
        self._make("PUT", f"principal-roles/{name}/catalog-roles/{catalog}", {"catalogRole": {"name": name}})
        for privilege in privileges:
            self._grant(catalog, name, privilege)
        return "{clientId}:{clientSecret}".format(**made["credentials"])

    def _grant(self, catalog: str, role: str, privilege: str) -> None:
        grant = {"grant": {"type": "catalog", "privilege": privilege}}
        self._make("PUT", f"catalogs/{catalog}/catalog-roles/{role}/grants", grant)

    def _make(self, verb: str, path: str, body: Any) -> Any:
        answer = self._session.request(
            verb, f"{self._services.polaris_management}/{path}", json=body, timeout=SECONDS
        )
        answer.raise_for_status()
        return answer.json() if answer.content else {}


def _login(credential: str) -> dict[str, str]:
    client, _, secret = credential.partition(":")
    return {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_secret": secret,
        "scope": SCOPE,
    }
