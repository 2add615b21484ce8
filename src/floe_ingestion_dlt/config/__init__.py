"""The plugin's configuration. It is validated once, here; an unknown option is an error."""

from floe_ingestion_dlt.config.retries import RetryConfig
from floe_ingestion_dlt.config.settings import DltIngestionConfig, model_of, settings_of
from floe_ingestion_dlt.config.sources import IngestionSourceConfig

__all__ = ["DltIngestionConfig", "IngestionSourceConfig", "RetryConfig", "model_of", "settings_of"]
