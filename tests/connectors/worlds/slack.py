"""Slack against the methods of its SDK."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts import Json
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.slack import Slack
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.slack import slack
from tenuto.core.values import JsonObject

channel: JsonObject = {"channel": "C00000000"}


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double[Slack].members["C00000000"] = ["W012A3CDE"]
    posted = yield "send_message", {"channel": "#support", "text": "t", "attachments": [{"text": "a"}]}
    one: JsonObject = {**channel, "ts": posted["ts"]}
    yield "send_message", {**channel, "text": "t", "thread_ts": posted["ts"]}
    yield "send_message", {"channel": "W012A3CDE", "text": "t"}
    yield "update_message", {**one, "text": "u", "attachments": [{"text": "b"}]}
    yield "get_thread", one
    yield "get_permalink", one
    yield "add_reaction", {**one, "emoji": "thumbsup"}
    yield "remove_reaction", {**one, "emoji": "thumbsup"}
    yield "pin_message", one
    yield "delete_message", one
    delayed = yield "schedule_message", {**channel, "text": "t", "post_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    yield "list_scheduled", {**channel, "limit": 5}
    yield "cancel_scheduled", {**channel, "scheduled_message_id": delayed["id"]}
    yield "send_ephemeral", {**channel, "user": "W012A3CDE", "text": "t"}
    yield "get_messages", {"channel": "support", "limit": 2, "latest": "9999999999.0", "oldest": "1.0"}
    yield "upload_file", {**channel, "filename": "a.txt", "content": "abc", "comment": "c", "title": "t"}
    yield "create_channel", {"name": "new", "is_private": True, "description": "d"}
    yield "list_channels", {"limit": 5, "types": "public_channel, private_channel"}
    yield "get_channel", channel
    yield "list_members", channel
    yield "invite_to_channel", {**channel, "users": ["U0G9QF9C6"]}
    yield "join_channel", channel
    yield "set_topic", {**channel, "topic": "t"}
    yield "set_description", {**channel, "description": "d"}
    yield "archive_channel", channel
    yield "open_conversation", {"users": ["W012A3CDE", "U0G9QF9C6"]}
    yield "find_user_by_email", {"email": "ada@example.com"}
    yield "get_user", {"user": "W012A3CDE"}
    yield "list_users", {"limit": 2}


def repair(content: Json) -> None:
    """The SDK's signature says of `files` that they are objects; https://docs.slack.dev/reference/methods/files.completeUploadExternal of what."""
    text = {"type": "string"}
    for body in content["paths"]["/files.completeUploadExternal"]["post"]["requestBody"]["content"].values():
        item = {"type": "object", "properties": {"id": text, "title": text, "highlight_type": text}, "required": ["id"]}
        body["schema"]["properties"]["files"] = {"type": "array", "items": item}


conformance = Conformance(
    connector=slack,
    double=Slack,
    contract=OpenApi(("slack-web-sdk3.47.openapi3.json",), repair=repair),
    cases=cases,
    blind={
        "create_channel": "a channel carries no mark; the name that is taken says that it is there, not who made it",
        "send_ephemeral": "only the person that it is for sees whether it came",
        "upload_file": "a file carries no mark, and others may have shared one of that name",
    },
)
