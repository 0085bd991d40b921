"""Connected accounts: how they are, who may use them, and which workflows hang on them: `/api/connections`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from tenuto.api.fields import Ask, Cursor, Done, Limit
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.connection import Connection, everybody
from tenuto.core.ways import Kind
from tenuto.services.connections import Shown
from tenuto.services.connections.adding import Given

router = Router("/api/connections", tag="Connections")

UserId = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class SecretBody(Ask):
    """An account that is opened by a key or a password."""

    integration: str = Field(max_length=64)
    name: UserId = Field(description="What nodes call it; `default` is the workspace's own.")
    secret: SecretStr = Field(
        default=SecretStr(""),
        max_length=16_384,
        description="The API key, token, password, client's secret or private key (PEM). Nobody reads it back.",
    )
    user: str = Field(default="", max_length=500, description="The user name that goes with a password; the client's or the app's id.")
    way: Kind | None = Field(
        default=None, description="How it is signed in to; by default the integration's first way that needs no consent."
    )
    fields: dict[str, Annotated[str, StringConstraints(max_length=255)]] = Field(
        default_factory=dict, max_length=20, description='What stands in the account\'s addresses: `{"site": "acme"}`.'
    )
    tenant: str | None = Field(default=None, max_length=500, description="For whom it is to speak, where it may for several.")
    user_id: UserId | None = Field(default=None, description="Whose it is; without, it is the workspace's.")
    shared: bool | None = Field(default=None, description="Whether everybody's runs may use it; by default where it is the workspace's.")


class SharingBody(Ask):
    """Who may use it beside its owner."""

    users: tuple[UserId, ...] = Field(description="User ids; `*` is everybody.")


class UsedBy(BaseModel):
    """A workflow that would stop without the connection."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str


class ConnectionView(Connection):
    """A connection, and what hangs on it."""

    workflows: tuple[UsedBy, ...] = ()


class ConnectionAnswer(Done):
    """One connection."""

    connection: ConnectionView


class StoredAnswer(ConnectionAnswer):
    """What was kept."""

    tried: bool = Field(
        description="Whether the vendor accepted it; false: there is nothing to ask it, so a wrong one shows when it is used."
    )


class ConnectionsAnswer(Done):
    """A page of connections."""

    connections: tuple[ConnectionView, ...]
    next: str | None = None


class TestedAnswer(ConnectionAnswer):
    """What the vendor says."""

    works: bool | None = Field(description="null: the vendor has no way to be asked.")


class EndedAnswer(Done):
    """It is forgotten here."""

    message: str
    revoked: bool = Field(description="Whether the vendor ended it too; else remove it in the account's settings there.")


@router.get("", permission=Permission.connection_read)
async def list_connections(
    caller: Caller,
    services: Provided,
    integration: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ConnectionsAnswer:
    """Those the caller may see, by integration and name."""
    page, shown = await services.connections.list(caller, integration=integration, limit=limit, cursor=cursor)
    return ConnectionsAnswer(connections=tuple(_view(each) for each in shown), next=page.next)


@router.post("", permission=Permission.connection_write, status_code=201, also=(502, 503, 504))
async def store_secret(body: SecretBody, caller: Caller, services: Provided) -> StoredAnswer:
    """Store a key or a password, after the vendor accepted it where it can be asked. One of the same name gets it in place of its own."""
    open_to_all = body.shared if body.shared is not None else body.user_id is None
    shared = (everybody,) if open_to_all else ()
    connection = await services.connections.connect(caller, Given(shared_with=shared, **body.model_dump(exclude={"shared"})))
    shown = await services.connections.get(caller, connection.id)
    return StoredAnswer(connection=_view(shown), tried=services.connections.tried(connection))


@router.get("/{id}", permission=Permission.connection_read)
async def get_connection(id: UUID, caller: Caller, services: Provided) -> ConnectionAnswer:
    """One, with the workflows that hang on it."""
    return ConnectionAnswer(connection=_view(await services.connections.get(caller, id)))


@router.put("/{id}/sharing", permission=Permission.connection_write)
async def share_connection(id: UUID, body: SharingBody, caller: Caller, services: Provided) -> ConnectionAnswer:
    """Say who may use it beside its owner."""
    await services.connections.share(caller, id, body.users)
    return ConnectionAnswer(connection=_view(await services.connections.get(caller, id)))


@router.post("/{id}/test", permission=Permission.connection_write, also=(502, 503, 504))
async def test_connection(id: UUID, caller: Caller, services: Provided) -> TestedAnswer:
    """Ask the vendor whether it works."""
    tested = await services.connections.test(caller, id)
    return TestedAnswer(connection=_view(await services.connections.get(caller, id)), works=tested.works)


@router.delete("/{id}", permission=Permission.connection_write)
async def delete_connection(id: UUID, caller: Caller, services: Provided) -> EndedAnswer:
    """Forget an account, and ask the vendor to end what it granted."""
    revoked = await services.connections.delete(caller, id)
    return EndedAnswer(message="Connection deleted.", revoked=revoked)


def _view(shown: Shown) -> ConnectionView:
    workflows = tuple(UsedBy(id=each.id, name=each.name) for each in shown.workflows)
    return ConnectionView(**shown.connection.model_dump(), workflows=workflows)
