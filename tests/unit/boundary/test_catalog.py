"""The catalog's settings: what pyiceberg is given, and what dlt is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import dlt
import pytest
from dlt.common.destination import Destination
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pyiceberg.catalog import load_catalog

import floe_ingestion_dlt.destination
from floe_ingestion_dlt.adapters.iceberg.catalog import identity_of
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.boundary.catalog import catalog_properties, destination_config, embedded_catalog
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Category, Invalid
from floe_ingestion_dlt.domain.secret import Secret, revealed

HUSH = "hush-hush"
REST = {"uri": "http://polaris:8181/api/catalog", "warehouse": "lake"}
REGISTERED = floe_ingestion_dlt.destination.iceberg


class TestForPyiceberg:
    def test_a_catalog_is_a_rest_catalog_unless_told(self) -> None:
        assert REST | {"type": "rest"} == catalog_properties(REST)

    def test_a_type_that_is_told_is_kept(self) -> None:
        assert "sql" == catalog_properties(REST | {"type": "sql"})["type"]

    def test_without_settings_it_is_the_embedded_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert embedded_catalog(tmp_path / ".floe") == catalog_properties({})

    def test_the_embedded_catalog_is_below_its_folder(self) -> None:
        assert {
            "type": "sql",
            "uri": "sqlite:////lake/catalog.db",
            "warehouse": "file:///lake/warehouse",
        } == embedded_catalog(Path("/lake"))

    def test_secrets_are_wrapped(self) -> None:
        config = DltIngestionConfig(catalog_config=REST | {"credential": HUSH}).catalog_config
        properties = catalog_properties(config)
        assert Secret(HUSH) == properties["credential"]
        assert HUSH not in repr(properties)

    @pytest.mark.parametrize(
        ("given", "told"), [(True, "true"), (False, "false"), (7, "7"), (1.5, "1.5"), ("x", "x")]
    )
    def test_every_value_is_a_text_as_pyiceberg_writes_it(self, given: object, told: str) -> None:
        assert told == catalog_properties(REST | {"s3.anything": given})["s3.anything"]

    def test_a_group_of_settings_keeps_its_types_and_hides_its_secrets(self) -> None:
        oauth2 = {"client_id": "me", "client_secret": HUSH, "refresh_margin": 30}
        config = DltIngestionConfig(catalog_config=REST | {"auth": {"type": "oauth2", "oauth2": oauth2}})
        properties = catalog_properties(config.catalog_config)
        assert HUSH not in repr(properties)
        assert {"type": "oauth2", "oauth2": oauth2} == revealed(properties["auth"])

    def test_what_is_none_is_not_given(self) -> None:
        assert REST | {"type": "rest"} == catalog_properties(REST | {"token": None})


class TestAllowedLocations:
    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ("s3://lake/bronze", ["s3://lake/bronze"]),
            ("s3://lake, gs://other/x", ["s3://lake", "gs://other/x"]),
            (["s3://lake", "file:///lake"], ["s3://lake", "file:///lake"]),
            (("lake",), ["{here}/lake"]),
        ],
    )
    def test_one_place_or_several_are_given(self, given: object, read: list[str]) -> None:
        config = DltIngestionConfig(catalog_config=REST | {"allowed_locations": given}).catalog_config
        wanted = [place.format(here=Path.cwd()) for place in read]
        assert wanted == catalog_properties(config)["allowed_locations"]
        assert wanted == destination_config(config).unwrap()["allowed_locations"]

    @pytest.mark.parametrize(
        "given", [[], "", 7, [7], {"a": "b"}, ["s3://"], ["file://host/x"], ["s3://lake/../x"], ["$LAKE/x"]]
    )
    def test_what_is_no_place_is_refused_by_name(self, given: object) -> None:
        with pytest.raises(ValidationError, match=r"catalog_config\.allowed_locations"):
            DltIngestionConfig(catalog_config=REST | {"allowed_locations": given})


class TestForDlt:
    def test_the_keys_are_those_of_the_destination(self) -> None:
        assert {
            "destination": "iceberg",
            "catalog_uri": REST["uri"],
            "catalog_type": "rest",
            "warehouse": "lake",
        } == destination_config(REST).unwrap()

    def test_a_type_that_is_told_is_kept(self) -> None:
        assert "sql" == destination_config(REST | {"type": "sql"}).unwrap()["catalog_type"]

    @given(st.dictionaries(st.sampled_from(["s3.endpoint", "s3.region", "scope", "name"]), st.text()))
    def test_what_else_storage_needs_is_passed_on(self, others: dict[str, str]) -> None:
        assert others.items() <= destination_config(REST | others).unwrap().items()

    def test_secrets_are_given_as_dlt_takes_them(self) -> None:
        config = DltIngestionConfig(catalog_config=REST | {"s3.secret-access-key": HUSH}).catalog_config
        assert HUSH == destination_config(config).unwrap()["s3.secret-access-key"]

    def test_secrets_of_a_group_are_given_as_well(self) -> None:
        auth = {"type": "oauth2", "oauth2": {"client_id": "me", "client_secret": HUSH}}
        config = DltIngestionConfig(catalog_config=REST | {"auth": auth}).catalog_config
        assert auth == destination_config(config).unwrap()["auth"]

    def test_an_address_with_a_password_is_given_as_dlt_takes_it(self) -> None:
        uri = f"postgresql+psycopg2://ann:{HUSH}@db/catalog"
        config = DltIngestionConfig(catalog_config=REST | {"uri": uri}).catalog_config
        assert uri == destination_config(config).unwrap()["catalog_uri"]

    @pytest.mark.parametrize("key", ["uri", "warehouse"])
    @pytest.mark.parametrize("nothing", [None, ""])
    def test_an_address_that_is_missing_is_named(self, key: str, nothing: str | None) -> None:
        missing = destination_config(REST | {key: nothing}).failure()
        assert Invalid(f"catalog_config.{key}", "", f"the catalog's {key}") == missing


class TestThroughDlt:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        return {
            "type": "sql",
            "uri": f"sqlite:///{tmp_path}/catalog.db",
            "warehouse": (tmp_path / "warehouse").as_uri(),
        }

    def test_a_plain_pipeline_of_dlt_lands_rows_that_pyiceberg_reads(
        self, settings: dict[str, Any], tmp_path: Path
    ) -> None:
        pipeline = dlt.pipeline(
            "plain",
            destination=named(destination_config(settings).unwrap()),
            dataset_name="bronze",
            pipelines_dir=str(tmp_path / "pipelines"),
        )
        pipeline.run([{"id": 1}], table_name="t")
        rows = load_catalog("floe", **settings).load_table("bronze.t").scan().to_arrow()
        assert [1] == rows["id"].to_pylist()

    @pytest.mark.parametrize("word", ["credential", "token", "s3.secret-access-key", "name"])
    def test_what_the_catalog_asks_for_arrives_there(self, settings: dict[str, Any], word: str) -> None:
        made = named(destination_config(settings | {word: HUSH}).unwrap())
        configuration = made.configuration(made.spec(), accept_partial=True)
        assert HUSH == floe_ingestion_dlt.destination._properties(configuration)[word]

    def test_the_name_iceberg_is_ours(self) -> None:
        assert isinstance(named(destination_config(REST).unwrap()), REGISTERED)


def named(config: dict[str, Any]) -> Any:
    return Destination.from_reference(config.pop("destination"), **config)


class TestIdentity:
    CATALOG: ClassVar[dict[str, str]] = {
        "type": "rest",
        "uri": "https://u:p@polaris/api",
        "warehouse": "lake",
    }

    @pytest.mark.parametrize(
        "other", [{"uri": "https://polaris2/api"}, {"warehouse": "sea"}, {"type": "hive"}]
    )
    def test_another_catalog_or_warehouse_has_another(self, other: dict[str, str]) -> None:
        assert identity_of(self.CATALOG) != identity_of(self.CATALOG | other)

    def test_a_password_is_no_part_of_it(self) -> None:
        changed = self.CATALOG | {"uri": "https://v:q@polaris/api", "credential": "x:y"}
        assert identity_of(self.CATALOG) == identity_of(changed)

    def test_it_does_not_depend_on_how_the_address_is_hidden(self) -> None:
        hidden = self.CATALOG | {"uri": Secret(self.CATALOG["uri"])}
        assert identity_of(self.CATALOG) == identity_of(hidden)

    def test_a_file_is_told_by_its_whole_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        relative = {"type": "sql", "uri": "sqlite:///catalog.db"}
        here = identity_of(relative)
        monkeypatch.chdir(tmp_path)
        assert (
            here
            != identity_of(relative)
            == identity_of(relative | {"uri": f"sqlite:///{tmp_path}/catalog.db"})
        )


class TestOpening:
    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"type": "sqll"}, "sqll"),
            ({"uri": None}, "URI"),
            ({"warehouse": None}, "needs a warehouse"),
            ({"type": "rest", "uri": None}, "needs a uri"),
            ({"allowed_locations": "lake"}, "allowed_locations"),
            ({"allowed-locations": "s3://lake,s3://"}, "allowed_locations"),
        ],
    )
    def test_a_catalog_that_cannot_be_made_is_a_matter_of_configuration(
        self, tmp_path: Path, changed: dict[str, str | None], told: str
    ) -> None:
        settings = embedded_catalog(tmp_path) | changed
        given = {key: value for key, value in settings.items() if value is not None}
        fault = IcebergDestination.from_properties(given).reach(5).failure()
        assert Category.CONFIGURATION is fault.category
        assert told in fault.message
        assert "catalog_config" in fault.next_step
