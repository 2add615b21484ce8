"""A test of the embedded catalog, over Polaris; how many attempts a writer needs is another matter over a network."""

from tests.embedded.test_writers import (  # noqa: F401 - this is the test
    test_rows_are_always_those_of_some_order_of_whole_loads,
)
