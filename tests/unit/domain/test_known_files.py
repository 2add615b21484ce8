"""Files that were loaded are known by their paths and versions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.known_files import NO_FILES, Seen, known_files_in

texts = st.text(st.characters(), max_size=20)
files = st.dictionaries(texts, texts, max_size=20)


@given(files)
def test_a_file_is_known_in_its_version_only(found: dict[str, str]) -> None:
    known = NO_FILES.with_files(found.items())
    for path, version in found.items():
        assert Seen.KNOWN is known.seen(path, version)
        assert Seen.CHANGED is known.seen(path, f"{version}*")
        assert Seen.NEW is NO_FILES.seen(path, version)


@given(files, files)
def test_files_are_added_and_a_later_version_replaces_an_earlier_one(
    before: dict[str, str], after: dict[str, str]
) -> None:
    known = NO_FILES.with_files(before.items()).with_files(after.items())
    assert NO_FILES.with_files((before | after).items()) == known
    assert len(before | after) == len(known)


@given(files)
def test_the_text_has_the_same_files_in_any_order(found: dict[str, str]) -> None:
    known = NO_FILES.with_files(found.items())
    assert known == known_files_in(known.text())
    assert known.text() == NO_FILES.with_files(reversed(found.items())).text()


@given(files, st.lists(texts, max_size=3), texts)
def test_folders_are_known(found: dict[str, str], folders: list[str], other: str) -> None:
    known = known_files_in(NO_FILES.with_files(found.items(), folders).text())
    assert NO_FILES.with_files(found.items(), folders) == known
    assert bool(folders) == known.are_all_below(folders)
    assert ({other} == set(folders)) == known.are_all_below([other])


@given(st.none() | st.text("=+é", min_size=1) | st.integers() | st.dictionaries(st.text(), st.integers()))
def test_anything_that_is_no_such_text_knows_no_file(kept: object) -> None:
    assert NO_FILES == known_files_in(kept)


@given(files, texts)
def test_some_file_is_known_or_none(found: dict[str, str], other: str) -> None:
    known = NO_FILES.with_files(found.items())
    assert bool(found) == known.has_any(found.items())
    assert not known.has_any([(other, "no version of it*")])


def test_a_hundred_thousand_files_fit_into_two_megabytes() -> None:
    known = NO_FILES.with_files((f"s3://lake/orders/{number}.parquet", "1 etag") for number in range(100_000))
    assert 100_000 == len(known)
    assert len(known.text()) < 2_200_000
