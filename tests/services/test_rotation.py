"""Keys are changed while secrets are read and written: nothing is lost, a killed rotation goes on, and what cannot be opened is kept."""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import pytest
from pydantic import SecretStr
from tests.doubles.transit import transit_double
from tests.vault.envelopes import envelope, first, second
from tests.vault.test_transit import master_of, token

from tenuto.core.access import Principal, Role
from tenuto.core.errors import Forbidden, Misconfigured, Unavailable
from tenuto.services.rotation import KeyRotation, Rotation
from tenuto.store.connections.flows import Flow, Flows
from tenuto.store.database import Database
from tenuto.store.sealed import sealed_tables
from tenuto.store.triggers.rows import TriggerSecrets
from tenuto.vault.crypto import Keyring, Place, Sealed
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.keys.master import LocalMaster, Masters

owner = Principal(1, "local", None, "local", Role.owner)
table = "trigger_secrets"


class Rows:
    """Secrets by name, kept as the house keeps them."""

    def __init__(self, database: Database, box: Envelope) -> None:
        self.database, self.box = database, box

    async def put(self, name: str, text: str, workspace: int = 1) -> None:
        async with self.database.transaction(workspace) as tx:
            await TriggerSecrets(tx).find(name, lock=True)
            await TriggerSecrets(tx).keep(name, (await self.box.seal(tx, SecretStr(text), Place(workspace, table, name))).data)

    async def get(self, name: str, workspace: int = 1) -> str:
        async with self.database.transaction(workspace) as tx:
            sealed = await TriggerSecrets(tx).get(name)
        return (await self.box.open(Sealed(sealed), Place(workspace, table, name))).get_secret_value()


async def rows(dsn: str, question: str, *arguments: object) -> Sequence[asyncpg.Record]:
    link = await asyncpg.connect(dsn)
    try:
        return await link.fetch(question, *arguments)
    finally:
        await link.close()


async def left(dsn: str) -> set[str]:
    """The ids of all keys that any stored secret needs."""
    return {row["key"] for row in await rows(dsn, f"select encode(substr(sealed, 2, 8), 'hex') as key from {table}")}


def rotation(database: Database, box: Envelope) -> KeyRotation:
    return KeyRotation(database, box, grace=0.2)


async def test_every_sealed_column_is_rotated(dsn: str) -> None:
    found = await rows(dsn, "select table_name from information_schema.columns where table_schema = 'public' and column_name = 'sealed'")
    assert {row["table_name"] for row in found} == {each.table.name for each in sealed_tables} | {"data_keys"}


async def test_the_master_key_is_changed_and_no_secret_is_touched(database: Database, dsn: str) -> None:
    await Rows(database, envelope(database)).put("a", "one")
    before = await rows(dsn, f"select * from {table}")
    done = await rotation(database, envelope(database, second, first)).rotate(owner)
    assert (done.data_keys, done.secrets, done.unreadable) == (1, 0, ())
    assert done.master == f"local:{Keyring([second]).current}"
    assert await rows(dsn, f"select * from {table}") == before
    assert await Rows(database, envelope(database, second)).get("a") == "one"
    again = await rotation(database, envelope(database, second)).rotate(owner)
    assert again == Rotation(done.master)


async def test_secrets_sealed_before_there_were_envelopes_are_put_in_one(database: Database, dsn: str) -> None:
    old = Keyring([first])
    async with database.transaction(1) as tx:
        for n in range(120):
            sealed = old.seal(SecretStr(f"old {n}"), Place(1, table, f"s{n}"))
            await TriggerSecrets(tx).keep(f"s{n}", sealed.data)
    told: list[Rotation] = []
    done = await rotation(database, envelope(database, second, first)).rotate(owner, tell=told.append)
    assert (done.total, done.secrets, done.unreadable) == (120, 120, ())
    assert len(told) > 3
    reader = Rows(database, envelope(database, second))
    assert [await reader.get(f"s{n}") for n in range(120)] == [f"old {n}" for n in range(120)]


async def test_who_makes_the_first_data_key_and_then_changes_another_secret_does_not_wait_for_a_rotation(database: Database) -> None:
    box = envelope(database)
    async with database.transaction(1) as tx:
        await TriggerSecrets(tx).keep("b", Keyring([first]).seal(SecretStr("old"), Place(1, table, "b")).data)
    async with database.transaction(1) as tx:
        await TriggerSecrets(tx).keep("a", (await box.seal(tx, SecretStr("new"), Place(1, table, "a"))).data)
        rotating = asyncio.create_task(rotation(database, envelope(database)).rotate(owner))
        await asyncio.sleep(0.5)
        await TriggerSecrets(tx).find("b", lock=True)
    assert (await rotating).secrets == 1
    assert await Rows(database, box).get("b") == "old"


async def test_connections_are_sealed_again_with_the_id_of_their_key(database: Database, dsn: str) -> None:
    key = "0193e2f4-0000-7000-8000-000000000001"
    sealed = Keyring([first]).seal(SecretStr("token"), Place(1, "connections", key))
    await rows(
        dsn,
        "insert into connections (workspace, id, name, integration, made_by, sealed, key_id) values (1, $1, 'n', 'slack', 'ada', $2, 'x')",
        key,
        sealed.data,
    )
    box = envelope(database)
    assert (await rotation(database, box).rotate(owner)).secrets == 1
    [row] = await rows(dsn, "select sealed, key_id, generation from connections")
    assert Sealed(row["sealed"]).key == row["key_id"] != sealed.key
    assert row["generation"] == 1, "the tokens are the same, and nobody need renew them"
    assert (await box.open(Sealed(row["sealed"]), Place(1, "connections", key))).get_secret_value() == "token"


async def test_a_consent_under_way_outlives_its_data_key(database: Database) -> None:
    state, box = bytes(range(200, 232)), envelope(database)
    place = Place(1, "oauth_flows", state.hex())
    async with database.transaction(1) as tx:
        sealed = await box.seal(tx, SecretStr("verifier"), place)
        await Flows(tx).begin(Flow(state, b"browser", "slack", "n", None, None, "ada", (), (), sealed.data), timedelta(minutes=10))
    done = await rotation(database, box).rotate(owner, data_keys=True)
    assert (done.made, done.secrets, done.destroyed) == (1, 1, 1)
    async with database.transaction(1) as tx:
        flow = await Flows(tx).use(state)
    assert flow is not None
    assert (await envelope(database).open(Sealed(flow.sealed), place)).get_secret_value() == "verifier"


async def test_new_data_keys_for_every_workspace(database: Database, dsn: str) -> None:
    await rows(dsn, "insert into workspaces (id, name) overriding system value values (2, 'two')")
    kept = Rows(database, envelope(database))
    for workspace in (1, 2):
        await kept.put("a", f"of {workspace}", workspace)
    before = await left(dsn)
    done = await rotation(database, envelope(database)).rotate(owner, data_keys=True)
    assert (done.made, done.secrets, done.destroyed) == (2, 2, 2)
    assert len(await left(dsn)) == 2
    assert not await left(dsn) & before
    assert {row["id"] for row in await rows(dsn, "select id from data_keys")} == await left(dsn)
    reader = Rows(database, envelope(database))
    assert [await reader.get("a", workspace) for workspace in (1, 2)] == ["of 1", "of 2"]


async def test_what_cannot_be_opened_is_left_with_its_key_and_the_rest_is_done(database: Database, dsn: str) -> None:
    kept = Rows(database, envelope(database))
    for name in ("a", "b", "c"):
        await kept.put(name, name)
    await rows(dsn, f"update {table} set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) where name = 'b'")
    done = await rotation(database, envelope(database)).rotate(owner, data_keys=True)
    assert [(one.table, one.row) for one in done.unreadable] == [(table, "b")]
    assert (done.secrets, done.destroyed) == (2, 0)
    assert [await kept.get(name) for name in ("a", "c")] == ["a", "c"]
    await rows(dsn, f"update {table} set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) where name = 'b'")
    mended = await rotation(database, envelope(database)).rotate(owner)
    assert (mended.secrets, mended.destroyed, mended.unreadable) == (1, 1, ())
    assert await kept.get("b") == "b"


async def test_a_master_key_that_is_missing_is_told_for_each_data_key(database: Database) -> None:
    await Rows(database, envelope(database)).put("a", "one")
    done = await rotation(database, envelope(database, second)).rotate(owner)
    assert {one.table for one in done.unreadable} == {"data_keys"}
    assert done.data_keys == 0
    assert await Rows(database, envelope(database)).get("a") == "one"


async def test_to_vault_over_its_versions_and_back(database: Database, dsn: str) -> None:
    keyring = Keyring([first])
    await Rows(database, envelope(database)).put("a", "one")
    async with transit_double() as vault:
        vault.allow(token, "tenuto")
        async with master_of(vault) as master:
            there = Envelope(database, Masters([master, LocalMaster(keyring)]), keyring)
            assert (await rotation(database, there).rotate(owner)).data_keys == 1
            [row] = await rows(dsn, "select master, sealed from data_keys")
            assert row["master"] == "transit:transit/tenuto:v1"
            vault.rotate("transit/tenuto")
            assert (await rotation(database, there).rotate(owner)).master == "transit:transit/tenuto:v2"
            vault.oldest["transit/tenuto"] = 2
            fresh = Envelope(database, Masters([master, LocalMaster(keyring)]), keyring)
            assert await Rows(database, fresh).get("a") == "one"
            vault.sealed = True
            with pytest.raises(Unavailable, match="sealed"):
                await rotation(database, there).rotate(owner)
            vault.sealed = False
            back = Envelope(database, Masters([LocalMaster(keyring), master]), keyring)
            assert (await rotation(database, back).rotate(owner)).data_keys == 1
    assert await Rows(database, envelope(database)).get("a") == "one"


async def test_only_who_manages_keys_may(database: Database) -> None:
    for role in (Role.viewer, Role.operator, Role.editor):
        with pytest.raises(Forbidden):
            await rotation(database, envelope(database)).rotate(Principal(1, "key", None, "k", role))


program = """
import asyncio, sys
from tests.services.test_rotation import owner, rotation
from tests.vault.envelopes import envelope
from tenuto.store.database import Database

async def main():
    database = await Database.open(sys.argv[1])
    box = envelope(database, *(bytes.fromhex(key) for key in sys.argv[2:]))
    print("begun", flush=True)
    done = await rotation(database, box).rotate(owner, data_keys=True)
    assert not done.unreadable, done
    print("done", flush=True)
    await database.close()

asyncio.run(main())
"""


def rotating(dsn: str, *keys: bytes) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, dsn, *(key.hex() for key in keys)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


async def test_rotation_under_load_with_kills_loses_nothing(database: Database, dsn: str) -> None:
    """Several servers read and write while rotations are killed at moments that chance chooses; then every last value is there."""
    servers = [Rows(database, envelope(database, first, second)) for _ in range(3)]
    written: dict[str, str] = {}
    names = [f"s{n}" for n in range(150)]
    for name in names:
        await servers[0].put(name, f"{name} first")
        written[name] = f"{name} first"
    going, counts, seen = True, {"writes": 0, "reads": 0}, await left(dsn)

    async def work(server: Rows, mine: Sequence[str], writes: bool) -> None:
        for n in itertools.count():
            if not going:
                return
            name = mine[n * 7 % len(mine)]
            if writes:
                await server.put(name, f"{name} {n}")
                written[name] = f"{name} {n}"
                counts["writes"] += 1
            else:
                assert (await server.get(name)).startswith(f"{name} ")
                counts["reads"] += 1
            await asyncio.sleep(0.002)

    work_done = [asyncio.create_task(work(server, names[n::3], writes=n < 2)) for n, server in enumerate(servers)]
    killed = 0
    try:
        for n in range(30):
            if n >= 6 and killed >= 3:
                break  # six, and more where they were done before they could be killed
            child = rotating(dsn, *((second, first) if n % 2 else (first, second)))
            assert child.stdout
            await asyncio.to_thread(child.stdout.readline)
            await asyncio.sleep(0.05 + 0.11 * (n % 6))
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
                killed += 1
            await asyncio.to_thread(child.communicate)
            seen |= await left(dsn)
        last = rotating(dsn, second, first)
        out, err = await asyncio.to_thread(last.communicate)
        assert (last.returncode, out.splitlines()[-1:]) == (0, ["done"]), err
    finally:
        going = False
        await asyncio.gather(*work_done)
    assert killed >= 3
    assert min(counts.values()) > 100, counts
    assert len(seen | await left(dsn)) >= 2, "data keys were changed meanwhile"
    reader = Rows(database, envelope(database, second))
    assert {name: await reader.get(name) for name in names} == written
    assert {row["id"] for row in await rows(dsn, "select id from data_keys")} == await left(dsn)
    with pytest.raises(Misconfigured):
        await Rows(database, envelope(database, first)).get("s1")
