"""The tests of the embedded catalog, over Polaris."""

from tests.embedded.test_watching import *  # noqa: F403 - these are the tests
