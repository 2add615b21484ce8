from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from floe_ingestion_dlt.adapters.sources.filesystem.kind import FILESYSTEM
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.adapters.sources.kinds import AnyKind
from floe_ingestion_dlt.adapters.sources.registry import KINDS, kind_of, source_types
from floe_ingestion_dlt.adapters.sources.rest_api.kind import REST_API
from floe_ingestion_dlt.adapters.sources.rest_api.settings import RestApi
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import SourceSettings
from tests.unit.domain.strategies import sources

PASSWORD = Secret("hunter2")


class TestSourceKind:
    @given(st.sampled_from(KINDS))
    def test_is_read_by_its_name(self, kind: AnyKind) -> None:
        assert Success(kind) == kind_of(kind.name)

    @given(st.text().filter(lambda text: text not in {kind.name for kind in KINDS}))
    def test_that_is_unknown_is_refused(self, text: str) -> None:
        fault = kind_of(text).failure()
        assert ("source_type", text) == (fault.field, fault.given)
        assert any(name in fault.wanted for name in source_types())


class TestSource:
    @given(sources)
    def test_has_resources_of_different_names(self, source: SourceSettings) -> None:
        assert 0 < len(source.resources) == len(set(source.resources))

    @pytest.mark.parametrize(
        ("source", "kind"),
        [
            (RestApi({}, ("a",)), REST_API),
            (SqlDatabase(None), SQL_DATABASE),
            (Filesystem("data", FileFormat.CSV, "*"), FILESYSTEM),
        ],
    )
    def test_knows_its_type(self, source: SourceSettings, kind: AnyKind) -> None:
        assert kind.name == source.type

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            (RestApi({}, ("a", "b")), ("a", "b")),
            (SqlDatabase(None, ("t", "u")), ("t", "u")),
            (SqlDatabase(None, query="select 1"), ("query",)),
            (Filesystem("data", FileFormat.CSV, "*"), ("files",)),
        ],
    )
    def test_names_what_can_be_loaded(self, source: SourceSettings, expected: tuple[str, ...]) -> None:
        assert expected == source.resources

    @pytest.mark.parametrize(
        "source",
        [
            RestApi({"client": {"auth": {"token": PASSWORD.reveal()}}}, ("a",), PASSWORD),
            SqlDatabase(PASSWORD),
            Filesystem("data", FileFormat.CSV, "*", credentials=PASSWORD),
        ],
    )
    def test_shows_no_secret(self, source: SourceSettings) -> None:
        assert PASSWORD.reveal() not in f"{source} {source!r}"
