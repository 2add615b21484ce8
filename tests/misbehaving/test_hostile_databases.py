"""Databases that keep their client waiting, in every way and at every moment."""

from __future__ import annotations

import time

import pytest

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPools
from floe_ingestion_dlt.adapters.sources.sql_database.reading import read_rows
from floe_ingestion_dlt.adapters.sources.sql_database.session import GRACE_SECONDS, Session
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.ports.source import SourceError
from tests.misbehaving.databases import (
    DRIPPING,
    SILENCE,
    MisbehavingMySql,
    MisbehavingPostgres,
)

DEADLINE = 1.0


@pytest.mark.parametrize("kind", [MisbehavingPostgres, MisbehavingMySql])
@pytest.mark.parametrize("code", [SILENCE, DRIPPING])
@pytest.mark.parametrize("connects", [False, True])
def test_a_database_that_keeps_us_waiting_is_left_at_the_deadline(
    kind: type[MisbehavingPostgres | MisbehavingMySql], code: str, *, connects: bool
) -> None:
    with kind(code, connects=connects) as database:
        url = database.url.replace("connect_timeout=2", "")
        source, pools = SqlDatabase(Secret(url), ("orders",)), ConnectionPools()
        began = time.monotonic()
        session = Session("orders", source.limits, DEADLINE)
        rows = read_rows(source, Wanted(), Expected(), session, lambda: pools.pool_of(source))
        with pytest.raises(SourceError) as caught:
            list(rows)
        assert time.monotonic() - began < DEADLINE + GRACE_SECONDS
    fault = caught.value.fault
    assert isinstance(fault, SourceFailed)
    assert Category.TRANSIENT is fault.category
