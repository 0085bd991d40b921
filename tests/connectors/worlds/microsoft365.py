"""Microsoft 365 against the vendor's document, a part of which is in the specs; the double is written from the pages of the rest."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts import Json
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.graph import Graph
from tests.doubles.graph_mail import person
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.microsoft365 import microsoft365
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    graph = double[Graph]
    yield from mail(graph)
    yield from calendar(graph)
    yield from teams(graph)


def mail(graph: Graph) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentType": "text/plain", "contentBytes": "SGVsbG8="}
    one: JsonObject = {"message": graph.mail.receive(attachments=[file])["id"]}
    new: JsonObject = {
        "to": ["bo@example.com"], "subject": "s", "body": "<p>b</p>", "html": True, "cc": ["cy@example.com"], "bcc": ["di@example.com"],
        "reply_to": ["ed@example.com"], "importance": "high", "attachments": [{"name": "a.txt", "content": "SGVsbG8=", "media_type": "text/plain"}],
    }  # fmt: skip
    yield "send_mail", new
    yield "create_draft", new
    yield "reply_mail", {**one, "body": "b"}
    yield "reply_mail", {**one, "body": "b", "to_all": True}
    yield "forward_mail", {**one, "to": ["bo@example.com"], "comment": "c"}
    yield (
        "list_mails",
        {"folder": "inbox", "unread_only": True, "sender": "grace@example.com", "since": "2026-01-05T09:30:00Z", "limit": 1, "skip": 1},
    )
    yield "list_mails", {"query": "subject:Hello"}
    yield "get_mail", one
    yield "get_attachment", {**one, "name": "a.txt"}
    yield "list_folders", {}
    yield "mark_mail", one
    yield "move_mail", {**one, "folder": "archive"}
    yield "trash_mail", one


def calendar(graph: Graph) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    theirs = graph.calendar.add(
        "Theirs", "2026-01-05T12:00:00", "2026-01-05T13:00:00", isOrganizer=False, organizer=person("grace@example.com")
    )
    span: JsonObject = {"start": "2026-01-05T00:00:00Z", "end": "2026-01-06T00:00:00Z"}
    yield "list_events", {**span, "limit": 1, "skip": 1}
    yield "changed_events", {"since": "2026-01-05T09:30:00Z"}
    made = yield "create_event", {
        "subject": "Review", "start": "2026-01-05T09:30:00", "end": "2026-01-05T10:00:00", "time_zone": "Europe/Berlin", "body": "b", "location": "l",
        "guests": ["bo@example.com"], "show_as": "busy", "reminder_minutes": 15, "online": True,
    }  # fmt: skip
    one: JsonObject = {"event": made["id"]}
    yield "create_event", {"subject": "Away", "start": "2026-01-05T00:00:00", "end": "2026-01-06T00:00:00", "all_day": True}
    yield "get_event", one
    yield "update_event", {**one, "subject": "Moved", "start": "2026-01-06T09:30:00", "end": "2026-01-06T10:00:00"}
    yield "respond_to_event", {"event": theirs["id"], "answer": "tentative", "comment": "c"}
    yield "get_schedule", {**span, "addresses": ["ada@example.com"]}
    yield "delete_event", one


def teams(graph: Graph) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    team: JsonObject = {"team": graph.teams.teams[0]["id"]}
    channel: JsonObject = {**team, "channel": graph.teams.general["id"]}
    chat: JsonObject = {"chat": graph.teams.chat["id"]}
    yield "list_teams", {}
    yield "list_channels", team
    yield "create_channel", {**team, "name": "Incident 42", "description": "d"}
    message = yield "send_channel_message", {**channel, "text": "<b>Hello</b>", "html": True, "subject": "s", "importance": "high"}
    yield "reply_in_channel", {**channel, "message": message["id"], "text": "Hello"}
    yield "list_channel_messages", {**channel, "limit": 5}
    yield "list_channel_replies", {**channel, "message": message["id"], "limit": 5}
    yield "list_chats", {"limit": 5}
    yield "open_chat", {"address": "grace@example.com"}
    yield "send_chat_message", {**chat, "text": "Hello"}
    yield "list_chat_messages", {**chat, "limit": 5}


def merged(content: Json) -> None:
    """Types that are made of others (`allOf`) as one: each part would forbid the other's fields, where unknown ones are forbidden.

    Files and members of a chat are of types below the one that is named, with the type's own name in `@odata.type`
    (https://learn.microsoft.com/en-us/graph/api/resources/fileattachment and …/resources/aaduserconversationmember).
    """
    schemas: Json = content["components"]["schemas"]

    def properties(schema: Json) -> Json:
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        found: Json = {}
        for part in schema.get("allOf", []):
            found |= properties(part)
        return found | schema.get("properties", {})

    whole = {name: properties(schema) for name, schema in schemas.items() if "allOf" in schema}
    for name, found in whole.items():
        schemas[name] = {"type": "object", "properties": found}
    text: Json = {"type": "string"}
    attachment, member = (schemas["microsoft.graph." + name]["properties"] for name in ("attachment", "conversationMember"))
    attachment |= {"@odata.type": text, "contentBytes": text}
    member |= {"@odata.type": text, "user@odata.bind": text}


_pages = "https://learn.microsoft.com/en-us/graph/api/"
_silent = "a message of Teams carries nothing that its readers would not see, and the same text may have been sent by others"
conformance = Conformance(
    connector=microsoft365,
    double=Graph,
    contract=OpenApi(("msgraph-core-2022-05.json",), repair=merged),
    cases=cases,
    beyond={
        r"GET .*/me": _pages + "user-get",
        r"GET .*/me/mailFolders": _pages + "user-list-mailfolders",
        r"GET .*/attachments": _pages + "message-list-attachments",
        r"POST .*/replyAll": _pages + "message-replyall",
        r"POST .*/move": _pages + "message-move",
        r"GET .*/calendarView": _pages + "user-list-calendarview",
        r"POST .*/(accept|tentativelyAccept|decline)": _pages + "event-tentativelyaccept",
        r"POST .*/getSchedule": _pages + "calendar-getschedule",
    },
    blind=dict.fromkeys(("send_channel_message", "reply_in_channel", "send_chat_message"), _silent),
)
