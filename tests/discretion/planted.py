"""Secrets of many kinds, and sources and catalogs whose configuration has them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from pydantic import SecretStr

KINDS: Final = (
    "bearer token",
    "API key in a header",
    "API key in a query",
    "password of basic authentication",
    "client secret",
    "refresh token",
    "token that was issued",
    "authorization header",
    "cookie",
    "custom header",
    "parameter token",
    "parameter sig",
    "parameter of a URL",
    "password of a URL",
    "password in a body",
    "credentials of a source",
    "password of Postgres",
    "password with odd signs",
    "password as a parameter of a DSN",
    "password of MySQL",
    "password of a database, by credentials",
    "secret key of S3",
    "session token of S3",
    "signature of a presigned URL",
    "credential of a catalog",
    "bearer token of a catalog",
    "header of a catalog",
    "client secret of a catalog, in a group",
    "password of a catalog, in a group",
    "password of a catalog's database",
    "secret key of a catalog's storage",
    "session token of a catalog's storage",
    "connection string in the environment",
    "credential of a catalog in the environment",
)


def secret(kind: str) -> str:
    """The secret of that kind: what nobody would say by chance; one of them has odd signs in it."""
    digest = hashlib.sha256(kind.encode()).hexdigest()[:20]
    return f"Pw/{digest}@:%+ =&" if "odd" in kind else f"zq{digest}"


def forms(kind: str) -> Iterator[bytes]:
    """How the secret would be found: as it is, in a URL, and in base64 after a user's name."""
    plain = secret(kind)
    written = {plain, quote(plain), quote(plain, safe=""), base64.b64encode(plain.encode()).decode()}
    for user in ("shop", "root"):
        written.add(base64.b64encode(f"{user}:{plain}".encode()).decode())
    # of a secret with odd signs, the part that is none would give it away
    written.add(hashlib.sha256(kind.encode()).hexdigest()[:20])
    yield from (form.encode() for form in written)


ENVIRONMENT: Final = {
    "SOURCES__SQL_DATABASE__CREDENTIALS": "postgresql+psycopg://shop:{}@127.0.0.1:{}/shop",
    "SOURCES__FILESYSTEM__CREDENTIALS__AWS_ACCESS_KEY_ID": "shopkey",
    "SOURCES__FILESYSTEM__CREDENTIALS__AWS_SECRET_ACCESS_KEY": secret("secret key of S3"),
    "SOURCES__FILESYSTEM__CREDENTIALS__AWS_SESSION_TOKEN": secret("session token of S3"),
    "SOURCES__FILESYSTEM__CREDENTIALS__REGION_NAME": "us-east-1",
    "PYICEBERG_CATALOG__FLOE__CREDENTIAL": "root:" + secret("credential of a catalog in the environment"),
}


def api_sources(url: str) -> Mapping[str, dict[str, Any]]:
    """Sources over HTTP, by name: configuration, and credentials where there are any."""

    def declared(client: Mapping[str, Any] = {}, endpoint: Mapping[str, Any] = {}) -> dict[str, Any]:
        path = {"path": "orders", "paginator": "single_page", **endpoint}
        return {
            "client": {"base_url": url, **client},
            "resources": [{"name": "orders", "endpoint": path}],
        }

    host = url.partition("://")[2]
    scheme = url.partition("://")[0]
    oauth = {
        "type": "oauth2_client_credentials",
        "access_token_url": f"{url}/token",
        "client_id": "shop",
        "client_secret": secret("client secret"),
        "access_token_request_data": {"refresh_token": secret("refresh token")},
    }
    return {
        "bearer": {"source_config": declared({"auth": {"type": "bearer", "token": secret("bearer token")}})},
        "header_key": {
            "source_config": declared(
                {
                    "auth": {
                        "type": "api_key",
                        "name": "X-Api-Key",
                        "api_key": secret("API key in a header"),
                        "location": "header",
                    }
                }
            )
        },
        "query_key": {
            "source_config": declared(
                {
                    "auth": {
                        "type": "api_key",
                        "name": "k",
                        "api_key": secret("API key in a query"),
                        "location": "query",
                    }
                }
            )
        },
        "basic": {
            "source_config": declared(
                {
                    "auth": {
                        "type": "http_basic",
                        "username": "shop",
                        "password": secret("password of basic authentication"),
                    }
                }
            )
        },
        "oauth": {"source_config": declared({"auth": oauth})},
        "headers": {
            "source_config": declared(
                {
                    "headers": {
                        "Authorization": f"Token {secret('authorization header')}",
                        "Cookie": f"session={secret('cookie')}",
                        "X-Secret-Word": SecretStr(secret("custom header")),
                    }
                }
            )
        },
        "params": {
            "source_config": declared(
                endpoint={
                    "params": {"token": secret("parameter token"), "sig": secret("parameter sig"), "page": 1}
                }
            )
        },
        "short": {"source_config": {"url": f"{url}/orders?api_key={secret('parameter of a URL')}&page=1"}},
        "userinfo": {
            "source_config": declared({"base_url": f"{scheme}://shop:{secret('password of a URL')}@{host}"})
        },
        "body": {
            "source_config": declared(
                endpoint={
                    "method": "POST",
                    "json": {"user": "shop", "password": secret("password in a body")},
                }
            )
        },
        "credentials": {
            "source_config": declared(),
            "credentials": SecretStr(secret("credentials of a source")),
        },
    }


def database_sources(postgres: int, mysql: int) -> Mapping[str, dict[str, Any]]:
    """Tables of databases, by name."""
    odd = quote(secret("password with odd signs"), safe="")
    plain = f"postgresql+psycopg://shop:{secret('password of Postgres')}@127.0.0.1:{postgres}/shop"
    as_parameter = f"postgresql+psycopg://shop@127.0.0.1:{postgres}/shop?password="
    dsns = {
        "postgres": plain,
        "odd": f"postgresql+psycopg://shop:{odd}@127.0.0.1:{postgres}/shop",
        "parameter": as_parameter + secret("password as a parameter of a DSN"),
        "mysql": f"mysql+pymysql://shop:{secret('password of MySQL')}@127.0.0.1:{mysql}/shop",
    }
    found: dict[str, dict[str, Any]] = {
        name: {"source_config": {"connection_string": f"{dsn}", "table": "orders"}}
        for name, dsn in dsns.items()
    }
    by_credentials = {
        "source_config": {
            "connection_string": f"postgresql+psycopg://shop@127.0.0.1:{postgres}/shop",
            "table": "orders",
        },
        "credentials": SecretStr(secret("password of a database, by credentials")),
    }
    return found | {"by_credentials": by_credentials, "environment": {"source_config": {"table": "orders"}}}


def file_sources(url: str) -> Mapping[str, dict[str, Any]]:
    """Files in a store and behind a signed address, by name."""
    signed = f"{url}/orders.csv?X-Amz-Signature={secret('signature of a presigned URL')}&X-Amz-Expires=60"
    return {
        "bucket": {"source_config": {"path": "s3://lake/orders", "format": "csv"}},
        "signed": {"source_config": {"path": signed, "format": "csv"}},
    }


def catalogs(url: str, postgres: int) -> Mapping[str, dict[str, Any]]:
    """Settings of catalogs, by name."""
    rest = {"type": "rest", "uri": url, "warehouse": "lake"}
    storage = {
        "s3.endpoint": url,
        "s3.access-key-id": "lakekey",
        "s3.secret-access-key": secret("secret key of a catalog's storage"),
        "s3.session-token": SecretStr(secret("session token of a catalog's storage")),
    }
    password = secret("password of a catalog's database")
    oauth = {
        "client_id": "root",
        "client_secret": secret("client secret of a catalog, in a group"),
        "token_url": url,
    }
    basic = {"username": "root", "password": secret("password of a catalog, in a group")}
    return {
        "credential": {**rest, "credential": f"root:{secret('credential of a catalog')}", **storage},
        "token": {**rest, "token": secret("bearer token of a catalog")},
        "header": {**rest, "header.Authorization": f"Bearer {secret('header of a catalog')}"},
        "oauth": {**rest, "auth": {"type": "oauth2", "oauth2": oauth}},
        "basic": {**rest, "auth": {"type": "basic", "basic": basic}},
        "database": {
            "type": "sql",
            "uri": f"postgresql+psycopg://root:{password}@127.0.0.1:{postgres}/lake",
            "warehouse": "s3://lake",
            **storage,
        },
        "environment": rest,
    }
