"""The tests of the embedded catalog, over Polaris."""

from tests.embedded.test_nested_merges import *  # noqa: F403 - these are the tests
