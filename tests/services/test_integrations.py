"""Single calls against a vendor's double: real ones, lost answers, and what is never simulated."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from tests.connectors.world import catalog, secrets
from tests.doubles.slack import Slack
from tests.doubles.vendors import VendorsDouble, vendors_double

from tenuto.core.access import Principal, Role
from tenuto.core.errors import AuthRejected, ConnectionMissing, Forbidden, Unreachable
from tenuto.engine.actions.act import Actor
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.engine.parts import Parts
from tenuto.services.integrations import Integrations
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

owner = Principal(1, "local", None, "local", Role.owner)
message = {"channel": "C00000000", "text": "Hello"}


@asynccontextmanager
async def calling(double: VendorsDouble, vault: SettingSecrets, *, development: bool = True) -> AsyncGenerator[Integrations]:
    async with VaultSender(vault, allow=("127.0.0.1/32",)) as sender:
        actor = Actor(catalog, sender, bases=double.bases)
        yield Integrations(Parts(catalog=catalog, providers={}, sender=sender, actor=actor, sandbox=Sandbox()), development=development)


@pytest.fixture
async def double() -> AsyncGenerator[VendorsDouble]:
    async with vendors_double() as running:
        yield running


async def test_with_a_connection_it_is_really_done(double: VendorsDouble) -> None:
    async with calling(double, secrets()) as integrations:
        called = await integrations.call(owner, "slack", "list_channels", {})
    assert called.simulated is False
    assert [call.path.rpartition("/")[2] for call in double.calls] == ["conversations.list"]


async def test_a_refused_token_is_a_failure_and_no_reason_to_pretend(double: VendorsDouble) -> None:
    async with calling(double, secrets("xoxb-wrong-token-0000")) as integrations:
        with pytest.raises(AuthRejected):
            await integrations.call(owner, "slack", "list_channels", {})


async def test_without_a_connection_nothing_is_sent(double: VendorsDouble) -> None:
    async with calling(double, SettingSecrets({})) as integrations:
        assert (await integrations.call(owner, "slack", "send_message", message)).simulated is True
        with pytest.raises(ConnectionMissing):
            await integrations.call(owner, "slack", "send_message", message, simulated=False)
    async with calling(double, SettingSecrets({}), development=False) as integrations:
        with pytest.raises(ConnectionMissing):
            await integrations.call(owner, "slack", "send_message", message)
        assert (await integrations.call(owner, "slack", "send_message", message, simulated=True)).simulated is True
    assert double.calls == []


async def test_a_lost_answer_is_looked_up_and_never_repeated(double: VendorsDouble) -> None:
    async with calling(double, secrets()) as integrations:
        double.fail("slack", "drop_after", path="chat.postMessage")
        called = await integrations.call(owner, "slack", "send_message", message)
        assert isinstance(called.result, dict)
        assert called.result["text"] == "Hello"
        double.fail("slack", "drop_before", path="chat.postMessage")
        with pytest.raises(Unreachable, match="was not carried out"):
            await integrations.call(owner, "slack", "send_message", message)
    assert len(double[Slack].messages["C00000000"]) == 1
    assert len([call for call in double.calls if call.path.endswith("chat.postMessage")]) == 2


async def test_it_asks_for_its_permission(double: VendorsDouble) -> None:
    async with calling(double, secrets()) as integrations:
        with pytest.raises(Forbidden):
            await integrations.call(Principal(1, "key", None, "v", Role.viewer), "slack", "list_channels", {})
    assert double.calls == []
