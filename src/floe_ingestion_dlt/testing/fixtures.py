"""Fixtures of pytest for pipelines, without any service: `pytest_plugins = ["floe_ingestion_dlt.testing.fixtures"]` in the root conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeAlias, cast, final

import dlt
import pytest
from dlt.sources import DltSource
from floe_core.plugins.ingestion import IngestionConfig
from returns.result import Result

from floe_ingestion_dlt.adapters.memory import Answer, ManualClock, MemoryDestination
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import CommitFault
from floe_ingestion_dlt.domain.load import Absent, Load, Receipt
from floe_ingestion_dlt.plugin import DltIngestionPlugin
from floe_ingestion_dlt.ports.destination import Destination

Row: TypeAlias = Mapping[str, object]


@pytest.fixture(scope="session")
def dlt_config(tmp_path_factory: pytest.TempPathFactory) -> DltIngestionConfig:
    """A configuration without sources, for a SQLite catalog in a folder of the test session."""
    return _config_in(tmp_path_factory.mktemp("dlt"))


@pytest.fixture
def dlt_plugin(dlt_config: DltIngestionConfig, tmp_path: Path) -> Iterator[DltIngestionPlugin]:
    """A started plugin with that configuration, and with a catalog of its own for each test."""
    own = _config_in(tmp_path)
    places = {"catalog_config": own.catalog_config, "pipelines_dir": own.pipelines_dir}
    yield from _started(DltIngestionPlugin(), dlt_config.model_copy(update=places))


@pytest.fixture
def dlt_pipeline(tmp_path: Path) -> Callable[..., object]:
    """Makes a pipeline into a table, whose rows are given to `run(source=...)`: `dlt_pipeline(plugin, "bronze.orders", write_mode="merge")`."""

    def create(
        plugin: DltIngestionPlugin,
        table: str,
        source_config: Mapping[str, object] = MappingProxyType({}),
        **options: object,
    ) -> object:
        folder = tmp_path / "no-files"
        folder.mkdir(exist_ok=True)
        source = {"path": str(folder), "format": "csv"}
        own: Any = options | {"source_config": {**source, **source_config}}
        return plugin.create_pipeline(
            IngestionConfig(source_type="filesystem", destination_table=table, **own)
        )

    return create


@pytest.fixture
def mock_dlt_source() -> Callable[..., DltSource]:
    """Makes a source of rows that are given, a resource for each name: `mock_dlt_source(orders=[{"id": 1}])`."""

    def create(**rows: Iterable[Row]) -> DltSource:
        @dlt.source(name="mock")
        def mock() -> object:
            return [dlt.resource(list(each), name=name) for name, each in rows.items()]

        return mock()

    return create


@pytest.fixture
def plugin_on_answers(tmp_path: Path) -> Iterator[Callable[..., DltIngestionPlugin]]:
    """Makes a plugin with a catalog in memory that answers commits of your tables as it is told to, and lands all others: `plugin_on_answers(Answer.REFUSE)`.

    Commits of dlt's own tables are not answered so. No time passes between the retries of the plugin.
    """
    made: list[DltIngestionPlugin] = []

    def create(*answers: Answer) -> DltIngestionPlugin:
        plugin = DltIngestionPlugin(destination=cast("Destination", _Answering(answers)), clock=ManualClock())
        plugin.configure(_config_in(tmp_path))
        plugin.startup()
        made.append(plugin)
        return plugin

    yield create
    for plugin in made:
        plugin.shutdown()


@final
class _Answering:
    """A destination in memory whose catalog answers commits of the user's tables as it is told to."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._left, self._is_yours = list(answers), False
        self._memory = MemoryDestination(self._script())

    def __getattr__(self, name: str) -> object:
        return getattr(self._memory, name)

    def remembering(self) -> Self:
        return self

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        self._is_yours = any(not write.table.name.startswith("_dlt_") for write in load.writes)
        return self._memory.commit(load, base)

    def _script(self) -> Iterator[Answer]:
        while True:
            yield self._left.pop(0) if self._left and self._is_yours else Answer.LAND


def _started(plugin: DltIngestionPlugin, config: DltIngestionConfig) -> Iterator[DltIngestionPlugin]:
    plugin.configure(config)
    plugin.startup()
    yield plugin
    plugin.shutdown()


def _config_in(folder: Path) -> DltIngestionConfig:
    catalog = {
        "type": "sql",
        "uri": f"sqlite:///{folder}/catalog.db",
        "warehouse": (folder / "warehouse").as_uri(),
    }
    return DltIngestionConfig(
        catalog_config=catalog, pipelines_dir=str(folder / "pipelines"), progress="off", sources=[]
    )
