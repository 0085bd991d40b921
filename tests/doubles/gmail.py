"""A double of Gmail's API: messages listed by label and search, fetched, sent; Google's refusals.

From https://developers.google.com/workspace/gmail/api/reference/rest and …/gmail/api/guides/handle-errors.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor


class Gmail(Vendor):
    """A mailbox."""

    key = "gmail"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.rewrites_message_id = False
        self.unindexed = False
        """The search does not know the latest mail yet."""
        self.mails: list[Json] = []

    def routes(self) -> Routes:
        messages = "/gmail/v1/users/me/messages"
        return [("GET", messages, self._list), ("GET", messages + "/{id}", self._get), ("POST", messages + "/send", self._send)]

    def receive(self, content: str, *, labels: tuple[str, ...] = ("INBOX", "UNREAD")) -> str:
        """Put a mail (RFC 5322) into the mailbox."""
        return self._stored(content.encode(), labels)

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "unauthorized":
                return _google(401, "Invalid Credentials", "authError")
            case "forbidden":
                return _google(403, "Insufficient Permission: Request had insufficient authentication scopes.", "insufficientPermissions")
            case "invalid":
                return _google(400, "Invalid To header", "invalidArgument")
            case "rate_limited":
                at = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
                return _google(403, f"User-rate limit exceeded.  Retry after {at}", "userRateLimitExceeded")
            case _:
                return _google(500, "Backend Error", "backendError")

    def _stored(self, content: bytes, labels: tuple[str, ...]) -> str:
        mail = email.message_from_bytes(content, policy=email.policy.SMTP)
        number = self.books.next()
        headers = [{"name": name, "value": str(value)} for name, value in mail.items()]
        if "SENT" in labels:
            self.books.effects[str(mail["Message-ID"]).strip("<>")] += 1
            if self.rewrites_message_id:
                headers = [h | {"name": "X-Google-Original-Message-ID"} if h["name"] == "Message-ID" else h for h in headers]
                headers.append({"name": "Message-ID", "value": f"<gmail-{number}@mail.gmail.com>"})
        stored = {
            "id": f"{number:016x}", "threadId": f"{number:016x}", "labelIds": list(labels), "snippet": "…", "sizeEstimate": len(content),
            "internalDate": str(int(datetime.now(UTC).timestamp() * 1000)), "payload": _part(mail) | {"headers": headers},
        }  # fmt: skip
        self.mails.insert(0, stored)
        return str(stored["id"])

    async def _list(self, request: Request, _sent: Any) -> Response:
        wanted, query = set(request.query_params.getlist("labelIds")), request.query_params.get("q", "")
        found = [mail for mail in self.mails if wanted <= set(mail["labelIds"]) and self._fits(mail, query)]
        start = int(request.query_params.get("pageToken", "0"))
        size = min(int(request.query_params.get("maxResults", "100")), self.books.page_max)
        answer: Json = {"resultSizeEstimate": len(found)}
        if found:
            answer["messages"] = [{"id": mail["id"], "threadId": mail["threadId"]} for mail in found[start : start + size]]
        if start + size < len(found):
            answer["nextPageToken"] = str(start + size)
        return JSONResponse(answer)

    async def _get(self, request: Request, _sent: Any) -> Response:
        mail = next((mail for mail in self.mails if mail["id"] == request.path_params["id"]), None)
        if mail is None:
            return _google(404, "Requested entity was not found.", "notFound")
        if request.query_params.get("format") == "metadata":
            names = {name.lower() for name in request.query_params.getlist("metadataHeaders")}
            headers = [h for h in mail["payload"]["headers"] if h["name"].lower() in names]
            return JSONResponse(mail | {"payload": {"mimeType": mail["payload"]["mimeType"], "headers": headers}})
        return JSONResponse(mail)

    async def _send(self, _request: Request, sent: Any) -> Response:
        content = urlsafe_b64decode(sent["raw"])
        mail = email.message_from_bytes(content, policy=email.policy.SMTP)
        if not mail["To"]:
            return _google(400, "Recipient address required", "invalidArgument")
        number = self._stored(content, ("SENT",))
        return JSONResponse({"id": number, "threadId": number, "labelIds": ["SENT"]})

    def _fits(self, mail: Json, query: str) -> bool:
        for name, quoted, plain in re.findall(r'(\w+):(?:"([^"]*)"|(\S+))', query):
            value = quoted or plain
            if name == "rfc822msgid" and (self.unindexed or _header(mail, "Message-ID").strip("<>") != value):
                return False
            if name in ("from", "subject") and value.lower() not in _header(mail, name).lower():
                return False
        words = re.sub(r'(\w+):(?:"[^"]*"|\S+)', "", query).split()
        return all(word.lower() in json.dumps(mail["payload"]["headers"]).lower() for word in words)


def _google(status: int, message: str, reason: str) -> Response:
    errors = [{"message": message, "domain": "usageLimits", "reason": reason}]
    return JSONResponse({"error": {"code": status, "message": message, "errors": errors, "status": "X"}}, status)


def _part(mail: EmailMessage) -> Json:
    kind, headers = mail.get_content_type(), [{"name": name, "value": str(value)} for name, value in mail.items()]
    facts: Json = {"mimeType": kind, "filename": mail.get_filename() or "", "headers": headers}
    if mail.is_multipart():
        return facts | {"body": {"size": 0}, "parts": [_part(cast("EmailMessage", part)) for part in mail.iter_parts()]}
    data = cast("bytes", mail.get_payload(decode=True))
    return facts | {"body": {"size": len(data), "data": urlsafe_b64encode(data).decode()}}


def _header(mail: Json, name: str) -> str:
    return next((h["value"] for h in mail["payload"]["headers"] if h["name"].lower() == name.lower()), "")
