"""Properties of catalogs that pyiceberg reads, by their effect; the rule for catalogs' answers uses these lists."""

from __future__ import annotations

import re
from typing import Final

URI: Final = "uri"
FILE_IO: Final = "py-io-impl"

TEXT: Final = r"[^\x00-\x1f\x7f]+"
_WORD: Final = r"[\w-]{1,64}"
_FLAG: Final = r"(?i:true|false)"
_NUMBER: Final = r"\d{1,18}"
_URL: Final = r"https?://[\w.\-\[\]:]+(?:/[^\s\\]*)?"
# fsspec reads a token as the name of a file or of a login method, if one of that name exists.
_OPAQUE: Final = r"(?![./~])(?!.*\.json$)[^\s\\]{20,}"

# Properties of the catalog that /v1/config may set, and their valid values.
CATALOG: Final = {
    "default-base-location": TEXT,
    "namespace-separator": r"[^\r\n]{1,16}",  # the usual one is a control character
    "prefix": TEXT,
    "rest-page-size": r"[1-9]\d{0,6}",
    "view-endpoints-supported": _FLAG,
    "warehouse": TEXT,
}
# Properties of the storage that /v1/config and a table's config may set.
STORAGE: Final = {
    # pyiceberg's own two, between which a catalog may choose
    FILE_IO: r"pyiceberg\.io\.(?:pyarrow\.PyArrow|fsspec\.Fsspec)FileIO",
    "adls.account-host": TEXT,
    "adls.account-key": TEXT,
    "adls.account-name": _WORD,
    "adls.anon": _FLAG,
    "adls.blob-storage-authority": TEXT,
    "adls.dfs-storage-authority": TEXT,
    "adls.sas-token": TEXT,
    "adls.token": TEXT,
    "client.access-key-id": TEXT,
    "client.region": _WORD,
    "client.secret-access-key": TEXT,
    "client.session-token": TEXT,
    "gcs.default-bucket-location": _WORD,
    "gcs.oauth2.token": _OPAQUE,
    "gcs.oauth2.token-expires-at": _NUMBER,
    "gcs.project-id": r"[\w.:-]{1,128}",
    "gcs.requester-pays": _FLAG,
    "gcs.service.host": _URL,
    "gcs.version-aware": _FLAG,
    "s3.access-key-id": TEXT,
    "s3.anonymous": _FLAG,
    "s3.endpoint": _URL,
    "s3.force-virtual-addressing": _FLAG,
    "s3.path-style-access": _FLAG,
    "s3.region": _WORD,
    "s3.remote-signing-enabled": _FLAG,
    "s3.resolve-region": _FLAG,
    "s3.secret-access-key": TEXT,
    "s3.server-side-encryption": r"[\w:-]{1,64}",
    "s3.session-token": TEXT,
    "s3.session-token-expires-at-ms": _NUMBER,
    "s3.signer": "S3V4RestSigner",
    "s3.signer.endpoint": TEXT,
    "s3.sse-kms-key-id": TEXT,
}
# Properties that end with the name of an account.
OF_ACCOUNTS: Final = re.compile(r"adls\.(?:sas-token|sas-token-expires-at-ms)\.[\w-]{1,64}(?:\.[\w-]+)*")
# The configured credentials for the catalog are sent to these addresses.
SAME_ORIGIN: Final = frozenset({URI, "s3.signer.uri"})

# These storage hosts receive the credential itself, not a signature made with it.
BEARERS: Final = frozenset(
    {"adls.account-host", "adls.blob-storage-authority", "adls.dfs-storage-authority", "gcs.service.host"}
)
HOSTS: Final = BEARERS | {"s3.endpoint"}
# No answer changes these properties if they are configured.
OF_CONFIGURATION: Final = HOSTS | {
    FILE_IO,
    "adls.account-name",
    "s3.signer",
    "s3.signer.endpoint",
    "s3.signer.uri",
}
CREDENTIALS: Final = frozenset(
    {
        "adls.account-key",
        "adls.client-secret",
        "adls.connection-string",
        "adls.credential",
        "adls.sas-token",
        "adls.token",
        "gcs.oauth2.token",
        "gcs.session-kwargs",
    }
)

# pyiceberg imports the classes that these properties name.
CODE: Final = frozenset(
    {"py-catalog-impl", FILE_IO, "s3.retry-strategy-impl", "write.py-location-provider.impl"}
)
# Names of Java classes, which are for other programs and cannot be loaded here.
JAVA: Final = re.compile(r"(?:com|io|net|org|software)(?:\.\w+)+\.[A-Z][\w$]*")

# Words in the names of properties that set the login or trusted certificates.
AUTH: Final = frozenset({"auth", "authorization", "oauth", "oauth2", "ssl", "tls"})
TRUST: Final = frozenset({"cabundle", "cert", "certificate", "keystore", "truststore"})
TOKEN_SERVERS: Final = frozenset({"oauth", "oauth2", "sign", "signer", "token"})
ADDRESSES: Final = frozenset({"endpoint", "host", "uri", "url"})
LOGIN: Final = frozenset(
    {
        "adls.client-secret",
        "adls.connection-string",
        "adls.credential",
        "audience",
        "client.profile-name",
        "client.role-arn",
        "credential",
        "gcs.session-kwargs",
        "glue.profile-name",
        "hf.endpoint",
        "password",
        "resource",
        "s3.profile-name",
        "s3.role-arn",
        "scope",
        "username",
    }
)
