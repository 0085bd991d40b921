"""Applications that act for a member over MCP: who they say they are, where answers to them go, and what they may be allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from pydantic import Field

from tenuto.core.access import Permission, Principal
from tenuto.core.values import Frozen


class Scope(StrEnum):
    """One thing that an application may be allowed; it never widens the role of the member."""

    runs_read = "runs:read"
    workflows_run = "workflows:run"
    actions_call = "actions:call"


class Covers(NamedTuple):
    """What a scope is to a person, and what it is to us."""

    said: str
    permissions: frozenset[Permission]


_read = frozenset({Permission.catalog_read, Permission.execution_read})

scopes: Mapping[Scope, Covers] = {
    Scope.runs_read: Covers("See runs, with what went in and what came out", _read),
    Scope.workflows_run: Covers(
        "Start published workflows, and see their runs", _read | {Permission.workflow_read, Permission.execution_start}
    ),
    Scope.actions_call: Covers(
        "Call single actions of connected applications, such as sending a message, with your accounts",
        frozenset({Permission.catalog_read, Permission.integration_call}),
    ),
}


def permissions(allowed: Iterable[str]) -> frozenset[Permission]:
    """What these scopes allow; names that are none (any more) allow nothing."""
    known = [scopes[Scope(each)].permissions for each in allowed if each in set(Scope)]
    return frozenset(permission for each in known for permission in each)


def scope_of_tool(name: str) -> Scope:
    """What a call of a tool of `/mcp` needs, by its name as `mcp/tools.py` makes them."""
    if "__" in name and not name.startswith("run_"):
        return Scope.actions_call
    return Scope.runs_read if name == "get_run" else Scope.workflows_run


def lacking(caller: Principal, tool: str) -> Scope | None:
    """What has to be allowed before an application may call a tool that the member behind it may; None if nothing."""
    scope, own = scope_of_tool(tool), caller._replace(only=None)
    needed = scopes[scope].permissions
    return scope if all(own.may(each) for each in needed) and not all(caller.may(each) for each in needed) else None


class Application(Frozen):
    """A client of the authorization server. Its name is what it says itself; nobody has checked it."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    renewable: bool = Field(description="Whether it asked to be given refresh tokens.")

    @property
    def published(self) -> str | None:
        """The host that vouches for it: its id is the address of a document there; None where it registered itself."""
        return urlsplit(self.id).hostname if self.id.startswith("https://") else None


class Grant(Frozen):
    """What a member allowed an application."""

    id: UUID
    member: UUID
    client: str = Field(description="The application's client id.")
    name: str = Field(description="What the application calls itself.")
    scopes: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None = Field(default=None, description="To the minute.")
    ended_at: datetime | None = None
    ended_because: str | None = None


_loopback = {"127.0.0.1", "::1", "localhost"}
_scheme = re.compile(r"[a-z][a-z0-9+.-]{1,40}")
_not_for_apps = {
    *("http", "https", "ws", "wss", "ftp", "file", "data", "javascript", "vbscript", "blob", "about", "view-source"),
    *("filesystem", "mailto", "tel", "sms", "chrome", "resource", "jar", "ms-msdt", "search-ms"),
}
"""Schemes that a browser or a system acts upon by itself, and that no application has for its own."""
longest_redirect = 2_000


def registrable(uri: str) -> bool:
    """Whether people may be sent there with a code: https, this very machine (RFC 8252, 7.3), or an application's own scheme (7.1)."""
    if len(uri) > longest_redirect or not re.fullmatch(r"[!-~]+", uri) or re.search(r'[\\<>"`{}|^#*]', uri):
        return False
    parts = _split(uri)
    if parts is None or not _scheme.fullmatch(parts.scheme) or parts.username is not None or parts.password is not None:
        return False
    if parts.scheme in ("https", "http"):
        return bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in _loopback)
    return parts.scheme not in _not_for_apps


def sends_to(registered: Sequence[str], asked: str) -> bool:
    """Whether an address is one of those registered: character by character, but for the port of this very machine (RFC 8252, 7.3)."""
    return asked in registered or any(_same_but_port(each, asked) for each in registered)


def destination(uri: str) -> str:
    """Where an address leads, as a person is told."""
    parts = urlsplit(uri)
    if parts.hostname in _loopback:
        return "a program on this computer"
    return parts.hostname if parts.scheme == "https" and parts.hostname else f"the application that opens {parts.scheme}: addresses"


def _same_but_port(registered: str, asked: str) -> bool:
    one, other = _split(registered), _split(asked)
    if one is None or other is None or not registrable(asked):
        return False
    local = one.scheme == other.scheme == "http" and one.hostname == other.hostname and one.hostname in _loopback
    return local and (one.path, one.query) == (other.path, other.query)


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts
