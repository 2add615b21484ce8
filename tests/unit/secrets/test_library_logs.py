"""What libraries log while they work for us."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
import requests

from floe_ingestion_dlt.domain.redaction import KnownSecrets
from floe_ingestion_dlt.secrets.library_logs import LibraryLogs
from tests.misbehaving.server import MisbehavingServer, Status

SECRET = "Zq7vL2mX9tR4wK8b"


@pytest.fixture(autouse=True)
def _everything(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Python's logging as it is at the start of a process, at level DEBUG."""
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)
    caplog.set_level(logging.DEBUG)
    yield
    logging.setLogRecordFactory(before)


@pytest.fixture
def logs() -> Iterator[LibraryLogs]:
    made = LibraryLogs(KnownSecrets([SECRET]).redact)
    made.begin()
    made.begin()
    yield made
    made.end()
    assert logging.LogRecord is logging.getLogRecordFactory()


@pytest.mark.usefixtures("logs")
class TestCleaned:
    def test_a_url_that_a_client_logs_has_no_query(self, caplog: pytest.LogCaptureFixture) -> None:
        with MisbehavingServer(Status(200)) as server:
            requests.get(f"{server.url}/orders", params={"page_key": "hidden-too"}, timeout=5)
        assert "GET /orders" in caplog.text
        assert "hidden-too" not in caplog.text

    def test_a_known_secret_is_hidden_wherever_it_stands(self, caplog: pytest.LogCaptureFixture) -> None:
        logging.getLogger("botocore.auth").debug("signing with %s", SECRET)
        assert ["signing with ***"] == caplog.messages

    def test_so_is_one_in_a_traceback(self, caplog: pytest.LogCaptureFixture) -> None:
        try:
            int(SECRET)
        except ValueError:
            logging.getLogger("pyiceberg").exception("it failed")
        assert SECRET not in caplog.text
        assert "in test_so_is_one_in_a_traceback" in caplog.text
        assert "ValueError" in caplog.text

    def test_in_any_thread(self, caplog: pytest.LogCaptureFixture) -> None:
        thread = Thread(target=lambda: logging.getLogger("pyiceberg.io").info(SECRET))
        thread.start()
        thread.join()
        assert ["***"] == caplog.messages

    def test_what_the_rest_of_the_process_logs_is_left_alone(self, caplog: pytest.LogCaptureFixture) -> None:
        logging.getLogger("dagster.run").info("a?b=c %s", SECRET)
        assert [f"a?b=c {SECRET}"] == caplog.messages


@pytest.mark.usefixtures("logs")
class TestForgiving:
    def test_a_call_that_logging_forgives_is_forgiven(self, caplog: pytest.LogCaptureFixture) -> None:
        logging.getLogger("urllib3").debug("%d things", SECRET)
        assert ["%d things ('***',)"] == caplog.messages

    def test_a_record_that_is_made_of_another_needs_no_name(self) -> None:
        assert "told" == logging.makeLogRecord({"msg": "told"}).getMessage()

    def test_what_structlog_hands_to_a_formatter_is_left_as_it_is(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        logging.getLogger("floe_ingestion_dlt").info({"event": "run", "status": "success"})
        (record,) = caplog.records
        assert {"event": "run", "status": "success"} == record.msg


class TestEnd:
    def test_leaves_records_alone(self, caplog: pytest.LogCaptureFixture) -> None:
        logs = LibraryLogs(KnownSecrets([SECRET]).redact)
        logs.begin()
        logs.end()
        logs.end()
        logging.getLogger("urllib3").info(SECRET)
        assert [SECRET] == caplog.messages
        assert logging.LogRecord is logging.getLogRecordFactory()

    def test_of_one_leaves_another_one_at_work(self, caplog: pytest.LogCaptureFixture) -> None:
        first = LibraryLogs(KnownSecrets([SECRET]).redact)
        second = LibraryLogs(KnownSecrets(["other-one"]).redact)
        for logs in (first, second):
            logs.begin()
        logging.getLogger("urllib3").info("%s other-one", SECRET)
        first.end()
        logging.getLogger("urllib3").info("%s other-one", SECRET)
        second.end()
        assert ["*** ***", f"{SECRET} ***"] == caplog.messages
        assert logging.LogRecord is logging.getLogRecordFactory()

    def test_those_who_never_end_do_not_pile_up(self) -> None:
        for _ in range(50):
            LibraryLogs(KnownSecrets([SECRET]).redact).begin()
        factory: Any = logging.getLogRecordFactory()
        assert logging.LogRecord is factory.before
        assert len(factory.cleaners) <= 1

    def test_what_somebody_put_in_front_stays(self) -> None:
        logs = LibraryLogs(KnownSecrets([SECRET]).redact)
        logs.begin()
        ours = logging.getLogRecordFactory()

        def theirs(*args: Any, **kwargs: Any) -> logging.LogRecord:
            return ours(*args, **kwargs)

        logging.setLogRecordFactory(theirs)
        logs.end()
        assert theirs is logging.getLogRecordFactory()
