"""What workflows can be built of, described for forms, palettes and documentation; and the choices for a parameter."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Literal, NamedTuple, cast

from pydantic import BaseModel, JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.agent import AgentProvider
from tenuto.core.auth import Auth, NoAuth
from tenuto.core.catalog import Catalog as Installed
from tenuto.core.connecting import fields_asked
from tenuto.core.connector import Action, Connector
from tenuto.core.errors import Invalid, NotFound
from tenuto.core.node import NodeKind
from tenuto.core.values import Frozen, JsonObject
from tenuto.core.ways import kind_of, labels_of, scopes_of
from tenuto.core.workflow import NodeSpec
from tenuto.services.catalog_views import ActionView, AuthView, CatalogView, ConnectorView, FieldView, KindView, ProviderView, Schema
from tenuto.services.integrations import Integrations


class Choice(Frozen):
    """One value that a parameter may have, and how people know it."""

    value: JsonValue
    label: str


class Choices(NamedTuple):
    """The values to choose from."""

    options: tuple[Choice, ...]
    simulated: bool


class Catalog:
    """The use cases of the catalog, which does not change while the process lives."""

    def __init__(self, installed: Installed, integrations: Integrations) -> None:
        self._installed = installed
        self._integrations = integrations
        self._document: tuple[bytes, str] | None = None
        self._writing = asyncio.Lock()

    def name(self, integration: str) -> str:
        """What people call an integration; its key, where it is not installed."""
        connector = self._installed.connectors.get(integration)
        return connector.name if connector is not None else integration

    async def view(self, caller: Principal) -> tuple[bytes, str]:
        """The catalog as JSON, and the tag that changes with it."""
        caller.require(Permission.catalog_read)
        return await self.write()

    async def write(self) -> tuple[bytes, str]:
        """See that the catalog is written. The first time takes half a second and more, in which the process goes on with its runs."""
        async with self._writing:
            if self._document is None:
                self._document = await asyncio.to_thread(_document, self._installed)
            return self._document

    def action(self, caller: Principal, connector: str, action: str) -> Action:
        """One action. Raises `NotFound`, with the pointer `/action` where there is the connector and not the action."""
        caller.require(Permission.catalog_read)
        found = self._installed.connector(connector)
        try:
            return self._installed.action(found.key, action)
        except NotFound as unknown:
            raise unknown.at(pointer="/action") from None

    async def options(
        self, caller: Principal, connector: str, action: str, parameter: str, *, params: JsonObject, user_id: str | None = None
    ) -> Choices:
        """The choices for a parameter, as the action lists them that the parameter names; `params` are what that listing needs to know.

        Raises `NotFound` for a parameter that nothing lists.
        """
        caller.require(Permission.integration_call)
        declared = _options(self._installed.action(connector, action), parameter)
        listing = self._installed.action(connector, str(declared["action"]))
        if listing.effect not in ("pure", "read"):
            raise Invalid(f"{listing.key} does more than to list.")
        wanted = {name: value for name, value in params.items() if name in _properties(listing.params)}
        called = await self._integrations.call(caller, connector, listing.key, wanted, user_id=user_id)
        items = cast("JsonObject", called.result).get(str(declared["items"]))
        value, label = str(declared["value"]), str(declared["label"])
        found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        return Choices(
            tuple(Choice(value=item.get(value), label=str(item.get(label, item.get(value)))) for item in found), called.simulated
        )


def _document(installed: Installed) -> tuple[bytes, str]:
    view = CatalogView(
        kinds=tuple(_kind(key, kind) for key, kind in installed.kinds.items()),
        node=_schema(NodeSpec),
        connectors=tuple(_connector(connector) for connector in installed.connectors.values()),
        providers=tuple(_provider(provider) for provider in installed.providers.values()),
    )
    data = view.model_dump_json(by_alias=True).encode()
    return data, f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _kind(key: str, kind: type[NodeKind]) -> KindView:
    config = cast("type[BaseModel]", kind.model_fields["config"].annotation)
    name = key.replace("_", " ").capitalize()
    return KindView(
        type=key, name=name, doc=_doc(kind), ports=tuple(kind.ports), pure=kind.pure, config=_schema(config), example=dict(kind.example)
    )


def _connector(connector: Connector) -> ConnectorView:
    return ConnectorView(
        key=connector.key,
        name=connector.name,
        doc=connector.doc,
        auth=_way(connector, connector.auth),
        also=tuple(_way(connector, way) for way in connector.also),
        webhooks=connector.webhook is not None,
        actions=tuple(_action(action) for action in connector.actions.values()),
    )


def _action(action: Action) -> ActionView:
    return ActionView(
        key=action.key,
        doc=action.doc,
        effect=action.effect,
        scopes=action.scopes,
        verifiable=action.verify is not None,
        params=_schema(action.params),
        result=_schema(action.result, "serialization"),
        example=_example(action),
    )


def _provider(provider: AgentProvider) -> ProviderView:
    doc = _doc(type(provider))
    vendors = provider.vendors()
    one = vendors[0] if len(vendors) == 1 else None
    return ProviderView(
        key=provider.key,
        name=provider.name,
        doc=doc,
        auth=_auth(one.auth if one is not None else NoAuth()),
        credential=one.credential if one is not None else None,
        vendors={each.name: each.credential for each in vendors},
    )


def _auth(auth: Auth) -> AuthView:
    labels = labels_of(auth)
    return AuthView(kind=kind_of(auth), scopes=scopes_of(auth), user=labels.user, secret=labels.secret)


def _way(connector: Connector, auth: Auth) -> AuthView:
    asked = fields_asked(connector, auth)
    fields = tuple(FieldView(name=each.name, description=each.description, example=each.example, pattern=each.pattern) for each in asked)
    return _auth(auth).model_copy(update={"fields": fields})


def _example(action: Action) -> Schema:
    """The first example of every required parameter."""
    fields = action.params.model_fields
    return {
        field.alias or name: cast("JsonValue", field.examples[0])
        for name, field in fields.items()
        if field.is_required() and field.examples
    }


def _options(action: Action, parameter: str) -> Mapping[str, JsonValue]:
    field = _properties(action.params).get(parameter)
    extra = field.get("x-options") if field else None
    if not isinstance(extra, dict):
        raise NotFound(f"Nothing lists the values of {parameter} of {action.key}.")
    return extra


def _properties(model: type[BaseModel]) -> Mapping[str, dict[str, JsonValue]]:
    found = _schema(model).get("properties")
    return cast("Mapping[str, dict[str, JsonValue]]", found or {})


def _schema(model: type[BaseModel], mode: Literal["validation", "serialization"] = "validation") -> Schema:
    """`serialization` for what we answer: a vendor's name for a field is not ours."""
    return cast("Schema", model.model_json_schema(by_alias=True, mode=mode))


def _doc(thing: type[object]) -> str:
    return (thing.__doc__ or "").strip()
