"""The tests of the embedded catalog, over Polaris."""

from tests.embedded.test_two_hosts import *  # noqa: F403 - these are the tests
