"""Whose server an address leads to: said for certain, or not at all."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.addresses import PORTS, Origin, configured_origin, origin_of

hosts = st.from_regex(r"([a-z][a-z0-9-]{0,8}\.){0,2}[a-z][a-z0-9_-]{0,8}", fullmatch=True)
paths = st.from_regex(r"(/[A-Za-z0-9._~%|-]{0,8}){0,4}", fullmatch=True)
texts = st.text(st.sampled_from("htps:/\\@.?#[]a1 \t\n\x00é"), max_size=30)


class TestOrigin:
    @given(hosts, st.integers(1, 65535), paths)
    def test_the_path_does_not_matter(self, host: str, port: int, path: str) -> None:
        assert Origin("http", host, port) == origin_of(f"http://{host}:{port}{path}")

    @given(hosts, paths)
    def test_the_usual_port_may_be_left_out(self, host: str, path: str) -> None:
        assert origin_of(f"https://{host}:443{path}") == origin_of(f"HTTPS://{host.upper()}{path}")
        assert origin_of(f"http://{host}{path}") != origin_of(f"https://{host}{path}")

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "lake",
            "//host/x",
            "ftp://host",
            "file:///etc",
            "http:///x",
            "http:host",
            "http://host:1@evil",
            "http://evil\\@host:1",
            "http://host\\.evil",
            " http://host",
            "http://host\n.evil",
            "http://ann@host",
            "http://@host",
            "http://2130706433",
            "http://0x7f.1",
            "http://host:123456",
            "http://host:a",
        ],
    )
    def test_what_readers_of_urls_differ_on_has_none(self, address: str) -> None:
        assert origin_of(address) is None

    @given(texts | st.builds("http://{}".format, texts))
    def test_whatever_is_said_is_what_pythons_own_reader_says(self, address: str) -> None:
        if (origin := origin_of(address)) is not None:
            read = urlsplit(address)
            assert (read.scheme, read.username) == (origin.scheme, None)
            assert (read.hostname or "").removesuffix(".") == origin.host
            assert (read.port or PORTS[read.scheme]) == origin.port

    @given(hosts)
    def test_our_own_address_may_have_a_user_in_it(self, host: str) -> None:
        assert origin_of(f"http://{host}/x") == configured_origin(f"http://ann:pass%40word@{host}/x")
