from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success
from urllib3.util import parse_url

from floe_ingestion_dlt.domain.addresses import (
    Address,
    Origin,
    Place,
    is_never_asked,
    is_path_traversal,
    quoted_in_path,
)

LABELS = st.text("abcXYZ019-_", min_size=1, max_size=8)
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
HOSTS = st.one_of(
    NAMES,
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda ip: f"[{ip}]"),
    NAMES.map("{}.".format),
)
ODD = st.text("htps:/\\@.?#[]%01x\t\n é\u2100\uff1a\uff15", max_size=40)
ADDRESSES = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "hTTps"]),
    st.sampled_from(["", "u:p@", "u@", "@", "a@b@", "[@", "[]@", "[::1]@", "u:[@", "\u2100@", 'u|^:"@']),
    HOSTS,
    st.sampled_from(["", ":", ":80", ":443", ":08080", ":0", ":65536", ":x"]),
    st.sampled_from(["", "/", "/a/../b?c=d#e", "?q", "#f", "/\\x", "/é b"]),
)


class TestAddress:
    @given(ADDRESSES | ODD.map("http://{}".format) | ODD)
    def test_all_libraries_read_an_address_that_is_not_refused_alike(self, text: str) -> None:
        parsed = Address.parse(text)
        if isinstance(parsed, Failure):
            return
        address = parsed.unwrap()
        prepared = requests.Request("GET", address.url).prepare().url or ""
        for url in (address.url, prepared):
            assert Success(address.origin) == Address.parse(url).map(lambda a: a.origin)
            ours, theirs = urlsplit(url), parse_url(url)
            assert address.origin.host == (ours.hostname or "").strip("[]")
            assert address.origin.host == (theirs.host or "").strip("[]")
            assert {ours.port, theirs.port} <= {None, address.origin.port}

    @pytest.mark.parametrize(
        ("text", "origin"),
        [
            ("HTTP://API.Example./x", "http://api.example"),
            ("https://api.example:443/", "https://api.example"),
            ("https://api.example:8443", "https://api.example:8443"),
            ("http://[0:0::1]:80/", "http://[::1]"),
            ("http://u:p@h/x@y", "http://h"),
        ],
    )
    def test_an_origin_is_written_in_one_way(self, text: str, origin: str) -> None:
        assert origin == str(Address.parse(text).unwrap().origin)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "//h/x",
            "ftp://h/",
            "http:h",
            "http:///x",
            "http://h\\@evil/",
            "http://h/\\..\\x",
            "http://a@b@h/",
            "http://[@h",
            "http://[]@h",
            "http://\u2100@h",
            " http://h/",
            "http://h/\nx",
            "http://h\t/",
            "http://h:x/",
            "http://h:0/",
            "http://h:99999/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://127.1/",
            "http://0177.0.0.1/",
            "http://[fe80::1%25eth0]/",
            "http://h%2eevil/",
            "http://bücher.example/",
            "http://a..b/",
            "http://.h/",
            f"http://{'a' * 64}.example/",
        ],
    )
    def test_what_can_be_read_in_two_ways_is_refused(self, text: str) -> None:
        assert isinstance(Address.parse(text), Failure)

    def test_user_and_query_are_not_in_the_repr(self) -> None:
        assert "hush" not in repr(Address.parse("http://u:hush@h/;s=hush?key=hush").unwrap())


class TestPlace:
    @pytest.mark.parametrize(
        ("text", "origin", "has"),
        [
            ("cdn.example", Origin("https", "cdn.example", 443), True),
            ("CDN.example", Origin("http", "cdn.example", 8080), True),
            ("cdn.example:8443", Origin("https", "cdn.example", 8443), True),
            ("cdn.example:8443", Origin("https", "cdn.example", 443), False),
            ("https://cdn.example", Origin("https", "cdn.example", 443), True),
            ("https://cdn.example", Origin("http", "cdn.example", 80), False),
            ("example", Origin("https", "cdn.example", 443), False),
            ("[::1]:8080", Origin("http", "::1", 8080), True),
        ],
    )
    def test_a_place_is_a_host_and_what_else_is_named(self, text: str, origin: Origin, *, has: bool) -> None:
        assert has == Place.parse(text).unwrap().has(origin)

    @pytest.mark.parametrize("text", ["", "*.example", "a/b", "https://h/x", "https://u:p@h", "h:x", "a b"])
    def test_what_is_no_host_is_refused(self, text: str) -> None:
        assert isinstance(Place.parse(text), Failure)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "fd00:ec2::254",
        "100.100.100.200",
        "metadata.google.internal",
    ],
)
def test_what_tells_machines_their_credentials_is_never_asked(host: str) -> None:
    assert is_never_asked(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "::1", "8.8.8.8", "api.example", "metadata"])
def test_other_hosts_may_be_asked(host: str) -> None:
    assert not is_never_asked(host)


class TestStraying:
    @given(st.text("ab/.%2ef5c;?#\\", max_size=12))
    def test_what_does_not_stray_stays_below_where_it_is_put(self, value: str) -> None:
        if is_path_traversal(value, is_whole=False):
            return
        url = requests.Request("GET", f"http://h/a/b/{quoted_in_path(value)}/c").prepare().url or ""
        path = urlsplit(url).path
        assert path.startswith("/a/b/")
        assert path.endswith("/c")

    @pytest.mark.parametrize("value", ["7", "a/b", "a..b", "...", "x y", "é", "100%", "a;b=c", "-", "."])
    def test_values_of_honest_rows_stay(self, value: str) -> None:
        assert not is_path_traversal(value, is_whole=False)

    def test_a_whole_path_may_have_a_query_but_not_climb(self) -> None:
        assert not is_path_traversal("https://h/x?next=../y", is_whole=True)
        assert is_path_traversal("https://h/x/../y", is_whole=True)
