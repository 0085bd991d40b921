"""Threat 22, secure first start: no default way in, one link that works once, and no house for strangers to be first in."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import asyncpg
import pytest
from tests.api.conftest import client_of, secret_key, settings_for

from tenuto.app import house
from tenuto.core.errors import Misconfigured
from tenuto.services.keys import Keys
from tenuto.store.database import Database

bootstrap = "b" * 16 + "0123456789abcdef"


async def test_nobody_is_in_a_fresh_house_and_one_link_makes_the_owner_once(dsn: str, tmp_path: Path) -> None:
    async with house(settings_for(dsn, tmp_path)) as fresh, client_of(fresh.app) as browser:
        assert (await browser.get("/api/auth/me")).status_code == 401
        address, _, token = str(fresh.first_link).partition("#")
        assert address == "http://127.0.0.1:8400/sign-in"
        answer = await browser.post("/api/auth/sign-in", json={"token": token, "name": "Ada"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["role"] == "owner"
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/"))
        assert "omain=" not in cookie
        assert (await browser.get("/api/auth/me")).json()["name"] == "Ada"
        again = await browser.post("/api/auth/sign-in", json={"token": token})
        assert again.status_code == 401
    async with house(settings_for(dsn, tmp_path)) as later:
        assert later.first_link is None


async def test_a_link_is_printed_again_until_there_is_an_owner_and_all_end_with_the_first(dsn: str, tmp_path: Path) -> None:
    async with house(settings_for(dsn, tmp_path)) as one, house(settings_for(dsn, tmp_path)) as two:
        links = [str(built.first_link).partition("#")[2] for built in (one, two)]
        assert links[0] != links[1]
        async with client_of(one.app) as client:
            answers = await asyncio.gather(*(client.post("/api/auth/sign-in", json={"token": link}) for link in links * 3))
        assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401, 401]


async def test_a_link_runs_out_and_is_stored_only_as_a_hash(dsn: str, tmp_path: Path) -> None:
    async with house(settings_for(dsn, tmp_path)) as fresh, client_of(fresh.app) as client:
        token = str(fresh.first_link).partition("#")[2]
        link = await asyncpg.connect(dsn)
        rows = await link.fetch("select row_to_json(l)::text from sign_in_links l")
        assert rows
        assert token.encode().hex() not in str(rows)
        assert token not in str(rows)
        await link.execute("update sign_in_links set expires_at = now() - interval '1 second'")
        await link.close()
        assert (await client.post("/api/auth/sign-in", json={"token": token})).status_code == 401


async def test_the_bootstrap_key_makes_an_owner_once_and_is_ignored_after(dsn: str, tmp_path: Path) -> None:
    async with house(settings_for(dsn, tmp_path, TENUTO_BOOTSTRAP_KEY=bootstrap)) as fresh, client_of(fresh.app, bootstrap) as client:
        assert fresh.first_link is None
        assert (await client.get("/api/auth/me")).json()["role"] == "owner"
    other = "another-key-that-came-too-late-0123456789"
    async with house(settings_for(dsn, tmp_path, TENUTO_BOOTSTRAP_KEY=other)) as later, client_of(later.app, other) as client:
        assert (await client.get("/api/auth/me")).status_code == 401


@pytest.mark.parametrize("short", ["x", "b" * 31])
async def test_a_short_bootstrap_key_is_refused(short: str, database: Database, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="TENUTO_BOOTSTRAP_KEY"):
        settings_for("postgresql://localhost/x", tmp_path, TENUTO_BOOTSTRAP_KEY=short)
    settings = settings_for("postgresql://localhost/x", tmp_path, TENUTO_BOOTSTRAP_KEY="c" * 32)
    assert settings.bootstrap_key is not None
    with pytest.raises(Misconfigured, match="TENUTO_BOOTSTRAP_KEY"):
        await Keys(database).bootstrap(type(settings.bootstrap_key)(short), 1)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "tenuto.example"])
async def test_others_are_not_served_before_there_is_an_owner(host: str, dsn: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nobody owns"):
        async with house(settings_for(dsn, tmp_path, TENUTO_HOST=host)):
            pass
    async with house(settings_for(dsn, tmp_path, TENUTO_HOST=host, TENUTO_BOOTSTRAP_KEY=bootstrap)) as owned:
        assert owned.first_link is None


async def test_others_are_not_served_with_a_key_that_lies_in_a_file(dsn: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="TENUTO_SECRET_KEY"):
        async with house(settings_for(dsn, tmp_path, TENUTO_HOST="0.0.0.0", TENUTO_SECRET_KEY="", TENUTO_BOOTSTRAP_KEY=bootstrap)):
            pass


@pytest.mark.parametrize("weak", ["secret", "0" * 64, "QUFB" * 11, "correct-horse-battery-staple-now"])
async def test_a_weak_secret_key_is_refused(weak: str, dsn: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="TENUTO_SECRET_KEY"):
        async with house(settings_for(dsn, tmp_path, TENUTO_SECRET_KEY=weak)):
            pass
    async with house(settings_for(dsn, tmp_path, TENUTO_SECRET_KEY=secret_key)):
        pass


async def test_on_loopback_a_random_key_is_made_that_only_we_can_read(dsn: str, tmp_path: Path) -> None:
    async with house(settings_for(dsn, tmp_path, TENUTO_SECRET_KEY="")):
        pass
    file = tmp_path / "secret.key"
    first = file.read_text()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    async with house(settings_for(dsn, tmp_path, TENUTO_SECRET_KEY="")):
        assert file.read_text() == first
