"""What catalogs answer: hostile ones, and honest ones. `{elsewhere}` is another server, `{host}` its host."""

from __future__ import annotations

EVIL = "evil_code.Thing"
CUSTOM = {"type": "custom", "impl": EVIL, "custom": {}}
CODE: tuple[tuple[str, dict[str, object]], ...] = (
    ("defaults", {"py-io-impl": EVIL}),
    ("overrides", {"py-io-impl": EVIL}),
    ("overrides", {"py-catalog-impl": EVIL}),
    ("overrides", {"auth": CUSTOM}),
    ("defaults", {"auth": CUSTOM}),
    ("overrides", {"auth.impl": EVIL}),
    ("overrides", {"rest.auth.type": EVIL}),
    ("overrides", {"s3.retry-strategy-impl": EVIL}),
    ("overrides", {"metrics-reporter-impl": EVIL}),
    ("overrides", {"write.py-location-provider.impl": EVIL}),
    ("config", {"py-io-impl": EVIL}),
    ("config", {"s3.retry-strategy-impl": EVIL}),
    ("config", {"auth.manager": EVIL}),
    ("storage-credentials", {"py-io-impl": EVIL}),
    ("storage-credentials", {"s3.retry-strategy-impl": EVIL}),
    ("table properties", {"py-io-impl": EVIL}),
    ("table properties", {"s3.retry-strategy-impl": EVIL}),
    ("table properties", {"write.py-location-provider.impl": EVIL}),
    ("table properties", {"write.py-manifest-writer.impl": EVIL}),
)
MOVES: tuple[tuple[str, dict[str, object]], ...] = (
    ("defaults", {"oauth2-server-uri": "{elsewhere}/token"}),
    ("overrides", {"uri": "{elsewhere}"}),
    ("overrides", {"uri": "http://127.0.0.1:1@{host}"}),
    ("overrides", {"uri": "http://{host}\\@127.0.0.1:1"}),
    ("overrides", {"s3.signer.uri": "{elsewhere}"}),
    ("overrides", {"rest.signer.uri": "{elsewhere}"}),
    ("overrides", {"s3.proxy-uri": "{elsewhere}"}),
    ("overrides", {"rest.client.proxy.hostname": "{host}"}),
    ("overrides", {"ssl": {"cabundle": "/tmp/theirs.pem"}}),  # noqa: S108 - never opened
    ("overrides", {"ssl.client.cert": "/tmp/theirs.pem"}),  # noqa: S108 - never opened
    ("overrides", {"credential": "them:theirs"}),
    ("overrides", {"scope": "everything"}),
    ("overrides", {"audience": "another"}),
    ("overrides", {"s3.profile-name": "admin"}),
    ("overrides", {"s3.role-arn": "arn:aws:iam::1:role/theirs"}),
    ("config", {"uri": "{elsewhere}"}),
    ("config", {"s3.signer": "S3V4RestSigner", "s3.signer.uri": "{elsewhere}"}),
    ("config", {"s3.proxy-uri": "{elsewhere}"}),
    ("config", {"gcs.service.host": "{elsewhere}"}),
    ("config", {"adls.account-host": "{host}"}),
    ("config", {"adls.dfs-storage-authority": "{host}"}),
    ("config", {"adls.connection-string": "BlobEndpoint={elsewhere}"}),
    ("config", {"adls.account-name": "{host}/x"}),
    ("config", {"client.region": "x.{host}/"}),
    ("config", {"hf.endpoint": "{elsewhere}"}),
    ("storage-credentials", {"s3.signer.uri": "{elsewhere}"}),
)
# What Polaris, Nessie, Lakekeeper, Glue, Unity and Snowflake say, or may say.
HONEST: tuple[tuple[str, dict[str, object]], ...] = (
    ("defaults", {"default-base-location": "s3://lake/polaris", "polaris.config.x": "y"}),
    ("overrides", {"uri": "{catalog}"}),
    ("overrides", {"uri": "{catalog}/", "nessie.core-base-uri": "https://nessie.example/api/"}),
    ("defaults", {"warehouse": "lake", "rest-page-size": "200", "nessie.is-nessie-catalog": "true"}),
    ("defaults", {"namespace-separator": "%1F", "view-endpoints-supported": "true"}),
    ("defaults", {"namespace-separator": "\x1f"}),
    ("defaults", {"io-impl": "org.apache.iceberg.aws.s3.S3FileIO", "client.region": "eu-north-1"}),
    ("defaults", {"rest.sigv4-enabled": "true", "rest.signing-name": "glue"}),
    ("defaults", {"rest-metrics-reporting-enabled": False, "snapshot-loading-mode": "refs"}),
    ("defaults", {"header.X-Iceberg-Access-Delegation": "vended-credentials", "header.Host": "x"}),
    ("defaults", {"oauth2-server-uri": "{catalog}/v1/oauth/tokens", "token-refresh-enabled": "true"}),
    ("defaults", {"prefix": None, "scan-planning-mode": "server"}),
    ("config", {"token": "one for this table", "expiration-time": 1790000000000}),
    ("config", {"py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"}),
    ("config", {"s3.signer": "S3V4RestSigner", "s3.signer.uri": "{catalog}", "s3.signer.endpoint": "v1/s"}),
    ("config", {"client.refresh-credentials-endpoint": "v1/x/namespaces/b/tables/t/credentials"}),
    ("config", {"s3.endpoint": "http://minio:9000", "s3.path-style-access": "true", "s3.region": "local-01"}),
    ("config", {"s3.access-key-id": "A", "s3.secret-access-key": "B", "s3.session-token": "C+/="}),
    (
        "config",
        {"gcs.oauth2.token": "ya29.a0AfH6SM-x_y.z0123", "gcs.oauth2.token-expires-at": "1790000000000"},
    ),
    ("config", {"adls.sas-token.acct.dfs.core.windows.net": "sv=2022&sig=x%2B", "adls.account-name": "acct"}),
    ("table properties", {"write.location-provider.impl": "com.example.Places", "buffer-size": "9" * 15}),
    ("table properties", {"s3.endpoint": "http://another", "uri": "http://another", "owner": "ann"}),
)
