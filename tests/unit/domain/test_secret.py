from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.secret import Secret

# Long enough not to be part of what is shown in its place.
texts = st.text(min_size=9).filter(lambda text: text not in SHOWN * 2)
SHOWN = "Secret(***)"


@dataclass(frozen=True)
class Holder:
    secret: Secret


class TestSecret:
    @pytest.mark.parametrize(
        "show",
        [
            str,
            repr,
            format,
            "{}".format,
            "{!r:>40}".format,
            lambda secret: f"{secret}{secret!r}{secret!s}{secret:>30}",
            lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - loggers format so
            lambda secret: f"{Holder(secret)} {[secret]} { ({'key': secret}) }",
        ],
    )
    @given(texts)
    def test_is_not_shown(self, show: Callable[[Secret], str], text: str) -> None:
        shown = show(Secret(text))
        assert SHOWN in shown
        assert text not in shown

    @given(st.text())
    def test_reveals_its_text(self, text: str) -> None:
        assert text == Secret(text).reveal()

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_cannot_be_pickled(self, protocol: int) -> None:
        with pytest.raises(TypeError, match="environment variable") as raised:
            pickle.dumps([Secret("hunter2")], protocol)
        assert "hunter2" not in str(raised.value)

    @pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda found: asdict(Holder(found))])
    def test_cannot_be_copied(self, duplicate: Callable[[Secret], object]) -> None:
        with pytest.raises(TypeError, match="cannot be pickled"):
            duplicate(Secret("hunter2"))

    def test_is_shared_by_the_copies_of_what_holds_it(self) -> None:
        holder = Holder(Secret("hunter2"))
        assert holder.secret is copy.copy(holder).secret is replace(holder).secret

    @given(st.text(), st.text())
    def test_equals_another_one_of_the_same_text_only(self, one: str, other: str) -> None:
        assert (one == other) is (Secret(one) == Secret(other))

    @given(st.text())
    def test_is_not_its_text(self, text: str) -> None:
        assert Secret(text) != text

    @given(st.text())
    def test_hashes_as_its_equals_do(self, text: str) -> None:
        assert hash(Secret(text)) == hash(Secret(text))

    def test_has_no_attributes_to_list(self) -> None:
        with pytest.raises(TypeError):
            vars(Secret("hunter2"))
