"""Credentials of a bucket that cannot be read are named, and never shown."""

from __future__ import annotations

import pytest

from floe_ingestion_dlt.adapters.sources.filesystem.files import open_filesystem
from floe_ingestion_dlt.adapters.sources.filesystem.public_buckets import public_access
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.ports.source import SourceError


@pytest.mark.parametrize("text", ["zqHush", '"zqHush"', '["zqHush"]', '{"a": zqHush}', "4711", "null"])
@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_credentials_that_are_no_json_object_are_named_and_not_shown(text: str, scheme: str) -> None:
    source = Filesystem(f"{scheme}://bucket/x", FileFormat.CSV, credentials=Secret(text))
    with pytest.raises(SourceError) as caught:
        open_filesystem(source)
    fault = caught.value.fault
    assert isinstance(fault, Invalid)
    assert "credentials" == fault.field
    assert "a mapping beside source_config" in fault.next_step
    assert "zqHush" not in f"{fault}"
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


@pytest.mark.parametrize(
    ("url", "credentials", "expected"),
    [
        ("s3://open/x", {}, {"anon": True, "endpoint_url": None, "client_kwargs": {}}),
        (
            "s3://open/x",
            {"endpoint_url": "http://store", "region_name": "eu-west-1"},
            {"anon": True, "endpoint_url": "http://store", "client_kwargs": {"region_name": "eu-west-1"}},
        ),
        ("gs://open/x", {}, {"token": "anon"}),
        ("az://open/x", {"azure_storage_account_name": "a"}, {"anon": True, "account_name": "a"}),
    ],
)
def test_requests_to_a_public_bucket_are_not_signed(
    url: str, credentials: dict[str, object], expected: dict[str, object]
) -> None:
    scheme = url.partition(":")[0]
    assert expected == public_access(scheme, {"anonymous": True, **credentials}).unwrap()


@pytest.mark.parametrize(
    ("scheme", "credentials", "said"),
    [
        ("s3", {"anonymous": "yes"}, "Set credentials.anonymous to true, or leave it out"),
        ("s3", {"anonymous": True, "aws_secret_access_key": "zqHush"}, "needs no aws_secret_access_key"),
        ("az", {"anonymous": True}, "credentials.azure_storage_account_name"),
        ("sftp", {"anonymous": True}, "sftp:// has no such access"),
    ],
)
def test_what_a_public_bucket_cannot_have_is_refused(
    scheme: str, credentials: dict[str, object], said: str
) -> None:
    fault = public_access(scheme, credentials).failure()
    assert said in f"{fault.message}. {fault.next_step}"
    assert "zqHush" not in str(fault)
