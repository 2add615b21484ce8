"""The tests of the embedded catalog, over Polaris."""

from tests.embedded.test_run_telemetry import *  # noqa: F403 - these are the tests
