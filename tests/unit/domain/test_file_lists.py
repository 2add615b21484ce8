from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.file_lists import FileList, listed

folders = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=4)


@given(folders, folders)
def test_digests_are_equal_exactly_if_paths_and_versions_are(
    one: dict[str, str], other: dict[str, str]
) -> None:
    is_same = FileList.of(one.items()).digest == FileList.of(other.items()).digest
    assert (one == other) is is_same


@given(folders, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_count(folder: dict[str, str], random: object) -> None:
    shuffled = list(folder.items())
    getattr(random, "shuffle")(shuffled)  # noqa: B009 - a Random of hypothesis
    assert FileList.of(folder.items()) == FileList.of(shuffled)
    assert len(folder) == FileList.of(shuffled).files


def test_a_source_without_files_is_refused_by_its_type() -> None:
    wanted = "a source of files, such as filesystem"
    assert Failure(Invalid("source_type", "rest_api", wanted)) == listed(None, "rest_api")
    assert Success(FileList.of([])) == listed(FileList.of([]), "filesystem")
