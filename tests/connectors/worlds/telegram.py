"""Telegram against its double, which cites the vendor's pages: there is no document of its API."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.doubles.telegram import Telegram
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.telegram import telegram
from tenuto.core.values import JsonObject

_unread = "a bot cannot read what it has written, nor take a key: https://core.telegram.org/bots/api#sendmessage"


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    written = double[Telegram].receive("Hello")["message"]
    pressed = double[Telegram].press(written, "yes")["callback_query"]["id"]
    ada: JsonObject = {"chat_id": 42}
    buttons: JsonObject = {"buttons": [[{"text": "Yes", "callback_data": "yes"}, {"text": "Open", "url": "https://example.com"}]]}
    sent = yield "send_message", {**ada, "text": "<b>Hi</b>", "parse_mode": "HTML", "reply_to": written["message_id"], **buttons}
    one: JsonObject = {**ada, "message_id": sent["message_id"]}
    yield "send_message", {"chat_id": "@news", "text": "Hi", "silent": True, "link_preview": False}
    yield "send_photo", {**ada, "photo": "https://example.com/a.png", "caption": "Look"}
    yield "send_document", {**ada, "document": "https://example.com/a.pdf"}
    yield "forward_message", {**one, "to": -100}
    yield "edit_message", {**one, "text": "Done", **buttons}
    yield "pin_message", one
    yield "delete_message", one
    yield "send_chat_action", ada
    yield "answer_callback_query", {"callback_query_id": pressed, "text": "Thanks", "alert": True}
    yield "get_chat", ada
    double[Telegram].files["file1"] = b"x"
    yield "get_file", {"file_id": "file1"}
    yield "get_updates", {"after": 0, "limit": 5, "kinds": ["message"]}
    yield "get_webhook_info", {}
    yield "delete_webhook", {}


conformance = Conformance(
    connector=telegram,
    double=Telegram,
    contract=None,
    cases=cases,
    base="/bot{token}",
    blind=dict.fromkeys(("send_message", "send_photo", "send_document", "forward_message", "answer_callback_query"), _unread),
)
