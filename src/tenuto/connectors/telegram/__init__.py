"""Telegram's Bot API: messages, pictures, files, buttons, and what people write to a bot.

https://core.telegram.org/bots/api. A bot cannot read what it has written, so that a message whose answer was lost is not found again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from pydantic import JsonValue

from tenuto.connectors.telegram.shapes import (
    Activity,
    Button,
    CallbackAnswer,
    Change,
    Chat,
    Done,
    File,
    Forward,
    InChat,
    Marked,
    Message,
    NewDocument,
    NewMessage,
    NewPhoto,
    Nothing,
    UpdateFilter,
    Updates,
    WebhookInfo,
    WhichFile,
    WhichMessage,
)
from tenuto.core.auth import BearerWebhook, PathToken
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, Request, Result, Whoami
from tenuto.core.errors import AuthRejected, InvalidOutput, RateLimited, Rejected

_unchanged, _gone = "message is not modified", "message to delete not found"


def _field(answer: Answer, *names: str) -> JsonValue:
    try:
        found = answer.json
    except InvalidOutput:
        return None
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _wait(answer: Answer) -> float | None:
    seconds = _field(answer, "parameters", "retry_after")
    return float(seconds) if isinstance(seconds, int) else None


def _sentence(answer: Answer) -> str:
    """With the new number of a group that became a supergroup: the old one is never valid again."""
    said, moved = str(_field(answer, "description") or answer.status), _field(answer, "parameters", "migrate_to_chat_id")
    return f"{said} (it is {moved} now)" if moved else said


def _whose(answer: Answer, params: Params) -> Whoami:
    del params
    return Whoami(account=f"@{_field(answer, 'result', 'username')}")


telegram = Connector(
    key="telegram",
    name="Telegram",
    doc="Messages, pictures, files and buttons of a bot, and what people write to it.",
    base_url="https://api.telegram.org/bot{token}",
    auth=PathToken(label="Bot token"),
    check=Request(result=Whoami, method="POST", path="/getMe", read=_whose),
    webhook=BearerWebhook(header="x-telegram-bot-api-secret-token", prefix="", delivery=None, delivery_field="update_id"),
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400 or _field(answer, "ok") is False,
            message=_sentence,
            reason="error_code",
            kinds={"401": AuthRejected, "429": RateLimited},
            fixes={
                "401": "Connect the bot again: BotFather tells its token.",
                "403": "The bot has to be a member of the chat, and must not be blocked.",
                "404": "Connect the bot again: BotFather tells its token.",
                "409": "Delete the webhook, or let one only ask for updates.",
            },
            wait=_wait,
        ),
    ),
)


@telegram.action(effect="write")
def send_message(params: NewMessage) -> Request[Message]:
    """Send a message."""
    preview: dict[str, JsonValue] = {} if params.link_preview else {"link_preview_options": {"is_disabled": True}}
    return _asked(Message, "sendMessage", {**_marked(params), **preview, "text": params.text})


@telegram.action(effect="write")
def send_photo(params: NewPhoto) -> Request[Message]:
    """Send a picture that is on the internet, or one that Telegram has."""
    return _asked(Message, "sendPhoto", {**_marked(params), "photo": params.photo, "caption": params.caption})


@telegram.action(effect="write")
def send_document(params: NewDocument) -> Request[Message]:
    """Send a file that is on the internet, or one that Telegram has."""
    return _asked(Message, "sendDocument", {**_marked(params), "document": params.document, "caption": params.caption})


@telegram.action(effect="write")
def forward_message(params: Forward) -> Request[Message]:
    """Forward a message to another chat."""
    sent: dict[str, JsonValue] = {"chat_id": params.to, "from_chat_id": params.chat_id, "message_id": params.message_id}
    return _asked(Message, "forwardMessage", sent)


@telegram.action(effect="idempotent_write")
async def edit_message(calls: Calls, params: Change) -> Done:
    """Change the text and the buttons of a message that the bot has sent."""
    sent: dict[str, JsonValue] = {
        "chat_id": params.chat_id, "message_id": params.message_id, "text": params.text, "parse_mode": params.parse_mode,
        "reply_markup": _keyboard(params.buttons),
    }  # fmt: skip
    return await _unless(calls, _asked(Message, "editMessageText", sent), _unchanged)


@telegram.action(effect="idempotent_write")
async def delete_message(calls: Calls, params: WhichMessage) -> Done:
    """Delete a message. Of others' in groups this takes an administrator; of old ones nobody can."""
    return await _unless(calls, _asked(Done, "deleteMessage", params.model_dump(), _done), _gone)


@telegram.action(effect="idempotent_write")
def pin_message(params: WhichMessage) -> Request[Done]:
    """Pin a message in its chat."""
    return _asked(Done, "pinChatMessage", params.model_dump(), _done)


@telegram.action(effect="idempotent_write")
def send_chat_action(params: Activity) -> Request[Done]:
    """Show for five seconds that the bot is typing, or doing something else."""
    return _asked(Done, "sendChatAction", params.model_dump(), _done)


@telegram.action(effect="write")
def answer_callback_query(params: CallbackAnswer) -> Request[Done]:
    """Answer who pressed a button; Telegram waits for it some seconds, and until then the button seems to work."""
    sent: dict[str, JsonValue] = {"callback_query_id": params.callback_query_id, "text": params.text, "show_alert": params.alert}
    return _asked(Done, "answerCallbackQuery", sent, _done)


@telegram.action(effect="read")
def get_chat(params: InChat) -> Request[Chat]:
    """Read about a chat."""
    return _asked(Chat, "getChat", params.model_dump())


@telegram.action(effect="read")
def get_file(params: WhichFile) -> Request[File]:
    """Read about a file."""
    return _asked(File, "getFile", params.model_dump())


@telegram.action(effect="read")
def get_updates(params: UpdateFilter) -> Request[Updates]:
    """Read what people wrote to the bot and which buttons they pressed, the oldest first: for a trigger that polls.

    Give the greatest `update_id` that is known as `after`. Telegram keeps what nobody asked for a day.
    """
    sent: dict[str, JsonValue] = {"offset": None if params.after is None else params.after + 1, "limit": params.limit, "timeout": 0}
    return _asked(Updates, "getUpdates", {**sent, "allowed_updates": list(params.kinds) or None}, _updates)


@telegram.action(effect="read")
def get_webhook_info(params: Nothing) -> Request[WebhookInfo]:
    """Read where Telegram sends updates, and whether it can."""
    del params
    return _asked(WebhookInfo, "getWebhookInfo", {})


@telegram.action(effect="idempotent_write")
def delete_webhook(params: Nothing) -> Request[Done]:
    """Have updates wait to be asked for, rather than be sent."""
    del params
    return _asked(Done, "deleteWebhook", {}, _done)


R = TypeVar("R", bound=Result)


def _asked(result: type[R], method: str, sent: dict[str, JsonValue], read: Callable[..., R] | None = None) -> Request[R]:
    given = {name: value for name, value in sent.items() if value is not None}
    return Request(result=result, method="POST", path=f"/{method}", json=cast("JsonValue", given), read=read or _read(result))


def _read(result: type[R]) -> Callable[..., R]:
    def read(answer: Answer, params: Params) -> R:
        del params
        return result.model_validate(_field(answer, "result"))

    return read


def _done(answer: Answer, params: Params) -> Done:
    del params
    return Done(changed=_field(answer, "result") is True)


def _updates(answer: Answer, params: Params) -> Updates:
    del params
    found = _field(answer, "result")
    if not isinstance(found, list):
        raise InvalidOutput("Telegram answered no list of updates.", raw=answer.text)
    return Updates.model_validate({"updates": found, "total": len(found)})


async def _unless(calls: Calls, request: Request[R], words: str) -> Done:
    """What is so already is done: after a lost answer the same is asked again."""
    try:
        await calls.send(request)
    except Rejected as refused:
        if words in refused.data.detail:
            return Done(changed=False)
        raise
    return Done(changed=True)


def _marked(params: Marked) -> dict[str, JsonValue]:
    return {
        "chat_id": params.chat_id,
        "parse_mode": params.parse_mode,
        "disable_notification": params.silent or None,
        "message_thread_id": params.topic,
        "reply_parameters": {"message_id": params.reply_to} if params.reply_to else None,
        "reply_markup": _keyboard(params.buttons),
    }


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> JsonValue:
    return {"inline_keyboard": [[button.model_dump(exclude_none=True) for button in row] for row in rows]} if rows else None
