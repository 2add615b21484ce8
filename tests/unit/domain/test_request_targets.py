from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.addresses import Address, Place
from floe_ingestion_dlt.domain.request_targets import Reach

HOSTS = st.sampled_from(["api.example", "cdn.example", "evil.example", "169.254.169.254"])
ADDRESSES = st.builds(
    lambda scheme, user, host, port: Address.parse(f"{scheme}://{user}{host}{port}/x").unwrap(),
    st.sampled_from(["http", "https"]),
    st.sampled_from(["", "u:p@"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8080"]),
)
PLACES = st.lists(HOSTS.map(lambda host: Place.parse(host).unwrap())).map(tuple)


def address(text: str) -> Address:
    return Address.parse(text).unwrap()


@given(ADDRESSES, PLACES, PLACES, ADDRESSES)
def test_credentials_go_to_the_api_and_to_who_is_allowed_and_trusted(
    base: Address, allowed: tuple[Place, ...], trusted: tuple[Place, ...], asked: Address
) -> None:
    admitted = Reach(base, allowed, trusted).admit(asked)
    if isinstance(admitted, Failure):
        return
    passage = admitted.unwrap()
    origin = passage.address.origin
    assert origin.host == asked.origin.host != "169.254.169.254"
    assert passage.is_home == (origin.host == base.origin.host and passage.is_home)
    assert passage.is_home or any(place.has(origin) for place in allowed)
    assert not passage.with_credentials or passage.is_home or any(place.has(origin) for place in trusted)
    assert (base.origin.scheme, origin.scheme) != ("https", "http")
    assert passage.address.userinfo in {"", base.userinfo}


@given(ADDRESSES)
def test_an_api_is_asked_with_its_credentials_wherever_it_is(base: Address) -> None:
    admitted = Reach(base).admit(base)
    if base.origin.host == "169.254.169.254":
        assert "link-local" in admitted.failure().reason
    else:
        assert (base, True) == (admitted.unwrap().address, admitted.unwrap().with_credentials)


@pytest.mark.parametrize(
    ("base", "asked", "sent"),
    [
        ("http://h/", "https://h/x", "https://h/x"),
        ("https://h/", "http://h/x", "https://h/x"),
        ("https://h/", "http://h:80/x", "https://h/x"),
        ("http://h/", "http://H.:80/x", "http://h/x"),
    ],
)
def test_a_host_at_its_usual_ports_is_one_host(base: str, asked: str, sent: str) -> None:
    assert Success(sent) == Reach(address(base)).admit(address(asked)).map(
        lambda passage: passage.address.url
    )


@pytest.mark.parametrize(
    ("base", "asked", "reason"),
    [
        ("https://h/", "http://h:8080/", "is not encrypted, and https://h is"),
        ("https://h/", "http://cdn/", "is not encrypted, and https://h is"),
        ("http://h:8080/", "https://h:8443/", "is not at http://h:8080, where base_url is"),
        ("http://h/", "http://h:8080/", "is not at http://h, where base_url is"),
        ("http://h/", "http://u:p@h/", "has a user name that is not the one in base_url"),
        (
            "http://h/",
            "http://169.254.169.254/",
            "is link-local, or may return the credentials of this machine",
        ),
    ],
)
def test_other_origins_are_refused_by_what_they_are(base: str, asked: str, reason: str) -> None:
    named = tuple(Place.parse(host).unwrap() for host in ("cdn", "169.254.169.254"))
    assert reason == Reach(address(base), named, named).admit(address(asked)).failure().reason
