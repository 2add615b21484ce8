"""Addresses of HTTP requests that all libraries read alike, and hosts to which no request may go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias, final
from urllib.parse import quote, unquote

from returns.result import Failure, Result, Success

PORTS: Final = {"http": 80, "https": 443}

_ADDRESS: Final = re.compile(r"(https?)://([^/?#]*)((?:[/?#].*)?)", re.IGNORECASE | re.DOTALL)
_PLACE: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?", re.IGNORECASE)
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\Z")
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\Z")
_USER: Final = re.compile(r"[a-z0-9._~!$&'()*+,;=:%-]*", re.IGNORECASE | re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# What a path may have as it is (RFC 3986, 3.3), and the slash.
_SAFE_IN_PATH: Final = "/:@!$&'()*+,;=~"
# A value may be percent-encoded several times.
_ENCODED_MOST: Final = 3

# The metadata services of clouds, which return credentials to every machine in the cloud.
_METADATA_NAMES: Final = frozenset({"metadata.google.internal", "metadata.goog"})
_METADATA: Final = frozenset(
    map(ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")

Ip: TypeAlias = IPv4Address | IPv6Address


@final
@dataclass(frozen=True, slots=True)
class Origin:
    """The scheme, the host in lower case, and the port of a server."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if self.port == PORTS[self.scheme] else f':{self.port}'}"


@final
@dataclass(frozen=True, slots=True)
class Address:
    """An address that all libraries read alike; an address that they may read differently is refused."""

    origin: Origin
    userinfo: str = field(repr=False)
    rest: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Result[Address, str]:
        """The address in *text*; a failure says why it is refused."""
        if _CONTROL.search(text) or text != text.strip():
            return Failure("has a control character, or a space at an end")
        found = _ADDRESS.fullmatch(text)
        if found is None:
            return Failure("is not an http:// or https:// address")
        scheme, authority, rest = found.groups()
        if "\\" in authority or "\\" in re.split(r"[?#]", rest, maxsplit=1)[0]:
            return Failure("has a backslash")
        userinfo, at, place = authority.rpartition("@")
        if at and (reason := _unreadable_user(userinfo)):
            return Failure(reason)
        return _place(place).map(lambda found: cls(_origin(scheme.lower(), *found), userinfo, rest))

    @property
    def url(self) -> str:
        """The address to send the request to."""
        scheme, _, place = str(self.origin).partition("://")
        return f"{scheme}://{self.userinfo}{'@' if self.userinfo else ''}{place}{self.rest}"

    def over_tls(self) -> Address:
        """The same address with https and its standard port."""
        return replace(self, origin=Origin("https", self.origin.host, PORTS["https"]))


@final
@dataclass(frozen=True, slots=True)
class Place:
    """A host, with a port and a scheme; None stands for any."""

    host: str
    port: int | None = None
    scheme: str | None = None

    @classmethod
    def parse(cls, text: str) -> Result[Place, str]:
        if "://" not in text:
            return _place(text.lower()).map(lambda at: cls(*at))
        address = Address.parse(text)
        if isinstance(address, Success) and (address.unwrap().userinfo or address.unwrap().rest.strip("/")):
            return Failure("has more than a scheme, a host and a port")
        return address.map(lambda a: cls(a.origin.host, a.origin.port, a.origin.scheme))

    def has(self, origin: Origin) -> bool:
        return (
            self.host == origin.host
            and self.port in {None, origin.port}
            and self.scheme in {None, origin.scheme}
        )


def origin_of(address: str) -> Origin | None:
    """The origin of an *address* from somebody else; None if it is not certain."""
    parsed = Address.parse(address).value_or(None)
    return None if parsed is None or parsed.userinfo else parsed.origin


def configured_origin(address: str) -> Origin | None:
    """The origin of an address in the configuration, which may contain a user; None if it is not certain."""
    parsed = Address.parse(address).value_or(None)
    return None if parsed is None else parsed.origin


def _origin(scheme: str, host: str, port: int | None) -> Origin:
    return Origin(scheme, host, PORTS[scheme] if port is None else port)


def _unreadable_user(text: str) -> str | None:
    if not text:
        return "has an @ before its host, but no user"
    if "@" in text:
        return "has two @ before its path"
    return (
        None
        if _USER.fullmatch(text)
        else "has a character in its user or password that must be percent-encoded"
    )


def _place(text: str) -> Result[tuple[str, int | None], str]:
    found = _PLACE.fullmatch(text)
    if found is None:
        return Failure("has no host, or a port that is not a number")
    port = int(found[2]) if found[2] else None
    if port is not None and not 0 < port < 2**16:
        return Failure("has a port that is not a number from 1 to 65535")
    return _host(found[1].lower()).map(lambda host: (host, port))


def _host(text: str) -> Result[str, str]:
    try:
        if text.startswith("["):
            return Success(str(IPv6Address(text[1:-1])))
        name = text.removesuffix(".")
        if _NUMBER.fullmatch(name):
            return Success(str(IPv4Address(name)))
    except AddressValueError:
        return Failure("has an IP address in an unusual form")
    if not _NAME.match(name):
        return Failure("has a host with characters other than letters, digits, hyphens and dots")
    return Success(name)


def is_local(host: str) -> bool:
    """Whether a host is this machine: a loopback address, or the path of a socket."""
    name = host.strip("[]").lower()
    if not name or name.startswith(("/", "@")) or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_never_asked(host: str) -> bool:
    """Whether no request may go to *host*: it is link-local, or a cloud's metadata service, by its name or IP address."""
    if host in _METADATA_NAMES:
        return True
    try:
        ip = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return any(one.is_link_local or one in _METADATA for one in (ip, *_within(ip)))


def _within(ip: Ip) -> tuple[Ip, ...]:
    """The IPv4 addresses that are embedded in an IPv6 address."""
    if isinstance(ip, IPv4Address):
        return ()
    packed = IPv4Address(int(ip) % 2**32) if ip in _NAT64 or ip in _COMPATIBLE else None
    return tuple(one for one in (ip.ipv4_mapped, ip.sixtofour, packed) if one is not None)


def is_path_traversal(value: str, *, is_whole: bool) -> bool:
    """Whether *value*, inserted into a path, would change the rest of the path, by `..` or a control character.

    A value that *is_whole* is the whole path, and may be an address with a query; `Reach` checks its host.
    """
    plain = value
    for _ in range(_ENCODED_MOST):
        plain = unquote(plain)
    segments = re.split(r"[/\\]", re.split(r"[?#]", plain, maxsplit=1)[0] if is_whole else plain)
    climbs = any(segment.partition(";")[0].strip() == ".." for segment in segments)
    return climbs or _CONTROL.search(plain) is not None


def quoted_in_path(value: str) -> str:
    """A value as a part of a path, percent-encoded, so that `?`, `#` and `%` stay in it; slashes still separate its segments."""
    return quote(value, safe=_SAFE_IN_PATH)
