"""What the workers of a load in slices were warned of is in its report, each warning once."""

from __future__ import annotations

import os

import pytest

from floe_ingestion_dlt.domain.events import DelimiterLooksWrong, FilesSkipped, KeyUnused
from tests.embedded.sliced import POOLS, WithoutSlice, at_once, in_slices, source, threads
from tests.platforms import Platform


def warned(platform: Platform) -> list[dict[str, object]]:
    """Sources of ten files, of which one has another delimiter, beside a pipe that cannot be read."""
    shops = [source(platform, "csv", name) for name in ("shop", "whole")]
    os.mkfifo(platform.data / "orders-x.csv")
    (platform.data / "orders-3.csv").write_text("id;state\n" + "1;a\n" * 50)
    return shops


@pytest.mark.parametrize("pool", POOLS)
def test_the_warnings_of_all_slices_are_those_of_a_load_at_once(platform: Platform, pool: str) -> None:
    plugin = platform.a_plugin(sources=warned(platform))
    with POOLS[pool]() as workers:
        report = in_slices(plugin, workers)
    assert report.error is None
    assert {FilesSkipped, DelimiterLooksWrong} == {type(warning) for warning in report.warnings}
    assert 2 == len(report.warnings)
    assert set(report.warnings) == set(at_once(plugin, "whole").warnings)


def test_warnings_of_slices_that_an_earlier_run_has_read_are_kept(platform: Platform) -> None:
    plugin = platform.a_plugin(sources=warned(platform))
    with WithoutSlice(4) as workers:
        in_slices(plugin, workers)
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert report.error is None
    assert {FilesSkipped, DelimiterLooksWrong} == {type(warning) for warning in report.warnings}


def test_the_next_load_has_its_own_warnings(platform: Platform) -> None:
    plugin = platform.a_plugin(sources=warned(platform))
    with threads() as workers:
        assert 2 == len(in_slices(plugin, workers).warnings)
        (platform.data / "orders-x.csv").unlink()
        (platform.data / "orders-3.csv").unlink()
        assert () == in_slices(plugin, workers).warnings


def test_a_warning_of_the_settings_is_there_beside_those_of_slices(platform: Platform) -> None:
    shops = [shop | {"primary_key": ["id"], "write_mode": "append"} for shop in warned(platform)]
    plugin = platform.a_plugin(sources=shops)
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert {FilesSkipped, DelimiterLooksWrong, KeyUnused} == {type(warning) for warning in report.warnings}
