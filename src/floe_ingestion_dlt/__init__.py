"""Load REST APIs, SQL databases and files into Apache Iceberg with dlt; each load is committed completely and once, or not at all."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig, RetryConfig
    from floe_ingestion_dlt.domain.load_report import LoadReport
    from floe_ingestion_dlt.domain.load_state import LoadState
    from floe_ingestion_dlt.domain.resets import ResetReport, ToCursor, ToSnapshot
    from floe_ingestion_dlt.domain.windows import Window
    from floe_ingestion_dlt.errors import (
        DestinationWriteError,
        ErrorCategory,
        IngestionError,
        PipelineConfigurationError,
        SchemaContractViolation,
        SourceConnectionError,
    )
    from floe_ingestion_dlt.plugin import DltIngestionPlugin
    from floe_ingestion_dlt.retry import categorize_error

__all__ = [
    "DestinationWriteError",
    "DltIngestionConfig",
    "DltIngestionPlugin",
    "ErrorCategory",
    "IngestionError",
    "IngestionSourceConfig",
    "LoadReport",
    "LoadState",
    "PipelineConfigurationError",
    "ResetReport",
    "RetryConfig",
    "SchemaContractViolation",
    "SourceConnectionError",
    "ToCursor",
    "ToSnapshot",
    "Window",
    "categorize_error",
]

# Each is imported when it is first used: importing dlt and pyiceberg takes seconds, and configuring needs neither.
_MODULES: Final[Mapping[str, str]] = {
    "DltIngestionConfig": "config",
    "DltIngestionPlugin": "plugin",
    "IngestionSourceConfig": "config",
    "LoadReport": "domain.load_report",
    "LoadState": "domain.load_state",
    "ResetReport": "domain.resets",
    "ToCursor": "domain.resets",
    "ToSnapshot": "domain.resets",
    "RetryConfig": "config",
    "Window": "domain.windows",
    "categorize_error": "retry",
}


_SUBMODULES: Final = ("config", "destination", "errors", "plugin", "retry", "sources", "testing")


def __getattr__(name: str) -> object:
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_SUBMODULES})
