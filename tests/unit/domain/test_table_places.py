"""Where the tables of a catalog may lie."""

from __future__ import annotations

from os.path import normpath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.table_places import (
    EVERYWHERE,
    AllowedLocations,
    Kind,
    default_allowed,
    parse_allowed,
    parse_folder,
)

FIELD = "catalog_config.allowed_locations"
names = st.text(st.sampled_from("abc.~%?# -_é"), min_size=1, max_size=6).filter(
    lambda name: name not in {".", ".."}
)
folders = st.lists(names, min_size=1, max_size=4).map("/".join)
buckets = st.from_regex(r"[a-z][a-z0-9-]{1,8}", fullmatch=True)
LOCAL = ("file:///etc", "FILE:///etc", "file:/etc", "/etc", "file:////etc", "etc/x", "C:\\x", "C:/x", "")
ODD = (
    " file:///etc",
    "fi\nle:///etc",
    "\tfile:///etc",
    "file://localhost/etc",
    "file:etc",
    "http://host/x",
    "https://host/x",
    "memory://x/y",
    "hf://datasets/x/y",
    "github://x/y",
    "zip://x::file:///etc",
    "s3:///x",
    "s3:/x",
    "s3:x",
    "s3://user:pass@bucket/x",
    "s3://bucket/../x",
    "s3://bucket/x/./y",
    "s3://bucket/x\\..\\y",
    "s3://bucket/x?/../y",
    "s3://[x/y",
    "hdfs:///x",
    "hdfs://default/x",
    "viewfs:///x",
    "abfss:///x",
)


def allowed(*places: str) -> AllowedLocations:
    return parse_allowed(places, FIELD).unwrap()


class TestConfigured:
    @given(buckets, folders, folders)
    def test_what_lies_below_a_place_is_inside(self, bucket: str, folder: str, below: str) -> None:
        places = allowed(f"s3://{bucket}/{folder}/")
        assert places.refusal(f"s3://{bucket}/{folder}") is None
        assert places.refusal(f"s3a://{bucket}/{folder}/{below}") is None

    @given(buckets, folders, names)
    def test_what_only_begins_alike_is_not(self, bucket: str, folder: str, more: str) -> None:
        assert allowed(f"s3://{bucket}/{folder}").refusal(f"s3://{bucket}/{folder}{more}") is not None
        assert allowed(f"s3://{bucket}").refusal(f"s3://{bucket}x/{folder}") is not None

    @given(folders, st.lists(st.sampled_from(["..", ".", "a", "", "lake"]), max_size=6))
    def test_no_way_leads_out_of_a_folder(self, folder: str, steps: list[str]) -> None:
        place = f"/lake/{folder}/{'/'.join(steps)}"
        if allowed("file:///lake").refusal(f"file://{place}") is None:
            assert f"{normpath(place)}/".startswith("/lake/")

    @pytest.mark.parametrize("place", [*LOCAL, *ODD, "s3://other/lake", "gs://bucket/lake"])
    def test_another_storage_is_not_inside(self, place: str) -> None:
        assert allowed("s3://bucket/lake").refusal(place) is not None

    def test_the_same_storage_has_several_names(self) -> None:
        azure = allowed("abfss://box@acct.dfs.core.windows.net/lake")
        assert azure.refusal("wasbs://box@acct.blob.core.windows.net/lake/t") is None
        assert azure.refusal("abfss://box@acct.evil.example/lake/t") is not None
        assert azure.refusal("abfss://box@other.dfs.core.windows.net/lake/t") is not None

    def test_a_folder_of_this_machine_may_be_named(self) -> None:
        for place in ("file:///lake", "/lake", "file:/lake/"):
            assert allowed(place).refusal("file:///lake/t/data/x.parquet") is None
            assert allowed(place).refusal("/lake/t") is None
            assert allowed(place).refusal("/lakes/t") is not None

    @pytest.mark.parametrize("place", ["lake", "", "s3://", "file://host/x", "s3://bucket/../x"])
    def test_what_names_no_place_is_refused(self, place: str) -> None:
        refused = parse_allowed(["s3://bucket", place], FIELD)
        assert isinstance(refused, Failure)
        assert FIELD in refused.failure().next_step

    def test_no_place_at_all_is_refused(self) -> None:
        assert isinstance(parse_allowed([], FIELD).failure(), Invalid)


class TestByDefault:
    @pytest.mark.parametrize("kind", [Kind.REST, Kind.SERVICE])
    @pytest.mark.parametrize("place", [*LOCAL, *ODD])
    def test_a_remote_catalog_names_nothing_of_this_machine(self, kind: Kind, place: str) -> None:
        for told in ((), ("file:///etc",), ("/etc", "lake"), ("s3://bucket/x",)):
            assert default_allowed(kind, "lake" if kind is Kind.REST else "", told).refusal(place) is not None

    @given(buckets, folders)
    def test_without_a_place_of_its_own_any_object_store_will_do(self, bucket: str, folder: str) -> None:
        places = default_allowed(Kind.REST, "lake", ("lake", ""))
        for scheme in ("s3", "s3a", "gs", "abfss", "oss", "hdfs"):
            assert places.refusal(f"{scheme}://{bucket}/{folder}") is None

    @given(buckets, folders, folders)
    def test_a_rest_catalog_that_names_its_place_stays_in_that_bucket(
        self, bucket: str, base: str, folder: str
    ) -> None:
        for ours, told in (("lake", f"s3://{bucket}/{base}"), (f"s3a://{bucket}/{base}", "")):
            places = default_allowed(Kind.REST, ours, (told,))
            assert places.refusal(f"s3://{bucket}/{folder}") is None
            assert places.refusal(f"s3://{bucket}2/{folder}") is not None

    @pytest.mark.parametrize("kind", [Kind.REST, Kind.SERVICE])
    def test_our_own_warehouse_may_lie_on_this_machine(self, kind: Kind) -> None:
        places = default_allowed(kind, "file:///lake", ())
        assert places.refusal("file:///lake/t") is None
        assert places.refusal("file:///etc") is not None

    def test_the_name_of_a_rest_catalog_is_no_path(self) -> None:
        assert default_allowed(Kind.REST, "/etc", ()).refusal("/etc/x") is not None

    def test_other_services_have_databases_in_many_buckets(self) -> None:
        assert default_allowed(Kind.SERVICE, "s3://bucket/x").refusal("s3://another/x") is None

    def test_a_database_of_ours_may_name_this_machine_if_its_warehouse_does(self) -> None:
        assert EVERYWHERE == default_allowed(Kind.DATABASE, "file:///lake")
        assert EVERYWHERE == default_allowed(Kind.DATABASE, "")
        assert EVERYWHERE == default_allowed(Kind.DATABASE, "/home/../lake")
        assert EVERYWHERE == default_allowed(Kind.DATABASE, "C:/lake")
        assert default_allowed(Kind.DATABASE, "s3://bucket/../x").refusal("/etc") is not None
        assert EVERYWHERE.refusal("file:///etc") is None
        assert default_allowed(Kind.DATABASE, "s3://bucket/x").refusal("file:///etc") is not None
        assert default_allowed(Kind.DATABASE, "s3://bucket/x").refusal("s3://another/x") is None


@given(st.text() | st.builds("s3://{}/{}".format, st.text(), st.text()) | st.sampled_from((*LOCAL, *ODD)))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    read = parse_folder(text)
    assert isinstance(read, Success) or read.failure()
    assert AllowedLocations().refusal(text) is None or AllowedLocations().refusal(text)


@given(st.text(max_size=2000))
def test_what_is_shown_is_short_and_has_no_control_characters(text: str) -> None:
    assert len(quoted(text)) < 220
    assert quoted(text).isprintable()
