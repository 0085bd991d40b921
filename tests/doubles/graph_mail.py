"""The mailbox of Microsoft Graph's double: messages, folders, drafts, replies, search, deltas.

From https://learn.microsoft.com/en-us/graph/api/ (user-list-messages, user-sendmail, user-post-messages, message-reply, message-createreply,
message-forward, message-send, message-update, message-move, message-delta, message-post-attachments), …/graph/search-query-parameter,
…/graph/outlook-immutable-id and …/graph/outlook-create-send-messages. A message gets another id when it moves, unless immutable ids
are preferred; what was sent stands in Sent Items, with an id that `sendMail` does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.graph_base import (
    Changes,
    Home,
    Refusal,
    address,
    body_of,
    context,
    delta,
    dressed,
    fresh_id,
    given,
    listed,
    many,
    missing,
    now,
    one,
    paged,
    plain,
    preferred,
    selected,
    stamped,
    unchanged,
    wrong,
)
from tests.doubles.vendor import Json, Routes

folders = ("inbox", "drafts", "sentitems", "deleteditems", "archive", "junkemail")
_people = ("toRecipients", "ccRecipients", "bccRecipients", "replyTo")
writable = {
    "subject", "body", *_people, "from", "sender", "importance", "categories", "flag", "isRead", "internetMessageHeaders", "attachments",
    "internetMessageId", "singleValueExtendedProperties", "multiValueExtendedProperties", "inferenceClassification",
    "isDeliveryReceiptRequested", "isReadReceiptRequested",
}  # fmt: skip
known = writable | {
    "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "receivedDateTime", "sentDateTime", "hasAttachments", "bodyPreview",
    "parentFolderId", "conversationId", "conversationIndex", "webLink", "isDraft", "uniqueBody",
}  # fmt: skip
_always = {"isRead", "categories", "flag", "importance", "inferenceClassification", "singleValueExtendedProperties"}
_hidden = {"internetMessageHeaders", "attachments", "singleValueExtendedProperties", "multiValueExtendedProperties", "uniqueBody"}
_address = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")
_search_words = {"from": "from", "to": "toRecipients", "cc": "ccRecipients", "bcc": "bccRecipients", "subject": "subject", "body": "body"}


class Mail:
    """One mailbox; `messages` is the newest first."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.messages: list[Json] = []
        self.folders = {name: fresh_id() for name in folders}
        """Ids by well-known name."""
        self.changes = Changes()
        self.unindexed = False
        """The search does not know the latest message yet."""

    def routes(self) -> Routes:
        """Below `/me` and below `/users/{user}`."""
        single = "/messages/{id}"
        return [
            ("POST", "/sendMail", self._send_mail),
            ("GET", "/messages", self._list),
            ("POST", "/messages", self._draft),
            ("GET", single, self._get),
            ("PATCH", single, self._update),
            ("DELETE", single, self._delete),
            ("POST", f"{single}/send", self._send),
            ("POST", f"{single}/move", self._move),
            ("POST", f"{single}/reply", self._answering("reply", sends=True)),
            ("POST", f"{single}/replyAll", self._answering("replyAll", sends=True)),
            ("POST", f"{single}/forward", self._answering("forward", sends=True)),
            ("POST", f"{single}/createReply", self._answering("reply", sends=False)),
            ("POST", f"{single}/createReplyAll", self._answering("replyAll", sends=False)),
            ("POST", f"{single}/createForward", self._answering("forward", sends=False)),
            ("GET", f"{single}/attachments", self._attachments),
            ("POST", f"{single}/attachments", self._attach),
            ("GET", f"{single}/attachments/{{attachment}}", self._attachment),
            ("GET", "/mailFolders", self._list_folders),
            ("GET", "/mailFolders/{folder}", self._folder),
            ("GET", "/mailFolders/{folder}/messages", self._list),
            ("POST", "/mailFolders/{folder}/messages", self._draft),
            ("GET", "/mailFolders/{folder}/messages/delta", self._delta),
        ]

    def receive(self, subject: str = "Hello", text: str = "Hello", sender: str = "grace@example.com", **more: Any) -> Json:
        """Put a message into the inbox; properties as Graph has them."""
        people = {"from": person(sender), "sender": person(sender), "toRecipients": [person(self.home.address)]}
        return self._put(people | {"subject": subject, "body": {"contentType": "text", "content": text}} | more, "inbox")

    def _put(self, sent: Json, folder: str, *, draft: bool = False) -> Json:
        me = person(self.home.address, self.home.name)
        body = sent.get("body") or {"contentType": "text", "content": ""}
        message = stamped(
            {
                "id": fresh_id(), "createdDateTime": now(), "receivedDateTime": now(), "sentDateTime": now(), "subject": "",
                "hasAttachments": any(not each.get("isInline") for each in many(sent, "attachments")),
                "internetMessageId": f"<{uuid4()}@example.com>", "importance": "normal", "conversationId": fresh_id(), "categories": [],
                "parentFolderId": self.folders[folder], "isRead": folder != "inbox", "isDraft": draft, "from": me, "sender": me,
                "toRecipients": [], "ccRecipients": [], "bccRecipients": [], "replyTo": [], "flag": {"flagStatus": "notFlagged"},
                "inferenceClassification": "focused", "webLink": "https://outlook.office365.com/owa/?ItemID=1", **sent, "body": body,
            }
        )  # fmt: skip
        for attachment in many(message, "attachments"):
            attachment |= {"id": fresh_id(), "size": len(attachment.get("contentBytes") or "") * 3 // 4, "lastModifiedDateTime": now()}
        message["bodyPreview"] = plain(body)[:255]
        self.messages.insert(0, message)
        self._changed("created", message)
        return message

    def _changed(self, change: str, message: Json) -> None:
        self.changes.log.append((change, message["parentFolderId"], message["id"]))
        folder = next(name for name, number in self.folders.items() if number == message["parentFolderId"])
        for resource in ("me/messages", f"me/mailFolders('{folder}')/messages", f"me/mailFolders/{folder}/messages"):
            self.home.changed(change, resource, message, "message")

    def _moved(self, request: Request | None, message: Json, folder: str) -> Json:
        """The message in another folder: with another id, unless ids are to stay."""
        self._changed("deleted", message)
        stays = request is not None and (preferred(request, "IdType") or "") == "ImmutableId"
        message |= stamped(message) | {"parentFolderId": self.folders[folder]} | ({} if stays else {"id": fresh_id()})
        self._changed("created", message)
        return message

    def _place(self, request: Request) -> str | None:
        """The id of the folder that was asked for, by its id or its well-known name."""
        asked = request.path_params.get("folder")
        if asked is None:
            return None
        found = self.folders.get(asked.lower()) or (asked if asked in self.folders.values() else None)
        if found is None:
            raise missing() if len(asked) > 40 else wrong("Id is malformed.", "ErrorInvalidIdMalformed")
        return found

    async def _send_mail(self, _request: Request, sent: Any) -> Response:
        asked = given(sent, {"message", "saveToSentItems"}, "sendMail")
        message = checked(given(asked.get("message"), writable, "message"))
        _has_recipients(message)
        made = self._put(message, "sentitems")
        if asked.get("saveToSentItems") is False:
            self.messages.remove(made)
        self.home.happened(sent, f"mail:{made['id']}")
        return Response(status_code=202)

    async def _list(self, request: Request, _sent: Any) -> Response:
        place, query = self._place(request), request.query_params
        found = [each for each in self.messages if place in (None, each["parentFolderId"])]
        if "$search" in query:
            for name in ("$filter", "$orderby"):
                if name in query:
                    code = "SearchWithFilter" if name == "$filter" else "SearchWithOrderBy"
                    raise wrong(f"The query parameter '{name}' is not supported with '$search'.", code)
            found = self._searched(found, query["$search"])
        found = listed(found, request, known)
        shown = [self._shown(each, request) for each in found]
        return paged(shown, request, self.home.books, usual=10, most=1000, what="users('ada')/messages")

    def _searched(self, found: list[Json], text: str) -> list[Json]:
        """KQL, as far as words, `property:word` and AND go; quotes around the whole are demanded."""
        if len(text) < 2 or text[0] != '"' or text[-1] != '"':
            raise wrong(f"Syntax error: character '{text[:1]}' is not valid at position 0 in '{text}'.")
        words = [word for word in re.findall(r'[\w]+:\\?"[^"]*\\?"|[^\s]+', text[1:-1].replace('\\"', '"')) if word != "AND"]
        known_yet = [each for each in found if not (self.unindexed and each is self.messages[0])]
        return [each for each in known_yet if all(_holds(each, word) for word in words)][:1000]

    def _shown(self, message: Json, request: Request) -> Json:
        expanded = request.query_params.get("$expand", "")
        # What `$expand` asks for comes as well, beside what `$select` names.
        more = {name: many(message, name) for name in _hidden if name in expanded}
        shown = selected(message | ({"body": dressed(request, message["body"])}), request, known, _hidden)
        return shown | more

    async def _get(self, request: Request, _sent: Any) -> Response:
        message = one(self.messages, request.path_params["id"])
        return JSONResponse({"@odata.context": f"{context}users('ada')/messages/$entity"} | self._shown(message, request))

    async def _draft(self, request: Request, sent: Any) -> Response:
        message = checked(given(sent, writable, "message"))
        folder = next((name for name, number in self.folders.items() if number == self._place(request)), "drafts")
        made = self._put(message, folder, draft=True)
        self.home.happened(sent, f"draft:{made['id']}")
        return JSONResponse(self._shown(made, request), 201)

    async def _update(self, request: Request, sent: Any) -> Response:
        message = one(self.messages, request.path_params["id"])
        unchanged(request, message)
        changes = checked(given(sent, writable, "message"))
        if not message["isDraft"] and set(changes) - _always - {"@odata.etag"}:
            raise wrong("Property can only be set on a draft.", "ErrorInvalidPropertySet")
        message |= stamped(message | changes)
        message["bodyPreview"] = plain(message["body"])[:255]
        self._changed("updated", message)
        self.home.happened(sent, f"update:{message['id']}")
        return JSONResponse(self._shown(message, request))

    async def _delete(self, request: Request, _sent: Any) -> Response:
        message = one(self.messages, request.path_params["id"])
        if message["parentFolderId"] == self.folders["deleteditems"]:
            self.messages.remove(message)
            self._changed("deleted", message)
        else:
            self._moved(request, message, "deleteditems")
        self.home.happened(None, f"delete:{message['id']}")
        return Response(status_code=204)

    async def _send(self, request: Request, _sent: Any) -> Response:
        message = one(self.messages, request.path_params["id"])
        if not message["isDraft"]:
            raise wrong("The item is not a draft.", "ErrorInvalidOperation")
        _has_recipients(message)
        message |= {"isDraft": False, "sentDateTime": now()}
        self._moved(request, message, "sentitems")
        self.home.happened({name: message.get(name) for name in (*_hidden, "internetMessageId")}, f"send:{message['id']}")
        return Response(status_code=202)

    async def _move(self, request: Request, sent: Any) -> Response:
        message = one(self.messages, request.path_params["id"])
        asked = str(given(sent, {"destinationId"}, "move").get("destinationId"))
        folder = next((name for name, number in self.folders.items() if asked.lower() == name or asked == number), None)
        if folder is None:
            raise wrong("Id is malformed.", "ErrorInvalidIdMalformed")
        moved = self._moved(request, message, folder)
        self.home.happened(sent, f"move:{moved['id']}")
        return JSONResponse(self._shown(moved, request), 201)

    def _answering(self, way: str, *, sends: bool) -> Callable[[Request, Any], Awaitable[Response]]:
        """Reply, reply to all or forward: sent at once, or a draft."""

        async def answer(request: Request, sent: Any) -> Response:
            asked = given(sent or {}, {"message", "comment", *(["toRecipients"] if way == "forward" else [])}, way)
            message = checked(given(asked.get("message") or {}, writable, "message"))
            if asked.get("comment") and "body" in message:
                raise wrong("Comment and Message.Body cannot both be specified.", "ErrorInvalidArgument")
            made = _answered(one(self.messages, request.path_params["id"]), message, asked, way)
            if sends:
                _has_recipients(made)
            made = self._put(made, "sentitems" if sends else "drafts", draft=not sends)
            self.home.happened(sent, f"{way}:{made['id']}")
            return Response(status_code=202) if sends else JSONResponse(self._shown(made, request), 201)

        return answer

    async def _attachments(self, request: Request, _sent: Any) -> Response:
        message = one(self.messages, request.path_params["id"])
        return JSONResponse({"@odata.context": f"{context}attachments", "value": many(message, "attachments")})

    async def _attachment(self, request: Request, _sent: Any) -> Response:
        message = one(self.messages, request.path_params["id"])
        return JSONResponse(one(many(message, "attachments"), request.path_params["attachment"]))

    async def _attach(self, request: Request, sent: Any) -> Response:
        message = one(self.messages, request.path_params["id"])
        checked({"attachments": [sent]})
        made = {"isInline": False, **sent, "id": fresh_id(), "size": len(sent["contentBytes"]) * 3 // 4, "lastModifiedDateTime": now()}
        message |= {"attachments": [*(many(message, "attachments")), made], "hasAttachments": True}
        self.home.happened(sent, f"attachment:{made['id']}")
        return JSONResponse(made, 201)

    async def _list_folders(self, request: Request, _sent: Any) -> Response:
        return paged([self._about(name) for name in folders], request, self.home.books, usual=10, most=1000, what="mailFolders")

    async def _folder(self, request: Request, _sent: Any) -> Response:
        place = self._place(request)
        return JSONResponse(self._about(next(name for name, number in self.folders.items() if number == place)))

    def _about(self, name: str) -> Json:
        inside = [each for each in self.messages if each["parentFolderId"] == self.folders[name]]
        unread = sum(not each["isRead"] for each in inside)
        counts = {"totalItemCount": len(inside), "unreadItemCount": unread, "childFolderCount": 0}
        return {"id": self.folders[name], "displayName": name.title(), "isHidden": False} | counts

    async def _delta(self, request: Request, _sent: Any) -> Response:
        place, query = self._place(request) or "", request.query_params
        if "$search" in query or ("$filter" in query and not re.fullmatch(r"receivedDateTime (ge|gt) \S+", query["$filter"])):
            raise wrong("The query is not supported with delta.", "ErrorInvalidUrlQuery")
        inside = listed([each for each in self.messages if each["parentFolderId"] == place], request, known)
        items = {each["id"]: each for each in inside}
        return delta(request, self.changes, place, items, lambda each: self._shown(each, request), self.home.books)


def person(address: str, name: str = "") -> Json:
    """A recipient."""
    return {"emailAddress": {"name": name or address, "address": address}}


def checked(message: Json) -> Json:
    """The message with its parts as Graph keeps them; refuses what it refuses."""
    for name in _people:
        for each in many(message, name):
            if not _address.fullmatch(address(each)):
                raise wrong("At least one recipient is not valid.", "ErrorInvalidRecipients")
    headers = many(message, "internetMessageHeaders")
    for each in headers:
        if not re.fullmatch(r"[xX]-[!-9;-~]+", str(each.get("name"))) or re.search(r"[\r\n]", str(each.get("value"))):
            text = f"The internet message header name '{each.get('name')}' should start with 'x-' or 'X-'."
            raise wrong(text, "InvalidInternetMessageHeader")
    if len(headers) > 5:
        raise wrong("Maximum number of headers in one message should be less than or equal to 5.", "InvalidInternetMessageHeaderCollection")
    for each in many(message, "attachments"):
        if not each.get("@odata.type", "").startswith("#microsoft.graph.") or not each.get("name"):
            raise wrong("Unable to deserialize content. An attachment needs its @odata.type and its name.", "UnableToDeserializePostBody")
        if len(each.get("contentBytes") or "") > 4_000_000:
            raise Refusal(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
    if str(message.get("importance", "normal")).lower() not in ("low", "normal", "high"):
        raise wrong("Requested value was not found for 'microsoft.graph.importance'.", "RequestBodyRead")
    return message | ({"body": body_of(message["body"])} if "body" in message else {})


def _has_recipients(message: Json) -> None:
    if not any(message.get(name) for name in _people[:3]):
        raise wrong(
            "At least one recipient is not valid., A message can't be sent because it contains no recipients.", "ErrorInvalidRecipients"
        )


def _answered(original: Json, message: Json, asked: Json, way: str) -> Json:
    """The reply or the forwarded message: people, subject, conversation, and the original below."""
    if way == "forward":
        people = {"toRecipients": checked({"toRecipients": asked.get("toRecipients") or many(message, "toRecipients")})["toRecipients"]}
    else:
        people = {"toRecipients": original["replyTo"] or [original["from"]]}
        people |= {"ccRecipients": [*original["toRecipients"], *original["ccRecipients"]]} if way == "replyAll" else {}
    prefix = "FW: " if way == "forward" else "RE: "
    subject = original["subject"] if original["subject"].upper().startswith(prefix) else prefix + original["subject"]
    body = message.get("body") or {"contentType": "text", "content": f"{asked.get('comment') or ''}\n\n{plain(original['body'])}"}
    return people | {"subject": subject, "conversationId": original["conversationId"]} | message | {"body": body}


def _holds(message: Json, word: str) -> bool:
    name, _, wanted = word.rpartition(":")
    wanted = wanted.strip('"').lower()
    if name.lower() in _search_words:
        return wanted in str(message.get(_search_words[name.lower()])).lower()
    if name:
        return False
    return any(wanted in str(message.get(each)).lower() for each in ("subject", "body", "from"))
