"""People and programs that are known in a workspace: members, their sessions, and API keys, without anything secret."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from tenuto.core.access import Role
from tenuto.core.values import Frozen


class Member(Frozen):
    """A person of a workspace."""

    id: UUID
    name: str
    email: str | None = None
    role: Role
    created_at: datetime
    disabled_at: datetime | None = Field(default=None, description="Since when the person may not sign in any more.")


class Session(Frozen):
    """One browser in which a member is signed in."""

    id: str = Field(description="Names the session; nobody can sign in with it.")
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool = Field(default=False, description="Whether this call came by it.")


class Key(Frozen):
    """An API key; its value is shown once, when it is made."""

    id: UUID
    name: str
    prefix: str = Field(description="How the key's value begins, so that it can be recognised.")
    role: Role
    member: UUID | None = Field(default=None, description="Who made it; it ends with that person's membership.")
    created_at: datetime
    last_used_at: datetime | None = Field(default=None, description="To the minute.")
    revoked_at: datetime | None = None
