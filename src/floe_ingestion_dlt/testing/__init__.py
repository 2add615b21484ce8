"""For tests: the laws that every destination and every source must keep, and the labs in which they are tested."""

# ruff: noqa: E402 - see below
import pkgutil

import pytest

# Failures of laws show the values that they compare, if pytest knows of the modules before they are imported.
pytest.register_assert_rewrite(*(module.name for module in pkgutil.iter_modules(__path__, f"{__name__}.")))

from floe_ingestion_dlt.testing.destination_laws import DestinationLaws
from floe_ingestion_dlt.testing.flag_laws import FlagLaws
from floe_ingestion_dlt.testing.growth_laws import GrowthLaws
from floe_ingestion_dlt.testing.housekeeping_laws import HousekeepingLaws
from floe_ingestion_dlt.testing.lab import CatalogLab, IcebergLab, Lab, MemoryLab, TableByTable
from floe_ingestion_dlt.testing.laws import CommitLaws, SchemaLaws
from floe_ingestion_dlt.testing.merge_laws import MergeLaws, NestedMergeLaws
from floe_ingestion_dlt.testing.missing_laws import MissingLaws
from floe_ingestion_dlt.testing.port_laws import PortLaws
from floe_ingestion_dlt.testing.refresh_laws import RefreshLaws
from floe_ingestion_dlt.testing.reset_laws import ResetLaws
from floe_ingestion_dlt.testing.scd2_laws import Scd2Laws
from floe_ingestion_dlt.testing.source_laws import SourceLab, SourceLaws
from floe_ingestion_dlt.testing.state_laws import StateLaws
from floe_ingestion_dlt.testing.stream_laws import StreamLaws

__all__ = [
    "CatalogLab",
    "CommitLaws",
    "DestinationLaws",
    "FlagLaws",
    "GrowthLaws",
    "HousekeepingLaws",
    "IcebergLab",
    "Lab",
    "MemoryLab",
    "MergeLaws",
    "MissingLaws",
    "NestedMergeLaws",
    "PortLaws",
    "RefreshLaws",
    "ResetLaws",
    "Scd2Laws",
    "SchemaLaws",
    "SourceLab",
    "SourceLaws",
    "StateLaws",
    "StreamLaws",
    "TableByTable",
]
