"""New entries of a feed, new mail, new updates of a bot and new rows start one run each, also by another process after a restart."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from email.message import EmailMessage
from functools import partial
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr
from tests.doubles.feeds import Feeds
from tests.doubles.mail import mail_double
from tests.doubles.mail import password as mail_password
from tests.doubles.telegram import Telegram
from tests.doubles.vendor import token, user
from tests.doubles.vendors import vendors_double
from tests.services.triggers.clockwork import Clock, Clockwork, clockwork
from tests.services.triggers.test_polls import ask
from tests.vault.relays import customer
from tests.vault.relays import password as database_password

from tenuto.core.auth import Basic, PathToken
from tenuto.core.catalog import discover
from tenuto.engine.actions.act import Actor
from tenuto.services.triggers.polls import Polls
from tenuto.store.database import Database
from tenuto.store.server.embedded import Embedded
from tenuto.store.triggers.due import Due
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

Add = Callable[[str], Awaitable[None]]


class Source(NamedTuple):
    """Where something new comes from."""

    base: str
    trigger: dict[str, Any]
    add: Add
    title: str
    """The expression of what was added."""


@asynccontextmanager
async def feed() -> AsyncGenerator[Source]:
    async with vendors_double(0, Feeds) as double:

        async def add(title: str) -> None:
            double[Feeds].add(title)

        params = {"url": f"{double.bases['rss']}/feed"}
        found = {"connector": "rss", "action": "read_feed", "items": "{{ event.entries }}", "key": "{{ event.id }}", "params": params}
        yield Source("", found, add, "{{ event.title }}")


@asynccontextmanager
async def bot() -> AsyncGenerator[Source]:
    async with vendors_double(0, Telegram) as double:

        async def add(title: str) -> None:
            double[Telegram].receive(title)

        found = {
            "connector": "telegram", "action": "get_updates", "items": "{{ event.updates }}", "key": "{{ event.update_id }}",
            "watermark": "{{ event.update_id }}", "params": {"after": '{{ get(trigger, "watermark") }}'},
        }  # fmt: skip
        yield Source(double.bases["telegram"] + "/bot{token}", found, add, "{{ event.message.text }}")


@asynccontextmanager
async def mailbox() -> AsyncGenerator[Source]:
    async with mail_double() as double:

        async def add(title: str) -> None:
            made = EmailMessage()
            made["From"], made["To"], made["Subject"] = "grace@example.com", user, title
            double.receive(made.as_string())

        found = {"connector": "mail", "action": "search_mail", "items": "{{ event.messages }}", "key": "{{ event.id }}"}
        yield Source(f"mail://127.0.0.1:{double.smtp}/127.0.0.1:{double.imap}", found, add, "{{ event.subject }}")


@asynccontextmanager
async def rows(server: Embedded, dsn: str) -> AsyncGenerator[Source]:
    async with customer(server, dsn) as there:
        await there.rows("create table news (id int generated always as identity, title text)")
        await there.rows("grant all on news to customer")

        async def add(title: str) -> None:
            await there.rows("insert into news (title) values ($1)", title)

        found = {
            "connector": "postgresql", "action": "select_rows", "items": "{{ event.rows }}", "key": "{{ event.id }}",
            "watermark": "{{ event.id }}",
            "params": {"table": "news", "order_by": ["id"], "after": {"id": '{{ get(trigger, "watermark", 0) or 0 }}'}},
        }  # fmt: skip
        yield Source(there.url, found, add, "{{ event.title }}")


secrets = SettingSecrets(
    {
        "telegram": Setting(name="T", credential=Credential(auth=PathToken(), secret=SecretStr(token))),
        "mail": Setting(name="M", credential=Credential(auth=Basic(), secret=SecretStr(mail_password), user=user)),
        "postgresql": Setting(name="P", credential=Credential(auth=Basic(), secret=SecretStr(database_password), user="customer")),
    }
)


async def started(works: Clockwork) -> list[str]:
    found = await works.rows("select data from execution_events where type = 'workflow_started'")
    return sorted(json.loads(row["data"])["input"] for row in found)


@pytest.mark.parametrize("kind", ["feed", "bot", "mailbox", "rows"])
async def test_what_is_new_starts_one_run_also_after_a_restart(database: Database, dsn: str, server: Embedded, kind: str) -> None:
    async with AsyncExitStack() as end:
        made = {"feed": feed, "bot": bot, "mailbox": mailbox, "rows": partial(rows, server, dsn)}[kind]
        source = await end.enter_async_context(made())
        works = await end.enter_async_context(clockwork(database, dsn, Clock()))
        sender = await end.enter_async_context(VaultSender(secrets, allow=("127.0.0.0/8",)))
        connector = source.trigger["connector"]
        actor = Actor(discover(), sender, bases={connector: source.base} if source.base else {})

        async def again() -> None:
            """By a process that has just begun."""
            works.clock.on(seconds=60)
            await Polls(Due(database), works.launch, partial(ask, actor, works.clock), works.clock).poll()
            [row] = await works.rows("select error, failures from triggers")
            assert (row["error"], row["failures"]) == (None, 0)

        await source.add("old")
        await works.publish({**source.trigger, "id": "p", "type": "poll", "interval": "PT1M", "input": source.title})
        await again()
        assert await started(works) == []
        await source.add("one")
        await source.add("two")
        await again()
        await again()
        assert await started(works) == ["one", "two"]
        await source.add("three")
        await again()
        assert await started(works) == ["one", "three", "two"]
