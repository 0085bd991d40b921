"""The catalog as it is shown."""

from __future__ import annotations

from pydantic import Field, JsonValue

from tenuto.core.connector import Effect
from tenuto.core.values import Frozen
from tenuto.core.ways import Kind

Schema = dict[str, JsonValue]


class KindView(Frozen):
    """A kind of node."""

    type: str
    name: str
    doc: str
    ports: tuple[str, ...] = Field(description="Some kinds have more, by their config: those of a switch are its cases.")
    pure: bool = Field(description="Whether it has no effect outside and never waits.")
    config: Schema = Field(description="JSON schema of `config`; any field may be an expression instead.")
    example: Schema


class ActionView(Frozen):
    """One thing a connector can do."""

    key: str
    doc: str
    effect: Effect
    scopes: tuple[str, ...]
    verifiable: bool = Field(description="Whether it can be found out what became of it when no answer came.")
    params: Schema = Field(description="JSON schema; `x-options` on a parameter says that there is a list to choose from.")
    result: Schema
    example: Schema = Field(description="Parameters that work in simulation.")


class FieldView(Frozen):
    """Something that stands in an account's addresses."""

    name: str
    description: str
    example: str
    pattern: str


class AuthView(Frozen):
    """How one signs in."""

    kind: Kind
    scopes: tuple[str, ...] = ()
    user: str | None = Field(default=None, description="What the vendor calls the user that is typed in; null where there is none.")
    secret: str | None = Field(default=None, description="What it calls the secret that is typed in; null where one consents instead.")
    fields: tuple[FieldView, ...] = Field(default=(), description="What has to be said of the account.")


class ConnectorView(Frozen):
    """An integration."""

    key: str
    name: str
    doc: str
    auth: AuthView = Field(description="The way that is offered first.")
    also: tuple[AuthView, ...] = Field(default=(), description="The other ways.")
    webhooks: bool
    actions: tuple[ActionView, ...]


class ProviderView(Frozen):
    """What makes agents answer."""

    key: str
    name: str
    doc: str
    auth: AuthView
    credential: str | None = Field(description="The setting it needs, where it is one for all its agents.")
    vendors: dict[str, str] = Field(description="Whom it asks, and the setting with the key of each.")


class CatalogView(Frozen):
    """Everything that is installed."""

    kinds: tuple[KindView, ...]
    node: Schema = Field(description="JSON schema of what all nodes have in common.")
    connectors: tuple[ConnectorView, ...]
    providers: tuple[ProviderView, ...]
