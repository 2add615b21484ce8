from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.addresses import is_local
from floe_ingestion_dlt.domain.database_sessions import (
    Limit,
    SessionLimits,
    missing_encryption,
    ran_into,
    session_settings,
)
from floe_ingestion_dlt.domain.faults import Category

seconds = st.none() | st.floats(0.001, 2_000_000)
limits = st.builds(SessionLimits, st.booleans(), seconds, seconds)
DIALECTS = (
    "postgresql",
    "cockroachdb",
    "redshift",
    "mysql",
    "mariadb",
    "sqlite",
    "mssql",
    "oracle",
    "duckdb",
)


class TestSettings:
    @pytest.mark.parametrize("dialect", ["postgresql", "cockroachdb", "mysql", "mariadb", "sqlite", "oracle"])
    def test_a_session_may_only_read(self, dialect: str) -> None:
        assert "read_only" in {setting.option for setting in session_settings(dialect, SessionLimits(), None)}

    @given(st.sampled_from(DIALECTS), limits, seconds)
    def test_every_limit_in_a_statement_is_a_whole_number_above_none(
        self, dialect: str, given_: SessionLimits, wait: float | None
    ) -> None:
        for setting in session_settings(dialect, given_, wait):
            numbers = [int(word) for word in setting.statement.replace(",", " ").split() if word.isdigit()]
            assert all(0 < number < 2**31 for number in numbers), setting
            assert "{" not in setting.statement

    @given(st.sampled_from(DIALECTS))
    def test_what_is_switched_off_is_not_set(self, dialect: str) -> None:
        assert () == session_settings(dialect, SessionLimits(read_only=False, lock_timeout=None), None)

    @pytest.mark.parametrize("name", ["lock_timeout", "statement_timeout"])
    def test_what_the_connection_sets_itself_is_left_alone(self, name: str) -> None:
        found = session_settings("postgresql", SessionLimits(), 5, f"('options', '-c {name}=99s')")
        assert 2 == len(found)
        assert name not in {setting.name for setting in found}

    @given(limits, seconds)
    def test_settings_of_postgres_end_with_the_transaction(
        self, given_: SessionLimits, wait: float | None
    ) -> None:
        """A pooled connection is as it was before, whoever has it next."""
        for setting in session_settings("postgresql", given_, wait):
            assert setting.statement.startswith(("SET LOCAL ", "SET TRANSACTION "))


class TestEncryption:
    @pytest.mark.parametrize(
        ("dialect", "options", "missing"),
        [
            ("postgresql", {}, "sslmode"),
            ("postgresql", {"sslmode": "prefer"}, "sslmode"),
            ("postgresql", {"sslmode": "disable"}, "sslmode"),
            ("postgresql", {"sslmode": "require"}, None),
            ("postgresql", {"sslmode": "verify-full"}, None),
            ("postgresql", {"gssencmode": "require"}, None),
            ("mysql", {}, "ssl_ca"),
            ("mysql", {"charset": "utf8mb4"}, "ssl_ca"),
            ("mariadb", {"ssl_mode": "PREFERRED"}, "ssl_ca"),
            ("mysql", {"ssl_ca": "/ca.pem", "ssl_disabled": "true"}, "ssl_ca"),
            ("mysql", {"ssl_ca": "/ca.pem"}, None),
            ("mysql", {"ssl_mode": "VERIFY_IDENTITY"}, None),
            ("sqlite", {}, None),
        ],
    )
    def test_what_does_not_demand_encryption_is_named(
        self, dialect: str, options: dict[str, str], missing: str | None
    ) -> None:
        found = missing_encryption(dialect, ("db.example",), options)
        assert missing == (found and found.partition("=")[0])

    @pytest.mark.parametrize(
        "host", ["", "localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "/run/pg", "@pg"]
    )
    def test_this_machine_needs_none(self, host: str) -> None:
        assert is_local(host)
        assert missing_encryption("postgresql", (host,), {}) is None

    @pytest.mark.parametrize(
        "host", ["db", "10.0.0.1", "localhost.example", "2001:db8::1", "127.0.0.1.example"]
    )
    def test_one_host_elsewhere_is_enough(self, host: str) -> None:
        assert not is_local(host)
        assert missing_encryption("postgresql", ("localhost", host), {}) is not None


class TestFaults:
    @pytest.mark.parametrize(
        ("limit", "category", "option"),
        [
            (Limit.LOCK, Category.TRANSIENT, "lock_timeout_seconds"),
            (Limit.STATEMENT, Category.PERMANENT, "statement_timeout_seconds"),
            (Limit.READ_ONLY, Category.CONFIGURATION, "read_only"),
        ],
    )
    def test_a_limit_is_named_by_its_option(self, limit: Limit, category: Category, option: str) -> None:
        fault = ran_into(limit, SessionLimits(statement_timeout=7), "orders", 7, "SQLSTATE 1")
        assert category is fault.category
        assert option in fault.next_step
        assert "orders" in fault.message

    @given(st.floats(0.01, 6.9))
    def test_what_the_deadline_ends_is_not_tried_again_in_the_same_run(self, left: float) -> None:
        fault = ran_into(
            Limit.STATEMENT, SessionLimits(statement_timeout=7), "orders", left, "SQLSTATE 57014"
        )
        assert (Category.TRANSIENT, True) == (fault.category, fault.is_exhausted)
        assert "deadline_seconds" in fault.next_step
