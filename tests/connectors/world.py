"""What connector tests work with: the doubles, the real guarded sender that checks contracts, and an actor on top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from tests.connectors.conformance import Checked, every
from tests.doubles.vendor import token, user
from tests.doubles.vendors import VendorsDouble

from tenuto.core.catalog import Catalog
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.ports import Ticket
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

catalog = Catalog(kinds={}, connectors={key: each.connector for key, each in every().items()}, providers={})


@dataclass
class World:
    """The parts, and short words for what tests do."""

    double: VendorsDouble
    sender: Checked
    actor: Actor

    async def do(self, connector: str, action: str, params: JsonObject, key: str = "run:node:1") -> dict[str, Any]:
        result = await self.actor.perform(errand(connector, action, params, key))
        assert isinstance(result, dict)
        return result

    async def look(self, connector: str, action: str, params: JsonObject, key: str = "run:node:1") -> dict[str, Any] | None:
        found = await self.actor.verify(errand(connector, action, params, key))
        assert found is None or isinstance(found, dict)
        return found


def errand(connector: str, action: str, params: JsonObject, key: str = "run:node:1") -> Errand:
    return Errand(connector=connector, action=action, params=params, ticket=Ticket(workspace=1), key=key, now=datetime.now(UTC))


def secrets(secret: str = token) -> SettingSecrets:
    """The same token for every connector of the catalog."""
    return SettingSecrets(
        {
            key: Setting(
                name=key.upper(),
                credential=Credential(auth=each.way or each.connector.auth, secret=SecretStr(secret), user=user),
            )
            for key, each in every().items()
        }
    )
