"""When no garbage is searched for, or less often: the process is afterwards as it was."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType

import pytest

from floe_ingestion_dlt.adapters.system.garbage import quick_imports, with_rare_collection


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    was_enabled, numbers = gc.isenabled(), gc.get_threshold()
    yield
    gc.enable() if was_enabled else gc.disable()
    gc.set_threshold(*numbers)
    gc.unfreeze()


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_as_before_also_after_an_error(*, is_enabled: bool) -> None:
    gc.enable() if is_enabled else gc.disable()
    with suppress(ModuleNotFoundError), quick_imports():
        assert not gc.isenabled()
        raise ModuleNotFoundError
    assert is_enabled is gc.isenabled()


def test_the_collector_is_on_after_imports_of_two_threads() -> None:
    """Whichever thread begins first, and whichever ends last."""
    for ends_first in (0, 1):
        gc.enable()
        may_end = threading.Event(), threading.Event()
        has_begun = threading.Barrier(3)

        def importing(end: threading.Event, begun: threading.Barrier) -> None:
            with quick_imports():
                begun.wait(5)
                end.wait(5)

        threads = [threading.Thread(target=importing, args=(end, has_begun)) for end in may_end]
        for thread in threads:
            thread.start()
        has_begun.wait(5)
        for number in (ends_first, 1 - ends_first):
            may_end[number].set()
            threads[number].join(5)
        assert gc.isenabled()


def test_objects_are_kept_out_of_searches_once_a_module_was_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after each start of a plugin: what a process drops between two starts is found."""
    before = gc.get_freeze_count()
    with quick_imports():
        pass
    assert gc.get_freeze_count() == before
    with quick_imports():
        monkeypatch.setitem(sys.modules, "imported_by_this_test", ModuleType("imported_by_this_test"))
    assert gc.get_freeze_count() > before


def test_searches_are_rare_in_the_block_only_also_after_an_error() -> None:
    gc.set_threshold(700, 9, 8)
    with suppress(ModuleNotFoundError), with_rare_collection():
        assert (20_000, 9, 8) == gc.get_threshold()
        with with_rare_collection():
            assert (20_000, 9, 8) == gc.get_threshold()
        assert (20_000, 9, 8) == gc.get_threshold()
        raise ModuleNotFoundError
    assert (700, 9, 8) == gc.get_threshold()


@pytest.mark.parametrize("own", [0, 50_000])
def test_who_searches_never_or_more_rarely_still_does(own: int) -> None:
    gc.set_threshold(own, 10, 10)
    with with_rare_collection():
        assert own == gc.get_threshold()[0]
