"""A double of Telegram's Bot API: the token in the path, messages, photos, keyboards, updates by polling or by webhook, and refusals.

From https://core.telegram.org/bots/api (…#making-requests, …#getting-updates, …#available-methods, …#formatting-options),
https://core.telegram.org/bots/faq#broadcasting-to-users and https://github.com/TelegramBotAPI/errors for the words of the refusals.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, token

_tags = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "tg-emoji", "code", "pre", "blockquote"}
_reserved = re.compile(r"(?<!\\)[#+\-=|{}.!]")
_images = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")
Post = Callable[[str, dict[str, str], bytes], Awaitable[int]]
"""Sends a webhook: address, headers, body; the status that came back."""


class Refused(Exception):
    """Telegram says no."""

    def __init__(self, description: str, status: int = 400, **parameters: int) -> None:
        super().__init__(description)
        self.answer = {"ok": False, "error_code": status, "description": description} | ({"parameters": parameters} if parameters else {})


class Telegram(Vendor):
    """A bot that is in three chats: with Ada (42), in a group (-100) and in the channel @news (-1001)."""

    key = "telegram"
    open = ("/bot{token}/{method}", "/file/bot{token}/{path:path}")

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.me: Json = {"id": 700, "is_bot": True, "first_name": "Double", "username": "double_bot", "can_join_groups": True}
        self.ada: Json = {"id": 42, "is_bot": False, "first_name": "Ada", "username": "ada"}
        self.chats: dict[int, Json] = {
            42: {"id": 42, "type": "private", "first_name": "Ada", "username": "ada"},
            -100: {"id": -100, "type": "group", "title": "Team"},
            -1001: {"id": -1001, "type": "channel", "title": "News", "username": "news"},
        }
        self.blocked: set[int] = set()
        """Chats whose people have blocked the bot."""
        self.migrated: dict[int, int] = {}
        """Groups that became supergroups, and their new ids."""
        self.messages: dict[tuple[int, int], Json] = {}
        """By chat and number."""
        self.files: dict[str, bytes] = {}
        self.queries: set[str] = set()
        """Callback queries that wait for an answer."""
        self.answered: list[Json] = []
        self.updates: list[Json] = []
        """What nobody has confirmed."""
        self.webhook: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        self.secret = ""
        self.loopback = False
        """Whether webhooks may be without TLS, on any port: for tests that receive them."""
        self._arrived = asyncio.Event()
        self.polls = 0

    def routes(self) -> Routes:
        return [
            (method, path, endpoint)
            for method in ("GET", "POST")
            for path, endpoint in zip(self.open, (self._call, self._file), strict=True)
        ]

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited" | "secondary_limit":
                return _no(Refused("Too Many Requests: retry after 30", 429, retry_after=30))
            case "unauthorized":
                return _no(Refused("Unauthorized", 401))
            case "forbidden":
                return _no(Refused(fault.error or "Forbidden: bot was blocked by the user", 403))
            case "invalid":
                return _no(Refused(fault.error or "Bad Request: chat not found"))
            case "unavailable":
                return _no(Refused("Bad Gateway", 502))
            case _:
                return _no(Refused("Internal Server Error: restart", 500))

    def receive(self, text: str, chat: int = 42, **more: Any) -> Json:
        """Ada writes."""
        return self._update({"message": self._message(chat, {"text": text, "from": self.ada} | more)})

    def press(self, message: Json, data: str) -> Json:
        """Ada presses a button of a message."""
        identity = str(self.books.next())
        self.queries.add(identity)
        query: Json = {"id": identity, "from": self.ada, "message": message, "chat_instance": "1", "data": data}
        return self._update({"callback_query": query})

    async def deliver(self, post: Post) -> int:
        """Send what waits to the webhook; how much was taken. What is refused goes on waiting."""
        taken = 0
        for update in list(self.updates):
            headers = {"content-type": "application/json"} | ({"x-telegram-bot-api-secret-token": self.secret} if self.secret else {})
            status = await post(self.webhook["url"], headers, json.dumps(update).encode())
            if not 200 <= status < 300:
                self.webhook["last_error_date"] = _now()
                self.webhook["last_error_message"] = f"Wrong response from the webhook: {status}"
                break
            self.updates.remove(update)
            taken += 1
        return taken

    def _update(self, what: Json) -> Json:
        update = {"update_id": 1000 + self.books.next()} | what
        allowed = self.webhook.get("allowed_updates")
        if not allowed or next(iter(what)) in allowed:
            self.updates.append(update)
            self._arrived.set()
        return update

    def _message(self, chat: int, facts: Json) -> Json:
        number = self.books.next()
        made: Json = {"message_id": number, "chat": self.chats[chat], "date": _now()} | facts
        self.messages[chat, number] = made
        return made

    async def _call(self, request: Request, _sent: Any) -> Response:
        if request.path_params["token"] != token:
            return _no(Refused("Unauthorized", 401))
        name = request.path_params["method"].lower()
        methods = {each.lower(): getattr(self, "_" + each) for each in _methods}
        if name not in methods:
            return _no(Refused("Not Found", 404))
        try:
            sent = await _parameters(request)
            result = methods[name](sent)
            result = await result if asyncio.iscoroutine(result) else result
        except Refused as refused:
            return _no(refused)
        if not name.startswith("get"):
            self.happened({name: value for name, value in sent.items() if not isinstance(value, bytes)}, f"{name}:{sent.get('chat_id')}")
        return JSONResponse({"ok": True, "result": result})

    async def _file(self, request: Request, _sent: Any) -> Response:
        content = self.files.get(request.path_params["path"].rpartition("/")[2])
        if request.path_params["token"] != token or content is None:
            return _no(Refused("Not Found", 404))
        return Response(content, media_type="application/octet-stream")

    def _chat(self, sent: Json) -> int:
        asked = str(sent.get("chat_id", ""))
        if not asked:
            raise Refused("Bad Request: chat_id is empty")
        for number, chat in self.chats.items():
            if asked == str(number) or asked.lower() == "@" + str(chat.get("username", "")).lower():
                if number in self.blocked:
                    raise Refused("Forbidden: bot was blocked by the user", 403)
                if number in self.migrated:
                    new = self.migrated[number]
                    raise Refused("Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new)
                return number
        raise Refused("Bad Request: chat not found")

    def _found(self, sent: Json, words: str) -> Json:
        chat = self._chat(sent)
        found = self.messages.get((chat, _number(sent.get("message_id"), 0)))
        if found is None:
            raise Refused(f"Bad Request: {words} not found")
        return found

    def _sent(self, sent: Json, facts: Json) -> Json:
        chat = self._chat(sent)
        given = _object(sent.get("reply_parameters"), "reply parameters") or {"message_id": sent.get("reply_to_message_id")}
        if given.get("message_id"):
            replied = self.messages.get((chat, _number(given["message_id"], 0)))
            if replied is None and not given.get("allow_sending_without_reply"):
                raise Refused("Bad Request: message to be replied not found")
            facts |= {"reply_to_message": replied} if replied else {}
        if markup := _keyboard(sent):
            facts["reply_markup"] = markup
        author = {"sender_chat": self.chats[chat]} if self.chats[chat]["type"] == "channel" else {"from": self.me}
        return self._message(chat, author | facts)

    # Methods

    def _getMe(self, _sent: Json) -> Json:
        return self.me

    def _getChat(self, sent: Json) -> Json:
        return self.chats[self._chat(sent)]

    def _sendMessage(self, sent: Json) -> Json:
        return self._sent(sent, {"text": _text(sent, "text", 4096, "text")})

    def _sendPhoto(self, sent: Json) -> Json:
        self._chat(sent)
        identity = self._content(sent, "photo", 10)
        sizes = [
            {"file_id": identity + part, "file_unique_id": identity + part, "width": side, "height": side}
            for part, side in (("s", 90), ("", 800))
        ]
        return self._sent(sent, {"photo": sizes} | _caption(sent))

    def _sendDocument(self, sent: Json) -> Json:
        self._chat(sent)
        identity = self._content(sent, "document", 50)
        name = sent.get("document_name", "file")
        return self._sent(sent, {"document": {"file_id": identity, "file_unique_id": identity, "file_name": name}} | _caption(sent))

    def _content(self, sent: Json, name: str, megabytes: int) -> str:
        given = sent.get(name)
        if not given:
            raise Refused(f"Bad Request: there is no {name} in the request")
        if isinstance(given, bytes):
            if len(given) > megabytes * 1024 * 1024:
                raise Refused("Request Entity Too Large", 413)
            if name == "photo" and not given.startswith(_images):
                raise Refused("Bad Request: IMAGE_PROCESS_FAILED")
            identity = f"file{self.books.next()}"
            self.files[identity] = given
            return identity
        if str(given).startswith(("http://", "https://")):
            if urlsplit(str(given)).hostname in (None, "127.0.0.1", "localhost"):
                raise Refused("Bad Request: failed to get HTTP URL content")
            identity = f"file{self.books.next()}"
            self.files[identity] = str(given).encode()
            return identity
        if given not in self.files:
            raise Refused("Bad Request: wrong file identifier/HTTP URL specified")
        return str(given)

    def _getFile(self, sent: Json) -> Json:
        identity = str(sent.get("file_id"))
        if identity not in self.files:
            raise Refused("Bad Request: invalid file_id")
        size = len(self.files[identity])
        if size > 20 * 1024 * 1024:
            raise Refused("Bad Request: file is too big")
        return {"file_id": identity, "file_unique_id": identity, "file_size": size, "file_path": f"documents/{identity}"}

    def _sendChatAction(self, sent: Json) -> bool:
        self._chat(sent)
        if sent.get("action") not in ("typing", "upload_photo", "upload_document", "record_video", "find_location"):
            raise Refused("Bad Request: wrong parameter action in request")
        return True

    def _editMessageText(self, sent: Json) -> Json:
        found = self._found(sent, "message to edit")
        if (found.get("from") != self.me and "sender_chat" not in found) or "text" not in found:
            raise Refused("Bad Request: message can't be edited")
        changed = {"text": _text(sent, "text", 4096, "text"), "reply_markup": _keyboard(sent)}
        if changed == {"text": found["text"], "reply_markup": found.get("reply_markup")}:
            raise Refused(
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current"
                " content and reply markup of the message"
            )
        found |= {"text": changed["text"], "edit_date": _now()}
        found.pop("reply_markup", None)
        return found | ({"reply_markup": changed["reply_markup"]} if changed["reply_markup"] else {})

    def _deleteMessage(self, sent: Json) -> bool:
        found = self._found(sent, "message to delete")
        if found["chat"]["type"] != "private" and found.get("from") not in (None, self.me):
            raise Refused("Bad Request: message can't be deleted")
        del self.messages[found["chat"]["id"], found["message_id"]]
        return True

    def _forwardMessage(self, sent: Json) -> Json:
        found = self._found(sent | {"chat_id": sent.get("from_chat_id")}, "message to forward")
        origin = {"type": "user", "date": found["date"], "sender_user": found.get("from")}
        content = {name: found[name] for name in ("text", "photo", "document", "caption") if name in found}
        return self._sent(sent, {"forward_origin": origin} | content)

    def _pinChatMessage(self, sent: Json) -> bool:
        found = self._found(sent, "message to pin")
        self.chats[found["chat"]["id"]]["pinned_message"] = {"message_id": found["message_id"]}
        return True

    def _answerCallbackQuery(self, sent: Json) -> bool:
        if len(str(sent.get("text") or "")) > 200:
            raise Refused("Bad Request: MESSAGE_TOO_LONG")
        if sent.get("callback_query_id") not in self.queries:
            raise Refused("Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.queries.remove(sent["callback_query_id"])
        self.answered.append(sent)
        return True

    async def _getUpdates(self, sent: Json) -> list[Json]:
        if self.webhook["url"]:
            raise Refused(
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first", 409
            )
        if "allowed_updates" in sent:
            self.webhook["allowed_updates"] = _object(sent["allowed_updates"], "allowed updates")
        self.polls += 1
        poll, offset, until = (
            self.polls,
            _number(sent.get("offset"), 0),
            asyncio.get_running_loop().time() + _number(sent.get("timeout"), 0),
        )
        if offset < 0:
            self.updates = self.updates[offset:]
        elif offset:
            self.updates = [update for update in self.updates if update["update_id"] >= offset]
        while not self.updates and (left := until - asyncio.get_running_loop().time()) > 0:
            self._arrived.clear()
            self._wake_others(poll)
            try:
                await asyncio.wait_for(self._arrived.wait(), min(left, 0.05))
            except TimeoutError:
                continue
        self._wake_others(poll)
        return self.updates[: self.size(min(max(1, _number(sent.get("limit"), 100)), 100), 100)]

    def _wake_others(self, poll: int) -> None:
        if poll != self.polls:
            raise Refused("Conflict: terminated by other getUpdates request; make sure that only one bot instance is running", 409)

    def _setWebhook(self, sent: Json) -> bool:
        url = urlsplit(str(sent.get("url") or ""))
        if not url.geturl():
            return self._deleteWebhook(sent)
        if not self.loopback and url.scheme != "https":
            raise Refused("Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not self.loopback and (url.port or 443) not in (80, 88, 443, 8443):
            raise Refused("Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        secret = str(sent.get("secret_token") or "")
        if len(secret) > 256:
            raise Refused("Bad Request: secret token is too long")
        if not re.fullmatch(r"[\w-]*", secret, re.ASCII):
            raise Refused("Bad Request: secret token contains unallowed characters")
        self.secret = secret
        self.webhook = {"url": url.geturl(), "has_custom_certificate": False, "max_connections": _number(sent.get("max_connections"), 40)}
        if "allowed_updates" in sent:
            self.webhook["allowed_updates"] = _object(sent["allowed_updates"], "allowed updates")
        self._drop(sent)
        return True

    def _deleteWebhook(self, sent: Json) -> bool:
        self.webhook, self.secret = {"url": "", "has_custom_certificate": False}, ""
        self._drop(sent)
        return True

    def _drop(self, sent: Json) -> None:
        if str(sent.get("drop_pending_updates", "")).lower() in ("true", "1"):
            self.updates.clear()

    def _getWebhookInfo(self, _sent: Json) -> Json:
        return self.webhook | {"pending_update_count": len(self.updates)}


_methods = (
    "getMe", "getChat", "getFile", "getUpdates", "getWebhookInfo", "setWebhook", "deleteWebhook", "sendMessage", "sendPhoto", "sendDocument",
    "sendChatAction", "editMessageText", "deleteMessage", "forwardMessage", "pinChatMessage", "answerCallbackQuery",
)  # fmt: skip


async def _parameters(request: Request) -> Json:
    """From the query and the body, of whichever kind; files as bytes."""
    found: Json = dict(request.query_params)
    media = request.headers.get("content-type", "")
    if media.startswith("application/json"):
        try:
            found |= json.loads(await request.body() or b"{}")
        except ValueError:
            raise Refused("Bad Request: Can't parse JSON object") from None
    elif media.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        async with request.form() as form:
            for name, value in form.multi_items():
                found[name] = await value.read() if isinstance(value, UploadFile) else value
                if isinstance(value, UploadFile):
                    found[name + "_name"] = value.filename
    for name, value in list(found.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            found[name], found[name + "_name"] = found.get(value[9:]), found.get(value[9:] + "_name")
    return found


def _text(sent: Json, name: str, longest: int, word: str) -> str:
    text = sent.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Refused(f"Bad Request: message {word} is empty")
    plain = text.encode("utf-8", "replace").decode()
    match str(sent.get("parse_mode") or "").lower():
        case "":
            pass
        case "html":
            plain = _html(text)
        case "markdownv2":
            if wrong := _reserved.search(text):
                reserved = f"Character '{wrong[0]}' is reserved and must be escaped with the preceding '\\'"
                raise Refused(f"Bad Request: can't parse entities: {reserved}")
            plain = re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)[*_~`]", "", text))
        case "markdown":
            if text.count("*") % 2 or text.count("_") % 2:
                offset = max(text.rfind("*"), text.rfind("_"))
                raise Refused(f"Bad Request: can't parse entities: Can't find end of the entity starting at byte offset {offset}")
            plain = re.sub("[*_`]", "", text)
        case _:
            raise Refused("Bad Request: unsupported parse_mode")
    if len(plain) > longest:
        raise Refused("Bad Request: message is too long" if word == "text" else "Bad Request: message caption is too long")
    return plain


def _html(text: str) -> str:
    opened: list[str] = []
    for found in re.finditer(r"<(/?)([\w-]*)[^>]*>?", text):
        closing, tag = found[1], found[2].lower()
        if tag not in _tags:
            raise Refused(f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}" at byte offset {found.start()}')
        if closing and (not opened or opened.pop() != tag):
            raise Refused(f"Bad Request: can't parse entities: Unexpected end tag at byte offset {found.start()}")
        if not closing:
            opened.append(tag)
    if opened:
        raise Refused(f"Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1]}\"")
    return re.sub(r"<[^>]*>", "", text).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def _caption(sent: Json) -> Json:
    return {"caption": _text(sent, "caption", 1024, "caption")} if sent.get("caption") else {}


def _keyboard(sent: Json) -> Json | None:
    markup = _object(sent.get("reply_markup"), "reply keyboard markup")
    if not markup:
        return None
    rows: list[list[Json]] = markup.get("inline_keyboard") or []
    for row in rows:
        for button in row:
            if not button.get("text"):
                raise Refused('Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String')
            if not {"url", "callback_data", "web_app", "login_url", "switch_inline_query", "copy_text"} & set(button):
                raise Refused("Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
            if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
                raise Refused("Bad Request: BUTTON_DATA_INVALID")
    return markup


def _object(value: Any, what: str) -> Any:
    """An object, or the text that a form has in its place."""
    try:
        found = json.loads(value) if isinstance(value, str) and value else value
    except ValueError:
        raise Refused(f"Bad Request: can't parse {what} JSON object") from None
    if isinstance(found, str | int):
        raise Refused(f"Bad Request: object expected as {what}")
    return found


def _number(value: Any, usual: int) -> int:
    try:
        return int(value) if value not in (None, "") else usual
    except (ValueError, TypeError):
        return usual


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _no(refused: Refused) -> Response:
    return JSONResponse(refused.answer, int(str(refused.answer["error_code"])))
