"""The real services that integration tests need, as the environment names them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final, NoReturn, final

import pytest

NEEDED: Final = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "S3_BUCKET",
    "DATABASE_URL",
    "POLARIS_URI",
    "POLARIS_MANAGEMENT_URI",
    "POLARIS_CREDENTIAL",
    "TOXIPROXY_URL",
)


@final
@dataclass(frozen=True)
class Services:
    """Where S3, Postgres, Polaris and toxiproxy are, and how they are entered."""

    s3_endpoint: str
    s3_key: str
    s3_secret: str
    s3_region: str
    bucket: str
    postgres: str
    polaris: str
    polaris_management: str
    polaris_credential: str
    toxiproxy: str

    @property
    def s3_properties(self) -> dict[str, str]:
        """What pyiceberg is given to reach the storage with static keys."""
        return {
            "s3.endpoint": self.s3_endpoint,
            "s3.access-key-id": self.s3_key,
            "s3.secret-access-key": self.s3_secret,
            "s3.region": self.s3_region,
        }


def needed_services() -> Services:
    """The services; without them the test is skipped, or fails where they are required."""
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        _without(f"needs real services: {', '.join(missing)} not set (see CONTRIBUTING.md)")
    return Services(*(os.environ[name] for name in NEEDED))


def with_driver(url: str) -> str:
    """The URL of a database with the driver by which SQLAlchemy reads it."""
    return url.replace("postgresql://", "postgresql+psycopg://").replace("mysql://", "mysql+pymysql://")


def needed(name: str) -> str:
    """The variable *name*, which says where one more service is."""
    return os.environ.get(name) or _without(f"needs {name} (see CONTRIBUTING.md)")


def _without(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_SERVICES"):
        pytest.fail(reason)
    pytest.skip(reason)
