"""What is new at vendors starts one run each: mail, events, rows, files, records and tickets, by polls as the how-to shows them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.connectors.world import secrets
from tests.doubles.airtable import Airtable, base
from tests.doubles.gmail import Gmail
from tests.doubles.google_calendar import GoogleCalendar
from tests.doubles.google_drive import GoogleDrive
from tests.doubles.google_sheets import GoogleSheets
from tests.doubles.graph import Graph
from tests.doubles.hubspot import HubSpot
from tests.doubles.notion import Notion
from tests.doubles.salesforce import Salesforce
from tests.doubles.servicenow import ServiceNow
from tests.doubles.vendors import VendorsDouble, vendors_double
from tests.doubles.zendesk import Zendesk
from tests.services.triggers.clockwork import Clock, clockwork
from tests.services.triggers.test_polls import Polling, ask
from tests.vault.loopback import loopback

from tenuto.core.catalog import discover
from tenuto.engine.actions.act import Actor
from tenuto.services.triggers.polls import Polls
from tenuto.store.database import Database
from tenuto.store.triggers.due import Due
from tenuto.vault.sender import VaultSender

since = '{{ get(trigger, "watermark") }}'
source = "d9824bdc-8445-4327-be8b-5b47500af6ce"
sheet = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"


def mail(double: VendorsDouble, number: int) -> str:
    return double[Gmail].receive(f"From: a@example.com\r\nSubject: {number}\r\n\r\nb")


def event(double: VendorsDouble, number: int) -> str:
    return double[GoogleCalendar].add(str(number), "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z")["id"]


def row(double: VendorsDouble, number: int) -> str:
    sheets = double[GoogleSheets]
    if sheet not in sheets.spreadsheets:
        sheets.spreadsheets[sheet] = sheets.spreadsheets.pop(sheets.add("Orders", rows=[["Name"]]))
    sheets.sheet(sheet).cells[number + 1, 0] = f"order {number}"
    return str(number + 2)


def file(double: VendorsDouble, number: int) -> str:
    return double[GoogleDrive].add(f"{number}.txt")["id"]


def outlook(double: VendorsDouble, number: int) -> str:
    return double[Graph].mail.receive(str(number))["id"]


def meeting(double: VendorsDouble, number: int) -> str:
    return double[Graph].calendar.add(str(number), "2026-01-05T09:00:00", "2026-01-05T10:00:00")["id"]


def lead(double: VendorsDouble, number: int) -> str:
    return double[Salesforce].add("Lead", LastName=str(number), Company="Acme")["Id"]


def contact(double: VendorsDouble, number: int) -> str:
    return double[HubSpot].add("contacts", email=f"{number}@example.com")["id"]


def entry(double: VendorsDouble, number: int) -> str:
    double[Notion].source = source
    return double[Notion].add_page(str(number))["id"]


def ticket(double: VendorsDouble, number: int) -> str:
    return str(double[Zendesk].add_ticket(str(number))["id"])


def incident(double: VendorsDouble, number: int) -> str:
    return double[ServiceNow].add("incident", short_description=str(number))["sys_id"]


def task(double: VendorsDouble, number: int) -> str:
    return double[Airtable].add(Name=str(number))["id"]


polls: list[tuple[dict[str, Any], Callable[[VendorsDouble, int], str]]] = [
    (
        {"connector": "gmail", "action": "new_emails", "params": {"since": since}, "items": "{{ event.emails }}", "watermark": "{{ event.date }}"},
        mail,
    ),
    (
        {
            "connector": "google_calendar", "action": "changed_events", "params": {"since": since}, "items": "{{ event.events }}",
            "watermark": "{{ event.updated_at }}",
        },
        event,
    ),
    (
        {
            "connector": "google_sheets", "action": "read_rows", "items": "{{ event.rows }}", "key": "{{ event.row }}", "watermark": "{{ event.row }}",
            "params": {"spreadsheet": sheet, "sheet": "Sheet1", "after_row": '{{ get(trigger, "watermark") or 0 }}'},
        },
        row,
    ),
    (
        {
            "connector": "google_drive", "action": "search_files", "params": {"created_after": since, "only": "files"}, "items": "{{ event.files }}",
            "watermark": "{{ event.created_at }}",
        },
        file,
    ),
    (
        {
            "connector": "microsoft365", "action": "list_mails", "params": {"folder": "inbox", "since": since}, "items": "{{ event.emails }}",
            "watermark": "{{ event.received_at }}",
        },
        outlook,
    ),
    (
        {
            "connector": "microsoft365", "action": "changed_events", "params": {"since": since}, "items": "{{ event.events }}",
            "watermark": "{{ event.changed_at }}",
        },
        meeting,
    ),
    ({"connector": "salesforce", "action": "list_records", "params": {"object": "Lead"}, "items": "{{ event.records }}"}, lead),
    ({"connector": "hubspot", "action": "list_objects", "params": {"type": "contacts"}, "items": "{{ event.objects }}"}, contact),
    ({"connector": "notion", "action": "query_data_source", "params": {"data_source": source}, "items": "{{ event.pages }}"}, entry),
    ({"connector": "zendesk", "action": "list_tickets", "items": "{{ event.tickets }}"}, ticket),
    ({"connector": "servicenow", "action": "list_records", "params": {"table": "incident"}, "items": "{{ event.records }}"}, incident),
    ({"connector": "airtable", "action": "list_records", "params": {"base": base, "table": "Tasks"}, "items": "{{ event.records }}"}, task),
]  # fmt: skip


@pytest.mark.parametrize(("poll", "make"), polls, ids=[f"{poll['connector']}.{poll['action']}" for poll, _ in polls])
async def test_each_new_thing_starts_one_run(
    database: Database, dsn: str, poll: dict[str, Any], make: Callable[[VendorsDouble, int], str]
) -> None:
    async with clockwork(database, dsn, Clock()) as works, loopback() as nobody, vendors_double() as double:
        works.catalog = discover()
        async with VaultSender(secrets(), allow=("127.0.0.0/8",)) as sender:
            actor = Actor(works.catalog, sender, bases=double.bases)
            asking = Polls(Due(database), works.launch, partial(ask, actor, works.clock), works.clock)
            it = Polling(works, nobody, asking, [asking])
            make(double, 0)
            await works.publish({"id": "p", "type": "poll", "interval": "PT1M", "key": "{{ event.id }}", **poll})
            await it.round(0)
            assert (await it.keys(), (await it.row())["failures"]) == ([], 0), "what was there is not new"
            expected = [make(double, 1), make(double, 2)]
            await it.round()
            assert await it.keys() == sorted(expected), (await it.row())["error"]
            await it.round()
            expected.append(make(double, 3))
            await it.round()
            assert await it.keys() == sorted(expected)
            assert (await it.row())["failures"] == 0
