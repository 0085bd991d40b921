"""Which URLs, hosts and addresses may be reached: rules without input or output."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

import httpx2

from tenuto.core.errors import EgressRefused, Misconfigured

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# IANA's registries of special-purpose addresses (RFC 6890), and what clouds put behind ordinary ones.
metadata = {ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")}
_refused: tuple[tuple[str, tuple[Network, ...]], ...] = tuple(
    (reason, tuple(ip_network(text) for text in texts.split()))
    for reason, texts in (
        ("a loopback address", "127.0.0.0/8 ::1/128"),
        ("an unspecified address", "0.0.0.0/8 ::/128"),
        ("a private address", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10"),
        ("a link-local address", "169.254.0.0/16 fe80::/10"),
        ("a shared (carrier-grade NAT) address", "100.64.0.0/10"),
        ("a multicast address", "224.0.0.0/4 ff00::/8"),
        ("a reserved address", "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4"),
        ("an IPv6 address that hides an IPv4 one", "::/96 ::ffff:0:0:0/96 64:ff9b:1::/48 2001::/32 2002::/16"),
        ("a reserved address", "2001::/23 2001:db8::/32 3fff::/20"),
    )
)
_unicast = IPv6Network("2000::/3")
_nat64 = IPv6Network("64:ff9b::/96")
_no_user = "A URL may not hold a user name or password."
_label = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_name = re.compile(rf"(?=.{{1,253}}\Z){_label}(\.{_label})*")


def checked_url(text: str) -> httpx2.URL:
    """The URL, if it is an absolute http(s) one that means to everybody what it means to us. Raises `EgressRefused`.

    Refused: other schemes, user names in URLs, and hosts that are read as an address by some and as a name by others.
    """
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, UnicodeError):
        raise EgressRefused("This is not a URL.", fix="Write an absolute URL: https://host/path.") from None
    if "@" in re.split(r"[/?#]", text.partition("//")[2], maxsplit=1)[0]:
        raise EgressRefused(_no_user, fix="Connect an account, or send a header.")
    check(url)
    return url


def check(url: httpx2.URL) -> None:
    """The same for a URL that was read before."""
    if url.scheme not in ("http", "https"):
        raise EgressRefused("Only http and https can be reached.", fix="Write an absolute URL: https://host/path.")
    if url.userinfo:
        raise EgressRefused(_no_user, fix="Connect an account, or send a header.")
    if not is_host(host_of(url)):
        raise EgressRefused("The host of this URL is neither a name nor a plainly written address.")
    if url.port is not None and not 0 < url.port < 65536:
        raise EgressRefused("The port of this URL is not between 1 and 65535.")


def host_of(url: httpx2.URL) -> str:
    """The host as it is compared: lower case, punycode, no brackets, no final dot."""
    return url.raw_host.decode("ascii").lower().removesuffix(".")


def port_of(url: httpx2.URL) -> int:
    """The port, also where the URL leaves it out."""
    return url.port or (443 if url.scheme == "https" else 80)


def reaches(patterns: Iterable[str], url: httpx2.URL, *, any_port: bool) -> bool:
    """Whether one of `host`, `host:port`, `*.domain`, `[v6]:port` names the URL's host: whole, or label by label after `*.`.

    A pattern without a port means every port if `any_port`, else the scheme's own. A pattern that cannot be read names nothing.
    """
    own = 443 if url.scheme == "https" else 80
    return names(patterns, host_of(url), port_of(url), default=None if any_port else own)


def names(patterns: Iterable[str], host: str, port: int, *, default: int | None) -> bool:
    """The same for a host and a port; a pattern without a port means `default`, every port where that is None."""
    for pattern in patterns:
        named, at = _pattern(pattern)
        if at != port and (at is not None or default not in (None, port)):
            continue
        if named.startswith("*."):
            if len(named) > 2 and host.endswith(named[1:]) and not is_literal(host):
                return True
        elif named and named == host:
            return True
    return False


def network(text: str) -> Network:
    """A CIDR of TENUTO_EGRESS_ALLOW. Raises `Misconfigured` if it is none, or names a host within a wider network."""
    try:
        return ip_network(text.strip())
    except ValueError:
        raise Misconfigured(f"TENUTO_EGRESS_ALLOW: {text!r} is not a network.", fix="Write CIDRs: 10.1.0.0/16,127.0.0.1/32.") from None


def is_literal(host: str) -> bool:
    """Whether a host is an address, written as everybody writes it, and without a zone."""
    try:
        return bool(ip_address(host)) and "%" not in host
    except ValueError:
        return False


def meant(address: Address) -> Address:
    """The IPv4 address that an IPv4-mapped or NAT64 (RFC 6052) one leads to; every other address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _nat64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def special(address: Address) -> str | None:
    """What is special about an address that is not on the public internet ("a loopback address"); None if it is."""
    if address in metadata:
        return "a cloud's metadata service"
    for reason, networks in _refused:
        if any(address in network for network in networks):
            return reason
    if isinstance(address, IPv6Address):
        if address not in _unicast:
            return "not a public address"
        if (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE:
            return "an IPv6 address that hides an IPv4 one"  # ISATAP (RFC 5214)
    return None


@lru_cache(maxsize=1024)
def is_host(host: str) -> bool:
    """Whether it is a name, or an address as everybody writes it; in small letters."""
    return is_literal(host) or (_name.fullmatch(host) is not None and not _numeric(host))


def _numeric(host: str) -> bool:
    """Whether a host's last label is a number, so that some resolvers read the whole as an address: 2130706433, 0x7f.1, 127.1."""
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]) is not None


@lru_cache(maxsize=1024)
def _pattern(text: str) -> tuple[str, int | None]:
    try:
        url = httpx2.URL(f"//{text}")
    except (httpx2.InvalidURL, UnicodeError):
        return "", None
    if url.userinfo or url.raw_path not in (b"", b"/"):
        return "", None
    return host_of(url), url.port
