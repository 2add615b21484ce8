from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import (
    FileFormat,
    Filesystem,
    RestApi,
    Source,
    SourceType,
    SqlDatabase,
)
from tests.unit.domain.strategies import sources

PASSWORD = Secret("hunter2")


class TestSourceType:
    @given(st.sampled_from(SourceType))
    def test_is_read_by_its_name(self, kind: SourceType) -> None:
        assert Success(kind) == SourceType.parse(kind.value)

    @given(st.text().filter(lambda text: text not in {kind.value for kind in SourceType}))
    def test_that_is_unknown_is_refused(self, text: str) -> None:
        fault = SourceType.parse(text).failure()
        assert ("source_type", text) == (fault.field, fault.given)
        assert all(kind.value in fault.wanted for kind in SourceType)


class TestSource:
    @given(sources)
    def test_has_resources_of_different_names(self, source: Source) -> None:
        assert 0 < len(source.resources) == len(set(source.resources))

    @pytest.mark.parametrize(
        ("source", "kind"),
        [
            (RestApi({}, ("a",)), SourceType.REST_API),
            (SqlDatabase(None), SourceType.SQL_DATABASE),
            (Filesystem("data", FileFormat.CSV, "*"), SourceType.FILESYSTEM),
        ],
    )
    def test_knows_its_type(self, source: Source, kind: SourceType) -> None:
        assert kind is source.type

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            (RestApi({}, ("a", "b")), ("a", "b")),
            (SqlDatabase(None, ("t", "u")), ("t", "u")),
            (SqlDatabase(None, query="select 1"), ("query",)),
            (Filesystem("data", FileFormat.CSV, "*"), ("files",)),
        ],
    )
    def test_names_what_can_be_loaded(self, source: Source, expected: tuple[str, ...]) -> None:
        assert expected == source.resources

    @pytest.mark.parametrize(
        "source",
        [
            RestApi({"client": {"auth": {"token": PASSWORD.reveal()}}}, ("a",), PASSWORD),
            SqlDatabase(PASSWORD),
            Filesystem("data", FileFormat.CSV, "*", credentials=PASSWORD),
        ],
    )
    def test_shows_no_secret(self, source: Source) -> None:
        assert PASSWORD.reveal() not in f"{source} {source!r}"
