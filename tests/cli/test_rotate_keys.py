"""rotate-keys beside servers at work: deliveries signed with sealed secrets are taken all the while, in every step of the how-to."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from tests.api.conftest import served
from tests.api.hooking import body_of, github, path_of, publish, webhook, workflow
from tests.cli.conftest import Command, ended
from tests.cli.test_serve import address
from tests.doubles.transit import transit_double
from tests.security.test_canary import dump, traces
from tests.vault.test_transit import token


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@dataclass
class Senders:
    """A vendor that delivers to every server in turn, and keeps what was not taken."""

    secret: str
    path: str
    urls: list[str] = field(default_factory=list[str])
    taken: int = 0
    refused: list[str] = field(default_factory=list[str])

    async def deliver(self, client: httpx2.AsyncClient, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for url in tuple(self.urls):
                body = body_of({"n": self.taken})
                answer = await client.post(url + self.path, content=body, headers=github(self.secret, body, f"d-{self.taken}"))
                if answer.status_code == 202:
                    self.taken += 1
                else:
                    self.refused.append(f"{answer.status_code} {answer.text}")
            await asyncio.sleep(0.02)

    async def more_than(self, number: int) -> None:
        """Wait until more have been taken."""
        async with asyncio.timeout(60):
            while self.taken <= number:
                await asyncio.sleep(0.02)


async def placed(dsn: str, folder: Path) -> tuple[str, Senders]:
    """A workflow with a signed webhook; the master key it was sealed under, and its sender."""
    key = new_key()
    async with served(dsn, folder, TENUTO_SECRET_KEY=key) as api:
        [hook] = await publish(api.as_role("owner"), workflow(webhook("in", connector="github")))
        return key, Senders(hook["secret"], path_of(hook))


async def test_servers_go_on_while_keys_are_rotated(tenuto: Command, dsn: str, tmp_path: Path) -> None:
    old, senders = await placed(dsn, tmp_path)
    new = new_key()
    stop = asyncio.Event()
    async with httpx2.AsyncClient(timeout=60) as client:
        servers = [tenuto.start("serve", "--port", "0", "--json", TENUTO_SECRET_KEY=f"{old},{new}") for _ in range(2)]
        senders.urls = [(await asyncio.to_thread(address, server))["url"] for server in servers]
        delivering = asyncio.create_task(senders.deliver(client, stop))
        await senders.more_than(0)
        early = senders.taken
        killed = tenuto.start("rotate-keys", "--data-keys", "--json", TENUTO_SECRET_KEY=f"{new},{old}")
        await asyncio.sleep(1.5)
        killed.send_signal(signal.SIGKILL)
        await asyncio.to_thread(killed.communicate)
        done = await asyncio.to_thread(lambda: tenuto("rotate-keys", "--data-keys", "--json", TENUTO_SECRET_KEY=f"{new},{old}"))
        assert done.code == 0, done.err
        before = senders.taken
        await senders.more_than(before)
        stop.set()
        await delivering
    assert senders.refused == []
    assert before > early, "deliveries were taken while keys were rotated"
    for server in servers:
        assert ended(server, signal.SIGTERM).code == 0
    again = tenuto("rotate-keys", "--json", TENUTO_SECRET_KEY=new)
    assert again.json["secrets"] == 0
    assert again.json["unreadable"] == []
    text = done.out + done.err + again.out + await dump(dsn)
    for secret in (senders.secret, old, new, base64.b64decode(new).hex()):
        assert traces(text, secret) == [], "sealed, and shown nowhere"


async def test_what_it_says_to_a_person_and_with_the_wrong_key(tenuto: Command, dsn: str, tmp_path: Path) -> None:
    old, _ = await placed(dsn, tmp_path)
    new = new_key()
    said = tenuto("rotate-keys", TENUTO_SECRET_KEY=f"{new},{old}")
    assert said.code == 0
    assert said.out.startswith("Sealed again: 1 data key, 0 secrets. The master key is local:")
    wrong = tenuto("rotate-keys", TENUTO_SECRET_KEY=old)
    assert wrong.code == 1
    assert "Left as it was: data_keys" in wrong.err
    assert "Traceback" not in wrong.err
    assert old not in wrong.err + wrong.out


async def test_to_vault_and_what_is_half_set_up(tenuto: Command, dsn: str, tmp_path: Path) -> None:
    key, _ = await placed(dsn, tmp_path)
    async with transit_double() as vault:
        vault.allow(token, "tenuto")
        settings = {"TENUTO_SECRET_KEY": key, "TENUTO_VAULT_URL": vault.url, "TENUTO_VAULT_TOKEN": token}

        async def said(**more: str) -> tuple[int, str, str]:
            done = await asyncio.to_thread(lambda: tenuto("rotate-keys", "--json", **{**settings, **more}))
            return done.code, done.out, done.err

        checked = await asyncio.to_thread(lambda: tenuto("doctor", "--json", **settings))
        assert "transit:transit/tenuto:v1 can be asked" in checked.out
        code, out, err = await said()
        assert (code, "transit:transit/tenuto:v1" in out) == (0, True), err
        vault.sealed = True
        code, out, err = await said()
        assert (code, "Vault is sealed" in out) == (5, True)
        checked = await asyncio.to_thread(lambda: tenuto("doctor", "--json", **settings))
        assert (checked.code != 0, "Vault is sealed" in checked.out) == (True, True)
        vault.sealed = False
        code, out, _ = await said(TENUTO_VAULT_TOKEN="hvs.other")
        assert (code, "policy" in out) == (4, True)
        code, out, _ = await said(TENUTO_MASTER="environment")
        assert (code, '"master":"local:' in out) == (0, True)
    assert token not in out + err


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"TENUTO_VAULT_URL": "http://vault.example:8200", "TENUTO_VAULT_TOKEN": "t"}, "TENUTO_VAULT_URL"),
        ({"TENUTO_VAULT_URL": "https://vault.example:8200"}, "TENUTO_VAULT_TOKEN"),
        ({"TENUTO_VAULT_URL": "https://v.example", "TENUTO_VAULT_TOKEN": "t", "TENUTO_VAULT_TOKEN_FILE": "/t"}, "TENUTO_VAULT_TOKEN"),
        ({"TENUTO_VAULT_KEY": "../sys/seal"}, "TENUTO_VAULT_KEY"),
        ({"TENUTO_VAULT_KEY": "tenuto"}, "TENUTO_VAULT_KEY"),
        ({"TENUTO_MASTER": "vault"}, "TENUTO_VAULT_URL"),
        ({"TENUTO_MASTER": "kms"}, "TENUTO_MASTER"),
    ],
)
def test_settings_that_are_wrong_are_named(tenuto: Command, wrong: dict[str, str], named: str) -> None:
    said = tenuto("rotate-keys", **wrong)
    assert (said.code, named in said.err, "Traceback" in said.err) == (4, True, False), said
