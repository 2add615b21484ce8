"""What a catalog answers never names code, never moves where credentials go, and never moves what is deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.schema import Schema
from returns.result import Success

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import AnswerRefusedError
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.domain.faults import Category
from tests.catalogs import sqlite_catalog
from tests.misbehaving.catalog_answers import CODE, EVIL, HONEST, MOVES
from tests.misbehaving.hostile_catalog import NO_COLUMN, TABLE, HostileCatalog, refusal
from tests.misbehaving.server import MisbehavingServer, Status


@pytest.fixture
def elsewhere() -> Iterator[MisbehavingServer]:
    with MisbehavingServer(Status(404)) as server:
        yield server


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once the code of the catalog's choice has been imported."""
    ran = tmp_path / "ran"
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "evil_code.py").write_text(f"open({str(ran)!r}, 'w').close()\nThing = dict")
    monkeypatch.syspath_prepend(tmp_path / "code")
    return ran


def filled(properties: dict[str, object], **parts: str) -> dict[str, object]:
    text = json.dumps(properties)
    for name, value in parts.items():
        text = text.replace(f"{{{name}}}", value)
    told: dict[str, object] = json.loads(text)
    return told


@pytest.mark.parametrize(("where", "properties"), CODE, ids=str)
def test_code_that_an_answer_names_is_not_imported(
    hostile: HostileCatalog, mark: Path, where: str, properties: dict[str, object]
) -> None:
    hostile.say(where, properties)
    fault = refusal(hostile)
    assert f"sets '{next(iter(properties))}' to " in fault.message
    assert "set '" in fault.next_step
    assert not mark.exists()


@pytest.mark.parametrize(("where", "properties"), MOVES, ids=str)
def test_credentials_do_not_go_where_an_answer_points(
    hostile: HostileCatalog, elsewhere: MisbehavingServer, where: str, properties: dict[str, object]
) -> None:
    host = elsewhere.url.removeprefix("http://")
    hostile.say(where, filled(properties, elsewhere=elsewhere.url, host=host))
    fault = refusal(hostile)
    assert any(f"sets '{name}' to " in fault.message for name in properties)
    assert [] == elsewhere.requests


def test_all_snapshots_are_asked_for_whatever_is_configured(hostile: HostileCatalog) -> None:
    settings = hostile.properties | {"snapshot-loading-mode": "refs"}
    catalog = IcebergDestination.from_properties(settings).catalog
    assert "snapshot-loading-mode" not in catalog.properties
    assert catalog.properties["uri"] == settings["uri"]


@pytest.mark.parametrize("where", ["config", "storage-credentials", "table properties"])
def test_a_table_that_is_about_to_be_created_names_no_code(
    hostile: HostileCatalog, mark: Path, where: str
) -> None:
    hostile.say(where, {"py-io-impl": EVIL})
    catalog = IcebergDestination.from_properties(hostile.properties).catalog
    for create in (catalog.create_table, catalog.create_table_transaction):
        with pytest.raises(AnswerRefusedError, match="sets 'py-io-impl' to"):
            create(f"bronze.{create.__name__}", Schema())
    assert not mark.exists()


@pytest.mark.parametrize(("where", "properties"), HONEST, ids=str)
def test_what_honest_catalogs_say_is_no_error(
    hostile: HostileCatalog, where: str, properties: dict[str, object]
) -> None:
    hostile.say(where, filled(properties, catalog=hostile.uri))
    destination = IcebergDestination.from_properties(hostile.properties)
    assert isinstance(destination.describe(TABLE), Success)
    assert isinstance(destination.scan(TABLE), Success)


def test_both_hosts_are_named_where_an_answer_moves_the_catalog(hostile: HostileCatalog) -> None:
    hostile.say("overrides", {"uri": "https://elsewhere.example/api"})
    fault = refusal(hostile)
    assert "'https://elsewhere.example/api'" in fault.message
    assert hostile.uri in fault.message


def test_what_an_answer_says_is_escaped_cut_and_without_secrets(hostile: HostileCatalog) -> None:
    hostile.say("overrides", {"py-io-impl": "\x1b[2J" + "x" * 5000, "a": 1})
    assert "\x1b" not in refusal(hostile).message
    assert len(refusal(hostile).message) < 600
    hostile.of_config.clear()
    hostile.say("overrides", {"credential": "theirs:hush-hush"})
    assert "hush-hush" not in refusal(hostile).message


def test_ours_holds_whatever_an_answer_says(hostile: HostileCatalog, mark: Path) -> None:
    io = "pyiceberg.io.pyarrow.PyArrowFileIO"
    ours = {"py-io-impl": io, "oauth2-server-uri": "http://ours/token", "s3.signer.uri": "http://ours"}
    hostile.say("overrides", dict.fromkeys(ours, EVIL))
    hostile.say("config", dict.fromkeys(ours, EVIL))
    catalog = IcebergDestination.from_properties(hostile.properties | ours).catalog
    opened = catalog.load_table("bronze.orders").io.properties
    assert ours == {name: opened[name] for name in ours}
    assert not mark.exists()


def test_a_location_provider_of_our_own_configuration_is_used(hostile: HostileCatalog, mark: Path) -> None:
    theirs = {"write.py-location-provider.impl": EVIL}
    hostile.say("table properties", theirs)
    assert "to the same value" in refusal(hostile).next_step
    destination = IcebergDestination.from_properties(hostile.properties | theirs)
    assert isinstance(destination.describe(TABLE), Success)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["py-io-impl", "s3.retry-strategy-impl", "write.py-location-provider.impl"])
def test_code_that_a_table_of_a_database_names_is_not_imported(tmp_path: Path, mark: Path, name: str) -> None:
    destination = IcebergDestination.from_properties(sqlite_catalog(tmp_path))
    destination.evolve(TABLE, NO_COLUMN).unwrap()
    file = Path(destination.catalog.load_table("bronze.orders").metadata_location.removeprefix("file://"))
    metadata = json.loads(file.read_text())
    metadata["properties"][name] = EVIL
    file.write_text(json.dumps(metadata))
    assert f"sets '{name}' to" in destination.describe(TABLE).failure().message
    assert not mark.exists()


def test_a_redirect_to_another_server_is_not_followed(elsewhere: MisbehavingServer) -> None:
    moved = Status(307, headers={"Location": f"{elsewhere.url}/api"})
    with MisbehavingServer(moved) as server:
        ours = {"type": "rest", "uri": server.url, "credential": "id:secret", "header.X-Key": "KEY"}
        answer = IcebergDestination.from_properties(ours).has_namespace(("bronze",))
        assert f"{server.url} redirects to '{elsewhere.url}/api'" in answer.failure().message
        assert Category.CONFIGURATION is answer.failure().category
    assert [] == elsewhere.requests


def test_a_redirect_within_the_same_server_is_followed() -> None:
    config = Status(200, b'{"defaults": {}, "overrides": {}}')
    moved = Status(307, headers={"Location": "/another/v1/config"})
    with MisbehavingServer(moved, good=config, good_after=1) as server:
        destination = IcebergDestination.from_properties({"type": "rest", "uri": server.url, "token": "T"})
        assert isinstance(destination.commits_together(), Success)
        assert ["/v1/config", "/another/v1/config"] == server.requests


@pytest.mark.parametrize("kind", [{"type": "REST"}, {"type": None}, {}])
def test_a_rest_catalog_is_guarded_however_its_type_is_written(
    hostile: HostileCatalog, mark: Path, kind: dict[str, Any]
) -> None:
    hostile.say("overrides", {"py-io-impl": EVIL})
    ours = {name: value for name, value in hostile.properties.items() if name != "type"} | kind
    answer = IcebergDestination.from_properties(ours).describe(TABLE)
    assert "sets 'py-io-impl' to" in answer.failure().message
    assert not mark.exists()
