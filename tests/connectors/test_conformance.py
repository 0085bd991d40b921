"""Every request of every action fits the vendor's document, and the check that says so can fail."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from tests.connectors.conformance import Conformance, Refused, every
from tests.connectors.world import World

from tenuto.core.catalog import discover

elsewhere: dict[str, str] = {
    "mail": "tests/connectors/test_mail.py",
    "mcp": "tests/connectors/test_mcp.py",
    "mcp_command": "tests/security/test_mcp_commands.py",
    "postgresql": "tests/connectors/test_postgresql.py",
    "rss": "tests/connectors/test_rss.py",
}
"""Installed connectors that speak no HTTP of one vendor's, and the tests that hold them to something real."""


def test_every_connector_that_is_installed_is_held_against_something() -> None:
    assert {*every()} | {*elsewhere} == {*discover().connectors}
    assert not {*every()} & {*elsewhere}
    for test in elsewhere.values():
        assert (Path(__file__).parents[2] / test).exists(), test


async def every_action(world: World, conformance: Conformance) -> None:
    """Perform all cases, and look for the effect of each again."""
    key, done, number = conformance.connector.key, set[str](), 0
    cases = conformance.cases(world.double)
    action, params = next(cases)
    while True:
        number += 1
        result = await world.do(key, action, params, f"{key}:{action}:{number}")
        if conformance.connector.actions[action].verify:
            assert await world.look(key, action, params, f"{key}:{action}:{number}"), f"{action} is not found again"
        done.add(action)
        try:
            action, params = cases.send(result)
        except StopIteration:
            break
    assert done == {*conformance.connector.actions}, "each action has a case"


@pytest.mark.parametrize("key", sorted(every()))
async def test_every_request_of_every_action_fits(world: World, key: str) -> None:
    conformance = every()[key]
    await every_action(world, conformance)
    assert world.double.calls
    if conformance.contract is None:
        assert "http" in (importlib.import_module(conformance.double.__module__).__doc__ or ""), "the double cites the vendor's page"
    else:
        assert world.sender.judged


@pytest.mark.parametrize("key", sorted(key for key, each in every().items() if each.contract))
async def test_what_the_vendor_would_refuse_is_refused_for_every_operation(world: World, key: str) -> None:
    contract = every()[key].contract
    assert contract
    await every_action(world, every()[key])
    for (_, operation), request in world.sender.judged.items():
        assert contract.check(request) == operation
        spoiled = [*contract.spoiled(request)]
        assert spoiled
        for what, broken in spoiled:
            with pytest.raises(Refused):
                pytest.fail(f"{operation} was let through with {what}: {contract.check(broken)}")
