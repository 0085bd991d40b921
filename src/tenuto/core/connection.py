"""A connection: what may be shown of an account that somebody connected."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

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
