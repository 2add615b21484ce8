"""Creates catalogs in an Apache Polaris server by its management API; as a program, creates the demo's catalog.

The variables of services.env say where the services are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final, final

import requests
from pyarrow import fs

SECONDS: Final = 30
SCOPE: Final = "PRINCIPAL_ROLE:ALL"
# MinIO accepts any role; the text must only have the form of a role.
ROLE: Final = "arn:aws:iam::000000000000:role/polaris"
CONFLICT: Final = 409


@final
@dataclass(frozen=True)
class Storage:
    """A bucket of an S3 service other than Amazon's, with its address for clients and its address for Polaris."""

    bucket: str
    region: str
    endpoint: str
    internal_endpoint: str

    def make_bucket(self, key: str, secret: str) -> None:
        """Create the bucket, unless it exists."""
        storage = fs.S3FileSystem(
            access_key=key,
            secret_key=secret,
            region=self.region,
            endpoint_override=self.internal_endpoint,
            allow_bucket_creation=True,
        )
        storage.create_dir(self.bucket)


@final
class Management:
    """Creates objects in a Polaris server; existing objects are not changed."""

    def __init__(self, uri: str, management_uri: str, credential: str) -> None:
        self._uri = management_uri
        self._session = requests.Session()
        client, _, secret = credential.partition(":")
        login = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        token = self._session.post(f"{uri}/v1/oauth/tokens", data=login | {"scope": SCOPE}, timeout=SECONDS)
        token.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    def catalog(self, name: str, storage: Storage, *, vends: bool) -> None:
        """Create a catalog in a folder of its name; if it *vends*, it gives clients keys to its storage. Its administrators may use it."""
        location = f"s3://{storage.bucket}/{name}"
        described = {
            "storageType": "S3",
            "allowedLocations": [location],
            "region": storage.region,
            "endpoint": storage.endpoint,
            "endpointInternal": storage.internal_endpoint,
            "pathStyleAccess": True,
            "stsUnavailable": not vends,
            "kmsUnavailable": True,
        } | ({"roleArn": ROLE} if vends else {})
        catalog = {
            "name": name,
            "type": "INTERNAL",
            "properties": {"default-base-location": location},
            "storageConfigInfo": described,
        }
        self.make("POST", "catalogs", {"catalog": catalog})
        # By default, the administrators of a new catalog may manage it, but neither read nor write its data.
        self.grant(name, "catalog_admin", "CATALOG_MANAGE_CONTENT")

    def grant(self, catalog: str, role: str, privilege: str) -> None:
        grant = {"grant": {"type": "catalog", "privilege": privilege}}
        self.make("PUT", f"catalogs/{catalog}/catalog-roles/{role}/grants", grant)

    def make(self, verb: str, path: str, body: Any) -> Any:
        """Send a request to the API and return the answer; None if the object already exists."""
        answer = self._session.request(verb, f"{self._uri}/{path}", json=body, timeout=SECONDS)
        if answer.status_code == CONFLICT:
            return None
        answer.raise_for_status()
        return answer.json() if answer.content else {}


def main() -> None:
    """Create the bucket and the catalog of the demo."""
    named = os.environ
    endpoint = named["AWS_ENDPOINT_URL"]
    storage = Storage(named["S3_BUCKET"], named["AWS_REGION"], endpoint, endpoint)
    storage.make_bucket(named["AWS_ACCESS_KEY_ID"], named["AWS_SECRET_ACCESS_KEY"])
    management = Management(
        named["POLARIS_URI"], named["POLARIS_MANAGEMENT_URI"], named["POLARIS_CREDENTIAL"]
    )
    management.catalog(named["POLARIS_CATALOG"], storage, vends=True)


if __name__ == "__main__":
    main()
