"""A double of Gmail's API: mails listed by label and search, sent, answered in their thread, drafted, labelled, thrown away; refusals.

From https://developers.google.com/workspace/gmail/api/reference/rest, …/gmail/api/guides/handle-errors, …/guides/threads (when a mail
joins a thread), …/guides/push and …/guides/sync (watch and history), and https://support.google.com/mail/answer/7190 (the search).
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

system = ("INBOX", "SENT", "DRAFT", "TRASH", "SPAM", "UNREAD", "STARRED", "IMPORTANT", "CATEGORY_PROMOTIONS")


class Gmail(Vendor):
    """A mailbox."""

    key = "gmail"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.rewrites_message_id = False
        self.unindexed = False
        """The search does not know the latest mail yet."""
        self.mails: list[Json] = []
        """Newest first, drafts among them."""
        self.labels: list[Json] = [{"id": name, "name": name, "type": "system"} for name in system]
        self.drafts: dict[str, str] = {}
        """The mail of each draft."""
        self.attachments: dict[str, bytes] = {}
        """By the id that was given out last: another one each time that the mail is read."""
        self.forgotten = 0
        """History up to here is gone."""
        self.watched: Json | None = None

    def routes(self) -> Routes:
        me = "/gmail/v1/users/me"
        messages, drafts, threads, labels = (f"{me}/{name}" for name in ("messages", "drafts", "threads", "labels"))
        routes: Routes = [
            ("GET", me + "/profile", self._profile),
            ("GET", me + "/history", self._history),
            ("POST", me + "/watch", self._watch),
            ("POST", me + "/stop", self._stop),
            ("GET", messages, self._list),
            ("POST", messages + "/send", self._send),
            ("GET", messages + "/{id}", self._get),
            ("POST", messages + "/{id}/modify", self._modify),
            ("POST", messages + "/{id}/trash", self._trash),
            ("POST", messages + "/{id}/untrash", self._untrash),
            ("GET", messages + "/{id}/attachments/{attachment}", self._attachment),
            ("GET", drafts, self._list_drafts),
            ("POST", drafts, self._draft),
            ("GET", drafts + "/{id}", self._get_draft),
            ("DELETE", drafts + "/{id}", self._delete_draft),
            ("GET", threads + "/{id}", self._thread),
            ("GET", labels, self._list_labels),
            ("POST", labels, self._create_label),
            ("DELETE", labels + "/{id}", self._delete_label),
        ]
        return routes

    def receive(self, content: str, *, labels: tuple[str, ...] = ("INBOX", "UNREAD"), thread: str | None = None) -> str:
        """Put a mail (RFC 5322) into the mailbox."""
        return self._stored(content.encode(), labels, thread)

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

    def _stored(self, content: bytes, labels: tuple[str, ...], thread: str | None = None) -> str:
        mail = email.message_from_bytes(content, policy=email.policy.SMTP)
        number = self.books.next()
        headers = [{"name": name, "value": str(value)} for name, value in mail.items()]
        if "SENT" in labels or "DRAFT" in labels:
            self.books.effects[str(mail["Message-ID"]).strip("<>")] += 1
            if self.rewrites_message_id:
                headers = [h | {"name": "X-Google-Original-Message-ID"} if h["name"] == "Message-ID" else h for h in headers]
                headers.append({"name": "Message-ID", "value": f"<gmail-{number}@mail.gmail.com>"})
        stored = {
            "id": f"{number:016x}", "threadId": thread or f"{number:016x}", "historyId": str(number), "labelIds": list(labels), "snippet": "…", "sizeEstimate": len(content),
            "internalDate": str(int(datetime.now(UTC).timestamp() * 1000)), "payload": _part(mail) | {"headers": headers},
        }  # fmt: skip
        self.mails.insert(0, stored)
        return str(stored["id"])

    async def _list(self, request: Request, _sent: Any) -> Response:
        wanted, query = set(request.query_params.getlist("labelIds")), request.query_params.get("q", "")
        found = [mail for mail in self.mails if wanted <= set(mail["labelIds"]) and self._fits(mail, query)]
        everything = request.query_params.get("includeSpamTrash") == "true" or {"SPAM", "TRASH"} & wanted or "in:" in query
        found = [mail for mail in found if everything or not {"SPAM", "TRASH"} & set(mail["labelIds"])]
        start = int(request.query_params.get("pageToken", "0"))
        size = min(int(request.query_params.get("maxResults", "100")), self.books.page_max)
        answer: Json = {"resultSizeEstimate": len(found)}
        if found:
            answer["messages"] = [{"id": mail["id"], "threadId": mail["threadId"]} for mail in found[start : start + size]]
        if start + size < len(found):
            answer["nextPageToken"] = str(start + size)
        return JSONResponse(answer)

    def _mail(self, wanted: str) -> Json | None:
        return next((mail for mail in self.mails if mail["id"] == wanted), None)

    async def _get(self, request: Request, _sent: Any) -> Response:
        mail = self._mail(request.path_params["id"])
        return _missing() if mail is None else JSONResponse(self._shown(mail, request))

    def _shown(self, mail: Json, request: Request) -> Json:
        how = request.query_params.get("format", "full")
        if how == "minimal":
            return {name: value for name, value in mail.items() if name != "payload"}
        if how == "metadata":
            names = {name.lower() for name in request.query_params.getlist("metadataHeaders")}
            headers = [h for h in mail["payload"]["headers"] if not names or h["name"].lower() in names]
            return mail | {"payload": {"mimeType": mail["payload"]["mimeType"], "headers": headers}}
        return mail | {"payload": self._without_files(mail["payload"])}

    def _without_files(self, part: Json) -> Json:
        """A file's bytes are for another request."""
        if part["filename"] and "data" in part["body"]:
            name = f"ANGjdJ{self.books.next():020d}"
            self.attachments[name] = urlsafe_b64decode(part["body"]["data"])
            return part | {"body": {"attachmentId": name, "size": part["body"]["size"]}}
        return part | ({"parts": [self._without_files(each) for each in part["parts"]]} if "parts" in part else {})

    async def _attachment(self, request: Request, _sent: Any) -> Response:
        content = self.attachments.get(request.path_params["attachment"])
        if content is None or self._mail(request.path_params["id"]) is None:
            return _google(400, "Invalid attachment token", "invalidArgument")
        return JSONResponse({"size": len(content), "data": urlsafe_b64encode(content).decode()})

    def _composed(self, message: Any, label: str) -> Response | Json:
        if not isinstance(message, dict) or not message.get("raw"):
            return _google(400, "'raw' RFC822 payload message string or uploading message via /upload/* URL required", "invalidArgument")
        content = urlsafe_b64decode(message["raw"])
        mail = email.message_from_bytes(content, policy=email.policy.SMTP)
        if label == "SENT" and not mail["To"]:
            return _google(400, "Recipient address required", "invalidArgument")
        thread = message.get("threadId")
        if thread:
            known = [each for each in self.mails if each["threadId"] == thread]
            if not known:
                return _missing()
            names = f"{mail['In-Reply-To'] or ''} {mail['References'] or ''}"
            follows = any(_header(each, "Message-ID") and _header(each, "Message-ID") in names for each in known)
            thread = thread if follows and any(_topic(_header(each, "Subject")) == _topic(str(mail["Subject"])) for each in known) else None
        number = self._stored(content, (label,), thread)
        return {name: value for name, value in (self._mail(number) or {}).items() if name in ("id", "threadId", "labelIds")}

    async def _send(self, _request: Request, sent: Any) -> Response:
        made = self._composed(sent, "SENT")
        return made if isinstance(made, Response) else JSONResponse(made)

    async def _draft(self, _request: Request, sent: Any) -> Response:
        made = self._composed((sent or {}).get("message"), "DRAFT")
        if isinstance(made, Response):
            return made
        number = f"r{self.books.next():019d}"
        self.drafts[number] = made["id"]
        return JSONResponse({"id": number, "message": made})

    async def _list_drafts(self, request: Request, _sent: Any) -> Response:
        mails = [(number, mail) for number, each in reversed(self.drafts.items()) if (mail := self._mail(each))]
        found = [(number, mail) for number, mail in mails if self._fits(mail, request.query_params.get("q", ""))]
        size = min(int(request.query_params.get("maxResults", "100")), self.books.page_max)
        drafts = [{"id": number, "message": {"id": mail["id"], "threadId": mail["threadId"]}} for number, mail in found[:size]]
        return JSONResponse({"resultSizeEstimate": len(found)} | ({"drafts": drafts} if drafts else {}))

    async def _get_draft(self, request: Request, _sent: Any) -> Response:
        mail = self._mail(self.drafts.get(request.path_params["id"], ""))
        return _missing() if mail is None else JSONResponse({"id": request.path_params["id"], "message": self._shown(mail, request)})

    async def _delete_draft(self, request: Request, _sent: Any) -> Response:
        mail = self._mail(self.drafts.pop(request.path_params["id"], ""))
        if mail is None:
            return _missing()
        self.mails.remove(mail)
        return Response(status_code=204)

    async def _thread(self, request: Request, _sent: Any) -> Response:
        mails = [self._shown(mail, request) for mail in reversed(self.mails) if mail["threadId"] == request.path_params["id"]]
        return JSONResponse({"id": request.path_params["id"], "historyId": "1", "messages": mails}) if mails else _missing()

    async def _modify(self, request: Request, sent: Any) -> Response:
        mail, sent = self._mail(request.path_params["id"]), sent or {}
        if mail is None:
            return _missing()
        add, remove = sent.get("addLabelIds") or [], sent.get("removeLabelIds") or []
        if not add and not remove:
            return _google(400, "No label add or removes specified", "invalidArgument")
        known = {label["id"] for label in self.labels}
        if wrong := [name for name in (*add, *remove) if name not in known]:
            return _google(400, f"Invalid label: {wrong[0]}", "invalidArgument")
        if fixed := [name for name in (*add, *remove) if name in ("SENT", "DRAFT")]:
            return _google(400, f"Invalid label: {fixed[0]}", "invalidArgument")
        return self._relabelled(mail, add, remove)

    def _relabelled(self, mail: Json, add: list[str], remove: list[str]) -> Response:
        mail["labelIds"] = list(dict.fromkeys([name for name in mail["labelIds"] if name not in remove] + add))
        mail["historyId"] = str(self.books.next())
        self.happened([mail["id"], add, remove], f"labels:{mail['id']}")
        return JSONResponse({"id": mail["id"], "threadId": mail["threadId"], "labelIds": mail["labelIds"]})

    async def _trash(self, request: Request, _sent: Any) -> Response:
        mail = self._mail(request.path_params["id"])
        return _missing() if mail is None else self._relabelled(mail, ["TRASH"], ["INBOX"])

    async def _untrash(self, request: Request, _sent: Any) -> Response:
        mail = self._mail(request.path_params["id"])
        return _missing() if mail is None else self._relabelled(mail, [], ["TRASH"])

    async def _list_labels(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"labels": self.labels})

    async def _create_label(self, _request: Request, sent: Any) -> Response:
        name = str((sent or {}).get("name") or "").strip()
        if not name or len(name) > 225:
            return _google(400, "Invalid label name", "invalidArgument")
        if any(label["name"].lower() == name.lower() for label in self.labels):
            return _google(409, "Label name exists or conflicts", "aborted")
        if len(self.labels) >= 10_000:
            return _google(400, "Too many labels", "invalidArgument")
        label = {"id": f"Label_{self.books.next()}", "name": name, "messageListVisibility": "show", "labelListVisibility": "labelShow"}
        label |= {key: value for key, value in sent.items() if key != "name"}
        self.labels.append(label | {"type": "user"})
        self.happened(sent, f"label:{name}")
        return JSONResponse(label)

    async def _delete_label(self, request: Request, _sent: Any) -> Response:
        found = next((label for label in self.labels if label["id"] == request.path_params["id"]), None)
        if found is None:
            return _missing()
        if found["type"] == "system":
            return _google(400, "Invalid delete request", "invalidArgument")
        self.labels.remove(found)
        for mail in self.mails:
            mail["labelIds"] = [name for name in mail["labelIds"] if name != found["id"]]
        return Response(status_code=204)

    async def _profile(self, _request: Request, _sent: Any) -> Response:
        facts = {"emailAddress": "me@example.com", "messagesTotal": len(self.mails), "threadsTotal": len(self.mails)}
        return JSONResponse(facts | {"historyId": str(self.books.serial)})

    async def _history(self, request: Request, _sent: Any) -> Response:
        start = request.query_params.get("startHistoryId", "")
        if not start.isdecimal():
            return _google(400, "Missing/invalid parameter: startHistoryId", "invalidArgument")
        if int(start) < self.forgotten:
            return _missing()
        since = [mail for mail in reversed(self.mails) if int(mail["id"], 16) > int(start)]
        history = [
            {"id": str(int(mail["id"], 16)), "messagesAdded": [{"message": {name: mail[name] for name in ("id", "threadId", "labelIds")}}]}
            for mail in since
        ]
        return JSONResponse({"historyId": str(self.books.serial)} | ({"history": history} if history else {}))

    async def _watch(self, _request: Request, sent: Any) -> Response:
        topic = str((sent or {}).get("topicName", ""))
        if not re.fullmatch(r"projects/[\w.:-]+/topics/[\w.~+%-]+", topic):
            return _google(400, "Invalid topicName does not match projects/my-project/topics/*", "invalidArgument")
        self.watched = sent
        self.happened(sent, f"watch:{topic}")
        expires = int((datetime.now(UTC) + timedelta(days=7)).timestamp() * 1000)
        return JSONResponse({"historyId": str(self.books.serial), "expiration": str(expires)})

    async def _stop(self, _request: Request, _sent: Any) -> Response:
        self.watched = None
        self.happened(None, "stop")
        return Response(status_code=204)

    def _fits(self, mail: Json, query: str) -> bool:
        for name, quoted, plain in re.findall(r'(\w+):(?:"([^"]*)"|(\S+))', query):
            value = quoted or plain
            if not self._is(mail, name, value):
                return False
        words = re.sub(r'(\w+):(?:"[^"]*"|\S+)', "", query).split()
        return all(word.lower() in json.dumps(mail["payload"]["headers"]).lower() for word in words)

    def _is(self, mail: Json, name: str, value: str) -> bool:
        match name:
            case "rfc822msgid":
                return not self.unindexed and _header(mail, "Message-ID").strip("<>") == value
            case "from" | "to" | "subject":
                return value.lower() in _header(mail, name).lower()
            case "after" | "before":
                moment = (
                    datetime.fromtimestamp(int(value), UTC)
                    if value.isdecimal()
                    else datetime.strptime(value, "%Y/%m/%d").replace(tzinfo=UTC)
                )
                received = datetime.fromtimestamp(int(mail["internalDate"]) / 1000, UTC)
                return received >= moment if name == "after" else received < moment
            case "in" | "label":
                return value == "anywhere" or value.upper() in mail["labelIds"] or value in mail["labelIds"]
            case "is":
                return value.upper() in mail["labelIds"]
            case "has":
                return value != "attachment" or '"filename": "' in json.dumps(mail["payload"]).replace('"filename": ""', "")
            case _:
                return True


def _missing() -> Response:
    return _google(404, "Requested entity was not found.", "notFound")


def _topic(subject: str) -> str:
    return re.sub(r"^((re|fwd?|aw):\s*)+", "", subject.strip(), flags=re.IGNORECASE)


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
