"""A connection: what may be shown of an account that somebody connected, and on whose behalf a request goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from tenuto.core.limits import Place
from tenuto.core.values import Frozen


class Connection(Frozen):
    """An account at an integration, without its secrets."""

    id: UUID
    name: str
    integration: str
    user_id: str | None = None
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    status: Literal["valid", "expiring", "needs_attention"] = "valid"
    account: str | None = None


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
