"""A connection: what may be shown of an account that somebody connected, and on whose behalf a request goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from tenuto.core.limits import Place
from tenuto.core.values import Frozen
from tenuto.core.ways import Kind

Health: TypeAlias = Literal["valid", "expiring", "needs_attention"]
everybody = "*"
default_name = "default"
warned_before = timedelta(days=7)
"""How long before its end a connection that cannot be renewed is said to expire."""


class Connection(Frozen):
    """An account at an integration, without its secrets."""

    id: UUID
    name: str = Field(description="What nodes call it; unique for the integration. `default` is the workspace's own.")
    integration: str
    user_id: str | None = Field(default=None, description="Whose it is; None for an account of the workspace.")
    shared_with: tuple[str, ...] = Field(default=(), description="User ids who may use it beside its owner; `*` for everybody.")
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = Field(
        default=None, description="When the access token ends. It is renewed before, where that can be done."
    )
    renewable: bool = Field(default=False, description="Whether there is a refresh token.")
    refresh_expires_at: datetime | None = Field(default=None, description="When the refresh token ends, where the vendor says so.")
    status: Health = "valid"
    reason: str | None = Field(default=None, description="Why it is not valid.")
    account: str | None = Field(default=None, description="The account's name at the vendor.")
    base_url: str | None = Field(default=None, description="Where this account's API is, where the vendor says so.")
    way: Kind | None = Field(default=None, description="How it is signed in to.")
    fields: Mapping[str, str] = Field(default_factory=dict[str, str], description='What stands in its addresses: `{"site": "acme"}`.')
    made_by: str = ""
    created_at: datetime
    updated_at: datetime
    refreshed_at: datetime | None = None

    def usable_by(self, user_id: str | None) -> bool:
        """Whether a run on behalf of this user may use it."""
        return everybody in self.shared_with or (user_id is not None and (user_id == self.user_id or user_id in self.shared_with))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """On whose behalf a request goes out, and where its secret may be sent."""

    workspace: int
    user_id: str | None = None
    integration: str | None = None
    """Whose secret is to be put in: a connector's key, or `agent:<provider>`; None for none."""
    connection: str | None = None
    """The connection's name, where the node names one."""
    connection_id: UUID | None = None
    """The connection whose account the request's URL was made for: the secret of another may not go there."""
    optional: bool = False
    """Whether it goes out without a secret where nobody is connected and the node names no connection."""
    hosts: tuple[str, ...] = ()
    """Hosts (`host` or `host:port`) the secret may be sent to; with a secret the request may go nowhere else."""
    allow: tuple[str, ...] = ()
    """The workflow's own egress allow-list; empty means any public host."""
    place: Place | None = None
    """Where it stands in line when a rate limit makes it wait; None outside of runs, where it is refused instead of put off."""


def health(
    now: datetime, *, expires_at: datetime | None, refresh_expires_at: datetime | None, renewable: bool, attention: str | None
) -> tuple[Health, str | None]:
    """How a connection is, and why it is not well."""
    if attention is not None:
        return "needs_attention", attention
    end = refresh_expires_at if renewable else expires_at
    if end is None or end > now + warned_before:
        return "valid", None
    what = "The refresh token" if renewable else "The access token, for which there is no refresh token,"
    if end <= now:
        return "needs_attention", f"{what} has expired."
    return "expiring", f"{what} expires at {end:%Y-%m-%d %H:%M} UTC."
