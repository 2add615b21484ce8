"""Catalogs and principals of a Polaris server, made for one test."""

from __future__ import annotations

import uuid
from typing import final

from examples.polaris import SCOPE, Management, Storage

from tests.services.environment import Services


@final
class Polaris:
    """The management of a Polaris server, by its root principal."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._management = Management(
            services.polaris, services.polaris_management, services.polaris_credential
        )

    def catalog(
        self, *, vends: bool = True, bucket: str | None = None, endpoint: str | None = None
    ) -> dict[str, str]:
        """A new catalog, as pyiceberg is given it; clients find its storage at *endpoint*."""
        services, name = self._services, f"lake_{uuid.uuid4().hex[:12]}"
        storage = Storage(
            bucket or services.bucket,
            services.s3_region,
            endpoint or services.s3_endpoint,
            services.s3_endpoint,
        )
        self._management.catalog(name, storage, vends=vends)
        return {
            "type": "rest",
            "uri": services.polaris,
            "warehouse": name,
            "credential": services.polaris_credential,
            "scope": SCOPE,
        } | ({} if vends else {"header.X-Iceberg-Access-Delegation": ""} | services.s3_properties)

    def principal(self, catalog: str, *privileges: str) -> str:
        """A new principal that may do only this in *catalog*; its id and secret, with a colon between."""
        name, make = f"user_{uuid.uuid4().hex[:12]}", self._management.make
        made = make("POST", "principals", {"principal": {"name": name}})
        make("POST", "principal-roles", {"principalRole": {"name": name}})
        make("PUT", f"principals/{name}/principal-roles", {"principalRole": {"name": name}})
        make("POST", f"catalogs/{catalog}/catalog-roles", {"catalogRole": {"name": name}})
        make("PUT", f"principal-roles/{name}/catalog-roles/{catalog}", {"catalogRole": {"name": name}})
        for privilege in privileges:
            self._management.grant(catalog, name, privilege)
        return "{clientId}:{clientSecret}".format(**made["credentials"])
