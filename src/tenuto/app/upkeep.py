"""The set-up looked at and brought up to date without opening the whole house: what the command line's `doctor` and `migrate` need."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tenuto.core.connection import Ticket
from tenuto.core.connector import Outbound
from tenuto.settings import Settings
from tenuto.store.database import Database
from tenuto.store.door import place, reaching_database
from tenuto.store.migrate import current, head, migrate
from tenuto.store.server.account import Account, account, default_folder, prepared_folder
from tenuto.store.server.embedded import embedded_server
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets


@dataclass(frozen=True, slots=True)
class Found:
    """A database that answered."""

    version: str
    now: datetime
    """By its clock."""
    revision: str | None
    """None for one that was never migrated."""
    newest: str
    """The revision that this program brings."""


def data_folder(settings: Settings) -> Path:
    """Where data is kept, as long as DATABASE_URL names no database."""
    return settings.data_dir or default_folder()


def whereabouts(settings: Settings) -> str:
    """The database as it may be shown: an address without its password, or the data folder."""
    return place(settings.database_url.get_secret_value()) if settings.database_url else str(data_folder(settings))


def writable_folder(settings: Settings) -> Path:
    """The data folder, made if need be. Raises `Misconfigured` where nothing can be kept.

    Beside an external database it holds no more than the secret key, so that no other account has to enter it.
    """
    owner = account() if settings.database_url is None else Account(os.geteuid(), os.getegid(), None)
    return prepared_folder(data_folder(settings), owner)


async def inspect(settings: Settings) -> Found:
    """Ask the database who it is, and change nothing in it. Raises `Misconfigured` and `Unavailable`."""
    async with _reached(settings) as dsn:
        database = await Database.open(dsn, sessions=1, pool=1)
        try:
            with reaching_database():
                version = str(await database.pool.fetchval("show server_version"))
                now: datetime = await database.pool.fetchval("select clock_timestamp()")
        finally:
            await database.close()
        return Found(version, now, await current(dsn), head())


async def upgrade(settings: Settings) -> bool:
    """Bring the schema up to date; True if anything changed. Raises `Misconfigured` and `Unavailable`."""
    async with _reached(settings) as dsn:
        return await migrate(dsn)


async def reach(settings: Settings, url: str, seconds: float) -> int:
    """The status with which an address outside answers, through the guarded door and without a secret. Raises `Outgoing`."""
    async with VaultSender(SettingSecrets({}), allow=settings.egress_allow) as sender:
        answer = await sender.send(Outbound(method="GET", url=url, timeout=seconds), Ticket(workspace=1))
        return answer.status


@asynccontextmanager
async def _reached(settings: Settings) -> AsyncGenerator[str]:
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    async with embedded_server(data_folder(settings)) as embedded:
        yield embedded.dsn
