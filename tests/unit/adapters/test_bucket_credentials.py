"""Credentials of a bucket that cannot be read are named, and never shown."""

from __future__ import annotations

import pytest

from floe_ingestion_dlt.adapters.sources.filesystem.files import open_filesystem
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
    assert "JSON object" in fault.next_step
    assert "zqHush" not in f"{fault}"
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)
