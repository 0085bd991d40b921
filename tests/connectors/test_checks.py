"""What a new secret is tried with tells whose account it is, and a wrong one is refused: for every connector that says how to try."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.connectors.conformance import every
from tests.connectors.world import World, errand, secrets
from tests.doubles.vendors import VendorsDouble

from tenuto.core.catalog import Catalog
from tenuto.core.connector import Action, Params, Request, Whoami
from tenuto.core.errors import AuthRejected
from tenuto.engine.actions.act import Actor
from tenuto.engine.ports import Sender
from tenuto.vault.sender import VaultSender

checked = sorted(key for key, each in every().items() if each.connector.check)


async def whose(double: VendorsDouble, key: str, sender: Sender) -> str:
    conformance = every()[key]
    check = conformance.connector.check
    assert check

    def ask(_: Params) -> Request[Whoami]:
        return check

    action = Action(key="check", doc="", params=Params, result=Whoami, effect="read", scopes=(), function=ask, takes_calls=False)
    catalog = Catalog(kinds={}, connectors={key: replace(conformance.connector, actions={"check": action})}, providers={})
    found = await Actor(catalog, sender, bases={key: double.bases[key] + conformance.base}).perform(errand(key, "check", {}))
    assert isinstance(found, dict)
    return str(found["account"])


@pytest.mark.parametrize("key", checked)
async def test_the_account_is_named_and_another_secret_refused(world: World, key: str) -> None:
    async with VaultSender(secrets(), allow=("127.0.0.1/32",)) as sender:
        assert await whose(world.double, key, sender)
    async with VaultSender(secrets("wrong-token-0123456789abcdef"), allow=("127.0.0.1/32",)) as sender:
        with pytest.raises(AuthRejected):
            await whose(world.double, key, sender)
