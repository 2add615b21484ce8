"""Keys that the catalog vends are changed for new ones before they expire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import PyArrowFileIO

from floe_ingestion_dlt.adapters.iceberg.vended_credentials import MARGIN_SECONDS, VendedFileIO, expiry_of

FILE = "file:///nowhere"
HOUR = 3600.0


class Vendor:
    """A catalog that vends keys that live for *life* seconds, and a clock."""

    def __init__(self, life: float) -> None:
        self.life, self.clock = life, 0.0
        self.vended: list[float] = []

    def vend(self) -> FileIO:
        expiry = self.clock + self.life
        self.vended.append(expiry)
        return PyArrowFileIO({"s3.session-token-expires-at-ms": str(int(expiry * 1000))})

    def files(self) -> VendedFileIO:
        return VendedFileIO(self.vend(), self.vend, lambda: self.clock)


def test_keys_that_are_good_are_kept() -> None:
    vendor = Vendor(HOUR)
    files = vendor.files()
    vendor.clock = HOUR - MARGIN_SECONDS - 1
    files.new_input(FILE)
    files.new_output(FILE)
    assert 1 == len(vendor.vended)


def test_keys_are_changed_once_before_they_expire() -> None:
    vendor = Vendor(HOUR)
    files = vendor.files()
    vendor.clock = HOUR - MARGIN_SECONDS
    for _ in range(3):
        files.new_output(FILE)
    assert 2 == len(vendor.vended)
    assert str(int((vendor.clock + HOUR) * 1000)) == files.properties["s3.session-token-expires-at-ms"]


def test_keys_that_have_expired_when_they_are_vended_are_changed_again() -> None:
    vendor = Vendor(HOUR)
    vendor.clock = HOUR
    lives = iter([0.0, HOUR])

    def vend() -> FileIO:
        vendor.life = next(lives)
        return vendor.vend()

    files = VendedFileIO(vendor.vend(), vend, lambda: vendor.clock)
    vendor.clock += HOUR
    files.new_input(FILE)
    assert vendor.vended[-1] > vendor.clock


@given(st.floats(0.01, 2 * HOUR), st.lists(st.floats(0, HOUR), max_size=20))
def test_no_file_is_ever_opened_with_keys_that_have_expired(life: float, pauses: list[float]) -> None:
    vendor = Vendor(life)
    files = vendor.files()
    for pause in pauses:
        vendor.clock += pause
        files.new_input(FILE)
        # Expiry is told in whole milliseconds.
        assert vendor.vended[-1] > vendor.clock - 0.001


def test_the_first_key_to_expire_counts() -> None:
    properties = {"gcs.oauth2.token-expires-at": "7000", "s3.session-token-expires-at-ms": "5000"}
    assert 5.0 == expiry_of(properties)


def test_keys_of_ones_own_never_expire() -> None:
    assert expiry_of({"s3.access-key-id": "key", "s3.secret-access-key": "secret"}) is None


def test_keys_that_are_good_serve_while_no_new_ones_can_be_had() -> None:
    vendor = Vendor(HOUR)

    def down() -> FileIO:
        raise ConnectionError("down")

    files = VendedFileIO(vendor.vend(), down, lambda: vendor.clock)
    vendor.clock = HOUR - 1
    files.new_input(FILE)
    vendor.clock = HOUR
    with pytest.raises(ConnectionError):
        files.new_input(FILE)


def test_a_property_of_somebody_elses_is_no_expiry() -> None:
    assert expiry_of({"retention.expires-at": "0", "s3.session-token-expires-at-ms": "soon"}) is None
