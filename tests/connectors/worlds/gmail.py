"""Gmail against Google's document."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.gmail import Gmail
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.gmail import gmail
from tenuto.core.values import JsonObject


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    mailbox = double[Gmail]
    mail = mailbox.receive(
        "From: a@example.com\r\nTo: me@example.com\r\nCc: e@example.com\r\nSubject: s\r\nMessage-ID: <m@example.com>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nb'
    )
    yield "send_email", {"to": "a@example.com", "subject": "s", "body": "b", "cc": "c@example.com", "bcc": "d@example.com"}
    yield "read_emails", {"limit": 3, "unread_only": True}
    yield "search_emails", {"query": "s", "from": "a", "subject": "s", "after": "2026-01-01", "before": "2036-01-01"}
    rich: JsonObject = {"to": "a@example.com", "subject": "s", "body": "b", "html": "<p>b</p>", "reply_to": "f@example.com"}
    rich["attachments"] = [{"name": "ä.txt", "content": "SGVsbG8=", "media_type": "text/plain"}]
    yield "send_rich_email", rich
    yield "create_draft", rich
    yield "reply", {"message_id": mail, "body": "b", "html": "<p>b</p>", "to_all": True}
    yield "list_emails", {"query": "s", "labels": ["INBOX"], "limit": 1, "include_spam_and_trash": True}
    yield "list_emails", {"page": "1"}
    yield "new_emails", {"since": "2026-01-05T09:30:00Z", "query": "s", "labels": ["INBOX"]}
    yield "get_email", {"message_id": mail}
    yield "get_thread", {"thread_id": mail}
    yield "get_attachment", {"message_id": mail, "name": "a.txt"}
    yield "list_labels", {}
    label = yield "create_label", {"name": "Orders/Late"}
    yield "change_labels", {"message_id": mail, "add": [label["id"]], "remove": ["INBOX"]}
    yield "mark_read", {"message_id": mail}
    yield "trash_email", {"message_id": mail}
    yield "untrash_email", {"message_id": mail}
    yield "watch_mailbox", {"topic": "projects/acme/topics/mail", "labels": ["INBOX"]}


conformance = Conformance(connector=gmail, double=Gmail, contract=OpenApi(("google-gmail.v1.openapi3.json",)), cases=cases)
