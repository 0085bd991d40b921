"""Who is calling, and who may do what: the matrix, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

from tenuto.core.errors import Forbidden


class Role(StrEnum):
    """What a member or a key is in a workspace, from most to least."""

    owner = "owner"
    editor = "editor"
    operator = "operator"
    viewer = "viewer"


class Permission(StrEnum):
    """One thing that may be done; every route and every service method names one."""

    workflow_read = "workflow:read"
    workflow_write = "workflow:write"
    workflow_publish = "workflow:publish"
    execution_read = "execution:read"
    execution_start = "execution:start"
    execution_operate = "execution:operate"
    execution_delete = "execution:delete"
    agent_read = "agent:read"
    agent_write = "agent:write"
    agent_ask = "agent:ask"
    connection_read = "connection:read"
    connection_write = "connection:write"
    integration_call = "integration:call"
    approval_decide = "approval:decide"
    act_for_others = "user:act-for-others"
    catalog_read = "catalog:read"
    member_manage = "member:manage"
    key_manage = "key:manage"
    trigger_read = "trigger:read"
    trigger_operate = "trigger:operate"
    trigger_manage = "trigger:manage"


_viewer = frozenset(
    {
        Permission.workflow_read,
        Permission.execution_read,
        Permission.agent_read,
        Permission.connection_read,
        Permission.catalog_read,
        Permission.trigger_read,
    }
)
_operator = _viewer | {
    Permission.execution_start,
    Permission.execution_operate,
    Permission.approval_decide,
    Permission.agent_ask,
    Permission.integration_call,
    Permission.trigger_operate,
}
_editor = _operator | {
    Permission.workflow_write,
    Permission.workflow_publish,
    Permission.execution_delete,
    Permission.agent_write,
    Permission.connection_write,
    Permission.trigger_manage,
}

matrix: Mapping[Role, frozenset[Permission]] = {
    Role.viewer: _viewer,
    Role.operator: _operator,
    Role.editor: _editor,
    Role.owner: frozenset(Permission),
}


class Principal(NamedTuple):
    """Who is calling. There is no default: a call without one is refused."""

    workspace: int
    kind: Literal["member", "key", "local", "trigger"]
    id: UUID | None
    name: str
    role: Role
    behind: UUID | None = None
    """The member who made this key."""
    only: frozenset[Permission] | None = None
    """What an application that acts for a member was allowed, of what the role may; None where nobody stands between."""

    @property
    def label(self) -> str:
        """How the caller is named in events and messages: `key:ci`, `member:Ada`, `local`."""
        return f"{self.kind}:{self.name}" if self.kind != "local" else "local"

    @property
    def names(self) -> tuple[str, ...]:
        """Everything by which a workflow may name the caller: label, id and role (`member:Ada`, `member:0198…`, `role:editor`)."""
        by_id = (f"{self.kind}:{self.id}",) if self.id is not None else ()
        return (self.label, *by_id, f"role:{self.role.value}")

    @property
    def person(self) -> str:
        """Who this is where people are counted: a key acts for the member who made it."""
        if self.behind is not None:
            return f"member:{self.behind}"
        return f"{self.kind}:{self.id}" if self.id is not None else self.label

    def may(self, permission: Permission) -> bool:
        """Whether the caller's role has this permission, and, of an application, whether it was allowed."""
        return permission in matrix[self.role] and (self.only is None or permission in self.only)

    def require(self, permission: Permission) -> None:
        """Raises `Forbidden` if the caller may not do this."""
        if not self.may(permission):
            if permission in matrix[self.role]:
                raise Forbidden(
                    f"The application was not allowed {permission.value}.", fix="Connect the application again, and allow what it needs."
                )
            raise Forbidden(
                f"The role {self.role.value} does not have the permission {permission.value}.",
                fix="Ask an owner of the workspace for a role that has it.",
            )

    def user(self, asked: str | None) -> str | None:
        """The user id to act for: the asked one, if the caller may act for others or is that user. Raises `Forbidden`."""
        if asked is None or self.may(Permission.act_for_others) or asked == str(self.id):
            return asked
        raise Forbidden(f"You may not act for the user {asked!r}.", fix="Leave user_id out, or use an owner's key.")
