"""Secrets in their envelope: a key of each workspace's own, that only the master opens; what is wrong, moved or changed opens nothing."""

from __future__ import annotations

import asyncio
import traceback

import asyncpg
import pytest
from pydantic import SecretStr
from tests.vault.envelopes import envelope, first, second

from tenuto.core.errors import Misconfigured, Unavailable
from tenuto.store.data_keys import DataKeys
from tenuto.store.database import Database
from tenuto.vault.crypto import Keyring, Place, Sealed
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.keys.master import LocalMaster, Masters, Wrapped

canary = "canary-envelope-7f3b0c9d2e5a41"
here = Place(1, "trigger_secrets", "row-1")


async def sealed_by(box: Envelope, database: Database, place: Place = here, text: str = canary) -> Sealed:
    async with database.transaction(place.workspace) as tx:
        return await box.seal(tx, SecretStr(text), place)


async def execute(dsn: str, statement: str, *arguments: object) -> None:
    link = await asyncpg.connect(dsn)
    try:
        await link.execute(statement, *arguments)
    finally:
        await link.close()


async def test_another_process_opens_what_one_sealed(database: Database) -> None:
    sealed = await sealed_by(envelope(database), database)
    assert (await envelope(database).open(sealed, here)).get_secret_value() == canary
    assert canary.encode() not in sealed.data
    assert not Keyring([first]).holds(sealed), "the master key seals no secret itself"


async def test_each_workspace_has_a_key_of_its_own(database: Database, dsn: str) -> None:
    await execute(dsn, "insert into workspaces (id, name) overriding system value values (2, 'two')")
    box = envelope(database)
    elsewhere = Place(2, *here[1:])
    one, other = await sealed_by(box, database), await sealed_by(box, database, elsewhere)
    assert one.key != other.key
    for sealed, place in ((one, elsewhere), (other, here)):
        with pytest.raises(Misconfigured, match="which is not there"):
            await box.open(sealed, place)
    async with database.transaction(1) as tx:
        with pytest.raises(ValueError, match="own workspace"):
            await box.seal(tx, SecretStr(canary), elsewhere)


async def test_those_who_seal_first_at_once_have_one_key(database: Database) -> None:
    sealed = await asyncio.gather(*(sealed_by(envelope(database), database) for _ in range(8)))
    assert len({each.key for each in sealed}) == 1
    reader = envelope(database)
    assert {(await reader.open(each, here)).get_secret_value() for each in sealed} == {canary}


async def test_rows_that_changed_places_do_not_open(database: Database) -> None:
    box = envelope(database)
    other = Place(1, here.table, "row-2")
    one, two = await sealed_by(box, database), await sealed_by(box, database, other)
    for sealed, place in ((two, here), (one, other), (one, Place(1, "connections", "row-1"))):
        with pytest.raises(Misconfigured, match="another row"):
            await box.open(sealed, place)


async def test_every_changed_byte_is_noticed(database: Database) -> None:
    box = envelope(database)
    data = (await sealed_by(box, database)).data
    for index in range(len(data)):
        with pytest.raises(Misconfigured):
            await box.open(Sealed(data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]), here)
    for length in (0, 1, 8, 9, 20, len(data) - 1):
        with pytest.raises(Misconfigured):
            await box.open(Sealed(data[:length]), here)


@pytest.mark.parametrize(
    "change",
    [
        "update data_keys set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)",
        "update data_keys set id = 'ffffffffffffffff'",
        "delete from data_keys",
    ],
)
async def test_a_data_key_that_was_changed_opens_nothing(database: Database, dsn: str, change: str) -> None:
    sealed = await sealed_by(envelope(database), database)
    await execute(dsn, change)
    with pytest.raises(Misconfigured):
        await envelope(database).open(sealed, here)


async def test_a_data_key_put_in_the_place_of_another_is_refused(database: Database, dsn: str) -> None:
    """Bound to its row as well: whoever may write to the database cannot have one workspace seal with the key of another."""
    await execute(dsn, "insert into workspaces (id, name) overriding system value values (2, 'two')")
    box = envelope(database)
    await sealed_by(box, database)
    await sealed_by(box, database, Place(2, *here[1:]))
    await execute(dsn, "update data_keys a set sealed = b.sealed, id = b.id from data_keys b where a.workspace = 2 and b.workspace = 1")
    with pytest.raises(Misconfigured, match="another row"):
        await sealed_by(envelope(database), database, Place(2, *here[1:]))


async def test_the_wrong_master_key_says_which_one_is_missing(database: Database) -> None:
    sealed = await sealed_by(envelope(database), database)
    with pytest.raises(Misconfigured, match=Keyring([first]).current) as caught:
        await envelope(database, second).open(sealed, here)
    assert "TENUTO_SECRET_KEY" in (caught.value.data.fix or "")


async def test_what_a_master_key_sealed_before_there_were_envelopes_opens(database: Database) -> None:
    old = Keyring([first]).seal(SecretStr(canary), here)
    assert (await envelope(database).open(old, here)).get_secret_value() == canary
    assert (await envelope(database, second, first).open(old, here)).get_secret_value() == canary
    with pytest.raises(Misconfigured, match="another row"):
        await envelope(database).open(old, Place(1, here.table, "row-2"))


async def test_nothing_that_goes_wrong_shows_a_secret(database: Database) -> None:
    box = envelope(database)
    sealed = await sealed_by(box, database)
    told = [repr(box), str(sealed), repr(Masters([LocalMaster(Keyring([first]))])), repr(Wrapped("local:1", canary.encode()))]
    for wrong in (Sealed(sealed.data[:-1] + b"x"), Sealed(canary.encode())):
        with pytest.raises(Misconfigured) as caught:
            await box.open(wrong, here)
        told += ["".join(traceback.format_exception(caught.value)), caught.value.data.model_dump_json()]
    assert not [text for text in told if canary in text or first.hex() in text]


class Sometimes(LocalMaster):
    """A master that can be away, or refuse."""

    def __init__(self) -> None:
        super().__init__(Keyring([first]))
        self.problem: type[Unavailable] | None = None
        self.asked = 0

    async def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        self.asked += 1
        if self.problem:
            raise self.problem("The master is away.")
        return await super().unwrap(wrapped, place)


async def test_an_outage_of_the_master_stops_nobody_who_knows_the_key_and_a_refusal_does(database: Database) -> None:
    master = Sometimes()
    box = Envelope(database, Masters([master]), Keyring([first]), trusted_for=0.0)
    sealed = await sealed_by(box, database)
    master.problem = Unavailable
    assert (await box.open(sealed, here)).get_secret_value() == canary
    asked = master.asked
    assert (await box.open(sealed, here)).get_secret_value() == canary
    assert master.asked == asked, "it is left alone for a while"
    with pytest.raises(Unavailable, match="away"):
        await Envelope(database, Masters([master]), Keyring([first])).open(sealed, here)


async def test_a_refusal_of_the_master_stops_those_who_know_the_key(database: Database) -> None:
    master = Sometimes()
    box = Envelope(database, Masters([master]), Keyring([first]), trusted_for=0.0)
    sealed = await sealed_by(box, database)
    assert (await box.open(sealed, here)).get_secret_value() == canary
    master.problem = Misconfigured
    for _ in range(2):
        with pytest.raises(Misconfigured, match="away"):
            await box.open(sealed, here)
    master.problem = None
    assert (await box.open(sealed, here)).get_secret_value() == canary


async def test_the_key_of_an_open_transaction_cannot_be_retired_under_it(database: Database) -> None:
    box = envelope(database)
    await sealed_by(box, database)

    async def retire() -> None:
        async with database.transaction(1) as tx:
            await DataKeys(tx).retire()
            await box.make(tx)

    async with database.transaction(1) as tx:
        before = await box.seal(tx, SecretStr(canary), here)
        retiring = asyncio.create_task(retire())
        await asyncio.sleep(0.3)
        assert not retiring.done()
        waiting = asyncio.create_task(sealed_by(envelope(database), database))
        await asyncio.sleep(0.1)
    await retiring
    after = await waiting
    assert (await box.open(before, here)).get_secret_value() == canary
    assert (await box.open(after, here)).get_secret_value() == canary
    assert (await sealed_by(box, database)).key != before.key
