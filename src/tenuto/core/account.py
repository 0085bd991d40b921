"""What an account at an integration is, beside its secrets: the fields that stand in its addresses, and these addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from tenuto.core.answer import Answer
from tenuto.core.errors import AuthRejected, EgressRefused
from tenuto.core.ways import Kind

label = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""A label of a host name (RFC 1123, 2.1)."""
host_name = rf"(?=.{{1,253}}\Z){label}(?:\.{label})*"
token_field = "token"  # noqa: S105 - the name of a field
"""The placeholder that stays: the vault alone puts a token into a path."""
path_field = "path"
"""The placeholder of a whole path, of one segment or more, below a host that people have to say as well."""

_placeholder = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_value = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,255}")
_longest_path = 1_000
_host_name = re.compile(host_name)
_given_base = re.compile(r"https://([^/]+)((?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)*)/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountField:
    """What people have to say of their account because an address has it: `site` for `https://{site}.atlassian.net`."""

    name: str
    description: str
    example: str
    pattern: str = label
    """What a value matches as a whole. `host_name` where it is the whole host; never more than letters, digits and `._~-`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A connection, as far as it says where requests go."""

    id: UUID
    name: str
    way: Kind
    """How it is signed in to."""
    fields: Mapping[str, str]
    base_url: str | None = None
    """What the vendor said at the sign-in, unchecked."""


class Tenant(NamedTuple):
    """One of those for whom a sign-in may speak (a Jira site), and its fields."""

    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """A question asked with a new credential, for fields that no person knows: `cloud_id` of a Jira site."""

    url: str
    gives: tuple[str, ...]
    """The fields that each tenant has."""
    read: Callable[[Answer], Sequence[Tenant]]


def placeholders(template: str) -> tuple[str, ...]:
    """The names in braces of a URL, in their order."""
    return tuple(_placeholder.findall(template))


def plain(value: str) -> bool:
    """Whether a value may stand in an address: as one segment of a path, or within a host."""
    return _value.fullmatch(value) is not None


def plain_for(name: str, value: str) -> bool:
    """Whether a field of this name may have the value: the path is the only one that may have several segments."""
    if name != path_field:
        return plain(value)
    return len(value) <= _longest_path and all(plain(segment) for segment in value.split("/"))


def bounded(template: str) -> bool:
    """Whether whoever fills in a host stays in one domain: two labels to the right are fixed.

    A host that is a single field is an installation of the customer's own and bounded by nothing but the guard at the door.
    """
    host = _host(template)
    if "{" not in host or _placeholder.fullmatch(host):
        return True
    labels = host.rpartition("}")[2].partition(".")[2].split(".")
    return len(labels) >= 2 and all(labels)


def filled(template: str, fields: Mapping[str, str]) -> str:
    """A URL with the fields of an account; `{token}` stays.

    Raises `AuthRejected` for a field that the account does not have, and `EgressRefused` for a value that would lead elsewhere.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == token_field:
            return match[0]
        if name not in fields:
            raise AuthRejected(f"The account does not have the field {name}, which is part of its address.", fix="Connect it again.")
        if not plain_for(name, fields[name]):
            raise EgressRefused(f"The field {name} of the account cannot be part of an address.", fix="Connect it again.")
        return fields[name]

    url = _placeholder.sub(value, template)
    pattern, host = _host(template), _host(url)
    if "{" in pattern and not (_host_name.fullmatch(host) and host.endswith(pattern.rpartition("}")[2])):
        raise EgressRefused(f"The fields of the account make {host}, which is no host of this integration.", fix="Connect it again.")
    return url


def moved(template: str, given: str, domains: Sequence[str]) -> str:
    """The path of a base URL below the one that a vendor gave at a sign-in.

    Raises `EgressRefused` unless that is plain https at one of these domains, or below one: the secret goes there.
    """
    found = _given_base.fullmatch(given)
    host = found[1].lower() if found else ""
    if not found or not _host_name.fullmatch(host) or not any(host == each or host.endswith("." + each) for each in domains):
        raise EgressRefused(
            "The vendor gave an address for this account that is not one of its own.",
            fix="Connect it again; if that does not help, the connector's domains are incomplete.",
        )
    return f"https://{host}{found[2]}{urlsplit(template).path}".rstrip("/")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
