"""Vault's transit engine as the master key: sealed there and bound to the row; what goes wrong says what to do, and shows nothing."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.doubles.transit import TransitDouble, refused, transit_double
from tests.vault.envelopes import first
from tests.vault.loopback import Script, reply

from tenuto.core.errors import Misconfigured, Problem, Unavailable
from tenuto.store.database import Database
from tenuto.vault.crypto import Keyring, Place
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.keys.master import LocalMaster, Masters, Wrapped
from tenuto.vault.keys.transit import TransitKey, TransitMaster, TransitToken, everywhere, token_in
from tenuto.vault.sender import VaultSender

token = "hvs.canaryCAESIJ8x7yQ2wVtU3sRnPpLkMmZz"
secret = bytes(range(41, 73))
here = Place(1, "data_keys", "k-1")


@pytest.fixture
async def vault() -> AsyncIterator[TransitDouble]:
    async with transit_double() as double:
        double.allow(token, "tenuto")
        yield double


@asynccontextmanager
async def master_of(vault: TransitDouble, given: str = token, **more: str) -> AsyncGenerator[TransitMaster]:
    key = replace(TransitKey(url=vault.url, mount="transit", name="tenuto"), **more)  # type: ignore[arg-type]
    async with VaultSender(TransitToken(lambda: SecretStr(given)), allow=everywhere) as sender:
        yield TransitMaster(key, sender)


async def test_what_vault_sealed_it_opens(vault: TransitDouble) -> None:
    async with master_of(vault) as master:
        wrapped = await master.wrap(secret, here)
        assert wrapped.master == await master.current() == "transit:transit/tenuto:v1"
        assert wrapped.data.startswith(b"vault:v1:")
        assert await master.unwrap(wrapped, here) == secret
    assert {seen.headers["x-vault-request"] for seen in vault.server.seen} == {"true"}
    assert {seen.headers["x-vault-token"] for seen in vault.server.seen} == {token}


unopened = {
    "now": refused(400, "cipher: message authentication failed"),
    "1.4": refused(400, "invalid ciphertext: unable to decrypt"),
    "1.6": refused(500, "1 error occurred:\n\t* cipher: message authentication failed\n\n"),
}


@pytest.mark.parametrize("said", unopened.values(), ids=unopened)
async def test_it_is_bound_to_its_row(vault: TransitDouble, said: Script) -> None:
    vault.unopened = said
    async with master_of(vault) as master:
        wrapped = await master.wrap(secret, here)
        for place in (Place(2, "data_keys", "k-1"), Place(1, "data_keys", "k-2")):
            with pytest.raises(Misconfigured, match="another row") as caught:
                await master.unwrap(wrapped, place)
            assert "backup" in (caught.value.data.fix or "")
        changed = wrapped.data[:-6] + (b"AAAAAA" if wrapped.data[-6:] != b"AAAAAA" else b"BBBBBB")
        with pytest.raises(Problem):
            await master.unwrap(Wrapped(wrapped.master, changed), here)
        for nonsense in (b"", b"vault:v9:AAAA", b"\xff\xfe"):
            with pytest.raises(Misconfigured, match="invalid ciphertext"):
                await master.unwrap(Wrapped(wrapped.master, nonsense), here)


async def test_versions_of_the_key(vault: TransitDouble) -> None:
    async with master_of(vault) as master:
        old = await master.wrap(secret, here)
        vault.rotate("transit/tenuto")
        assert await master.current() == "transit:transit/tenuto:v2"
        new = await master.wrap(secret, here)
        assert new.master.endswith(":v2")
        assert await master.unwrap(old, here) == await master.unwrap(new, here) == secret
        vault.oldest["transit/tenuto"] = 2
        with pytest.raises(Misconfigured, match="too old") as caught:
            await master.unwrap(old, here)
        assert "min_decryption_version" in (caught.value.data.fix or "")


async def test_a_sealed_vault_is_unavailable_and_opens_again(vault: TransitDouble) -> None:
    async with master_of(vault) as master:
        wrapped = await master.wrap(secret, here)
        vault.sealed = True
        for ask in (master.current, lambda: master.wrap(secret, here), lambda: master.unwrap(wrapped, here)):
            with pytest.raises(Unavailable, match="sealed") as caught:
                await ask()
            assert not isinstance(caught.value, Misconfigured)
        vault.sealed = False
        assert await master.unwrap(wrapped, here) == secret


async def test_a_wrong_token_or_a_narrow_policy_is_named(vault: TransitDouble) -> None:
    async with master_of(vault, "hvs.somebodyElse") as master:
        with pytest.raises(Misconfigured, match="transit/keys/tenuto") as caught:
            await master.current()
        assert "policy" in (caught.value.data.fix or "")
    vault.policy[token].discard("update transit/decrypt/tenuto")
    async with master_of(vault) as master:
        wrapped = await master.wrap(secret, here)
        with pytest.raises(Misconfigured, match="transit/decrypt/tenuto"):
            await master.unwrap(wrapped, here)


async def test_no_such_key_no_such_namespace(vault: TransitDouble) -> None:
    async with master_of(vault) as master:
        wrapped = await master.wrap(secret, here)
        del vault.keys["transit/tenuto"]
        for ask in (master.current, lambda: master.wrap(secret, here), lambda: master.unwrap(wrapped, here)):
            with pytest.raises(Misconfigured, match="no key transit/tenuto") as caught:
                await ask()
            assert "vault write -f transit/keys/tenuto" in (caught.value.data.fix or "")
    vault.allow(token, "tenuto", "teams/a/transit")
    vault.namespace = "admin/one"
    async with master_of(vault, mount="teams/a/transit", namespace="admin/one") as master:
        assert await master.current() == "transit:teams/a/transit/tenuto:v1"
    async with master_of(vault, mount="teams/a/transit") as master:
        with pytest.raises(Misconfigured):
            await master.current()


strange = {
    "a page": reply(200, b"<html>welcome</html>"),
    "a list": reply(200, []),
    "no data": reply(200, {"data": None}),
    "other data": reply(200, {"data": {"latest_version": "one", "ciphertext": "plain", "plaintext": "eA=="}}),
    "cut short": Script(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf", close=True),
    "hangs up": Script(b"", close=True),
    "much": reply(200, b"[" * 300_000),
    "deep": reply(200, b"[" * 100_000),
    "a proxy that wants to be signed in to": reply(401, b"<html>sign in</html>"),
    "an error": reply(500, {"errors": ["internal error"]}),
    "a broken storage": refused(500, "1 error occurred:\n\t* read failed: decryption failed: cipher: message authentication failed\n\n"),
    "too many": reply(429, {"errors": ["request path: rate limit quota exceeded"]}),
    "elsewhere": reply(307, location="http://127.0.0.1:9/v1/transit/keys/tenuto"),
}


@pytest.mark.parametrize("script", strange.values(), ids=strange)
async def test_what_is_no_vault_is_a_problem_that_may_pass(vault: TransitDouble, script: Script) -> None:
    async with master_of(vault) as master:
        wrapped = await master.wrap(secret, here)
        vault.strange = script
        for ask in (master.current, lambda: master.wrap(secret, here), lambda: master.unwrap(wrapped, here)):
            with pytest.raises(Unavailable) as caught:
                await ask()
            assert not isinstance(caught.value, Misconfigured)


async def test_nothing_shows_the_token_or_the_key(vault: TransitDouble, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    encoded = base64.b64encode(secret).decode()
    with caplog.at_level(logging.DEBUG):
        async with master_of(vault) as master:
            wrapped = await master.wrap(secret, here)
            told += [repr(master), repr(wrapped)]
            echoes = [
                reply(403, {"errors": [f"bad token {token}"]}), reply(200, {"data": {"ciphertext": encoded, "latest_version": encoded}}),
                reply(502, f"{token} {encoded}".encode()),
            ]  # fmt: skip
            for vault.strange in echoes:
                for ask in (master.current, lambda: master.wrap(secret, here)):
                    with pytest.raises(Problem) as caught:
                        await ask()
                    told += ["".join(traceback.format_exception(caught.value)), caught.value.data.model_dump_json()]
    assert any("***" in text for text in told)
    assert not [text for text in [*told, caplog.text] if token in text or encoded in text or secret.hex() in text]


async def test_a_token_that_is_renewed_in_its_file_is_used_at_once(vault: TransitDouble, tmp_path: Path) -> None:
    file = tmp_path / "token"
    sender = VaultSender(TransitToken(token_in(file)), allow=everywhere)
    async with sender:
        master = TransitMaster(TransitKey(url=vault.url, mount="transit", name="tenuto"), sender)
        with pytest.raises(Misconfigured, match="cannot be read"):
            await master.current()
        file.write_text("hvs.expired\n")
        with pytest.raises(Misconfigured, match="permission denied"):
            await master.current()
        file.write_text(f"{token}\n")
        assert await master.current() == "transit:transit/tenuto:v1"


async def test_an_envelope_on_vault(vault: TransitDouble, database: Database) -> None:
    """The database holds nothing that TENUTO_SECRET_KEY opens; and a server that has the key asks Vault once."""
    keyring, place = Keyring([first]), Place(1, "trigger_secrets", "s")
    async with master_of(vault) as master:
        box = Envelope(database, Masters([master, LocalMaster(keyring)]), keyring)
        async with database.transaction(1) as tx:
            sealed = await box.seal(tx, SecretStr("canary"), place)
        local = Envelope(database, Masters([LocalMaster(keyring)]), keyring)
        with pytest.raises(Misconfigured, match="transit:transit/tenuto:v1"):
            await local.open(sealed, place)
        other = Envelope(database, Masters([master, LocalMaster(keyring)]), keyring)
        before = len(vault.server.seen)
        for _ in range(5):
            assert (await other.open(sealed, place)).get_secret_value() == "canary"
        assert len(vault.server.seen) == before + 1
    assert json.loads(vault.server.seen[-1].body)["ciphertext"].startswith("vault:v1:")
