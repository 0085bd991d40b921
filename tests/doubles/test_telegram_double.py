"""The double of Telegram over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from tests.doubles.telegram import Telegram
from tests.doubles.vendor import Json, token
from tests.doubles.vendors import VendorsDouble, vendors_double

png = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
async def vendors() -> AsyncGenerator[VendorsDouble]:
    async with vendors_double(0, Telegram) as running:
        yield running


async def ask(caller: httpx2.AsyncClient, method: str, **params: Any) -> Any:
    answer = await caller.post(f"/telegram/bot{token}/{method}", json=params)
    assert answer.is_success, answer.text
    return answer.json()["result"]


async def no(caller: httpx2.AsyncClient, method: str, **params: Any) -> Json:
    answer = await caller.post(f"/telegram/bot{token}/{method}", json=params)
    said = answer.json()
    assert (answer.status_code, said["ok"]) == (said["error_code"], False)
    return said


async def test_parameters_come_in_any_of_the_ways_and_the_name_in_any_case(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    place = f"/telegram/bot{token}/sendmessage"
    answers = [
        await caller.get(place, params={"chat_id": "42", "text": "1"}),
        await caller.post(place, data={"chat_id": "42", "text": "2"}),
        await caller.post(place, json={"chat_id": 42, "text": "3"}),
        await caller.post(place, data={"chat_id": "42", "text": "4"}, files={"x": ("x", b"x")}),
    ]
    assert [each.json()["result"]["text"] for each in answers] == ["1", "2", "3", "4"]
    assert token not in json.dumps([call.model_dump() for call in vendors.calls])


async def test_the_token_is_in_the_path_and_a_method_has_a_name(caller: httpx2.AsyncClient) -> None:
    assert (await ask(caller, "getMe"))["is_bot"] is True
    assert (await caller.get("/telegram/bot1:wrong/getMe")).json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert (await no(caller, "sendNothing"))["error_code"] == 404


async def test_a_message_is_sent_answered_changed_and_deleted(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    sent = await ask(caller, "sendMessage", chat_id=42, text="<b>Ready</b>?", parse_mode="HTML", reply_markup=keyboard)
    assert (sent["text"], sent["reply_markup"], sent["chat"]["id"]) == ("Ready?", keyboard, 42)
    reply = await ask(caller, "sendMessage", chat_id=42, text="And?", reply_parameters={"message_id": sent["message_id"]})
    assert reply["reply_to_message"]["message_id"] == sent["message_id"]
    one = {"chat_id": 42, "message_id": sent["message_id"]}
    assert (await ask(caller, "editMessageText", **one, text="Done"))["text"] == "Done"
    assert "message is not modified" in (await no(caller, "editMessageText", **one, text="Done"))["description"]
    assert await ask(caller, "deleteMessage", **one) is True
    assert (await no(caller, "editMessageText", **one, text="x"))["description"] == "Bad Request: message to edit not found"
    received = vendors[Telegram].receive("Hello")["message"]
    theirs = {"chat_id": 42, "message_id": received["message_id"]}
    assert (await no(caller, "editMessageText", **theirs, text="x"))["description"] == "Bad Request: message can't be edited"
    news = await ask(caller, "sendMessage", chat_id="@news", text="News")
    assert news["sender_chat"]["username"] == "news"
    forwarded = await ask(caller, "forwardMessage", chat_id=-100, from_chat_id="@news", message_id=news["message_id"])
    assert forwarded["text"] == "News"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 43, "text": "x"}, "chat not found"),
        ({"chat_id": 42}, "message text is empty"),
        ({"chat_id": 42, "text": " "}, "message text is empty"),
        ({"chat_id": 42, "text": "x" * 4097}, "message is too long"),
        ({"chat_id": 42, "text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ({"chat_id": 42, "text": "1.5", "parse_mode": "MarkdownV2"}, "Character '.' is reserved"),
        ({"chat_id": 42, "text": "<h1>x</h1>", "parse_mode": "HTML"}, 'Unsupported start tag "h1"'),
        ({"chat_id": 42, "text": "<b>x", "parse_mode": "HTML"}, "Can't find end tag"),
        ({"chat_id": 42, "text": "a_b", "parse_mode": "Markdown"}, "Can't find end of the entity"),
        ({"chat_id": 42, "text": "x", "reply_parameters": {"message_id": 9999}}, "message to be replied not found"),
        ({"chat_id": 42, "text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        (
            {"chat_id": 42, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "y", "callback_data": "d" * 65}]]}},
            "BUTTON_DATA_INVALID",
        ),
        ({"chat_id": 42, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "y"}]]}}, "Text buttons are unallowed"),
    ],
)
async def test_messages_that_are_refused(vendors: VendorsDouble, caller: httpx2.AsyncClient, params: Json, words: str) -> None:
    refused = await no(caller, "sendMessage", **params)
    assert refused["error_code"] == 400
    assert words in refused["description"]
    assert (vendors[Telegram].messages, vendors.effects) == ({}, {})


async def test_who_blocked_the_bot_what_moved_and_how_long_to_wait(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    vendors[Telegram].blocked.add(42)
    assert (await no(caller, "sendMessage", chat_id=42, text="x"))["error_code"] == 403
    vendors[Telegram].migrated[-100] = -1009
    moved = await no(caller, "sendMessage", chat_id=-100, text="x")
    assert moved["parameters"] == {"migrate_to_chat_id": -1009}
    vendors.fail("telegram", "rate_limited", path="sendMessage")
    limited = await no(caller, "sendMessage", chat_id=-1001, text="x")
    assert limited == {
        "ok": False, "error_code": 429, "description": "Too Many Requests: retry after 30", "parameters": {"retry_after": 30},
    }  # fmt: skip


async def test_a_photo_comes_as_file_as_address_and_by_its_id(caller: httpx2.AsyncClient) -> None:
    place = f"/telegram/bot{token}/sendPhoto"
    uploaded = (await caller.post(place, data={"chat_id": "42", "caption": "A"}, files={"photo": ("a.png", png)})).json()["result"]
    identity = uploaded["photo"][-1]["file_id"]
    assert uploaded["caption"] == "A"
    assert (await ask(caller, "sendPhoto", chat_id=42, photo=identity))["photo"][-1]["file_id"] == identity
    assert (await ask(caller, "sendPhoto", chat_id=42, photo="https://example.com/a.png"))["photo"]
    path = (await ask(caller, "getFile", file_id=identity))["file_path"]
    assert (await caller.get(f"/telegram/file/bot{token}/{path}")).content == png
    assert (await caller.get(f"/telegram/file/bot1:wrong/{path}")).status_code == 404
    for given, words in (("nothing", "wrong file identifier"), ("http://127.0.0.1/a.png", "failed to get HTTP URL content")):
        assert words in (await no(caller, "sendPhoto", chat_id=42, photo=given))["description"]
    text = (await caller.post(place, data={"chat_id": "42"}, files={"photo": ("a.png", b"text")})).json()
    assert text["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    assert "caption is too long" in (await no(caller, "sendPhoto", chat_id=42, photo=identity, caption="x" * 1025))["description"]
    document = await caller.post(f"/telegram/bot{token}/sendDocument", data={"chat_id": "42"}, files={"document": ("a.txt", b"text")})
    assert document.json()["result"]["document"]["file_name"] == "a.txt"


async def test_updates_are_confirmed_by_the_next_offset(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    for number in range(3):
        vendors[Telegram].receive(str(number))
    first = await ask(caller, "getUpdates", limit=2)
    assert [each["message"]["text"] for each in first] == ["0", "1"]
    assert await ask(caller, "getUpdates", limit=2) == first
    rest = await ask(caller, "getUpdates", offset=first[-1]["update_id"] + 1)
    assert [each["message"]["text"] for each in rest] == ["2"]
    assert await ask(caller, "getUpdates", offset=rest[-1]["update_id"] + 1) == []
    waiting = asyncio.create_task(ask(caller, "getUpdates", timeout=19))
    await polled(vendors[Telegram], 5)
    vendors[Telegram].receive("late")
    assert [each["message"]["text"] for each in await waiting] == ["late"]


async def polled(telegram: Telegram, times: int) -> None:
    """Until so many have asked for updates."""
    async with asyncio.timeout(30):
        while telegram.polls < times:
            await asyncio.sleep(0.01)


async def test_two_cannot_poll_at_once(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    first = asyncio.create_task(no(caller, "getUpdates", timeout=19))
    await polled(vendors[Telegram], 1)
    await ask(caller, "getUpdates")
    assert "terminated by other getUpdates request" in (await first)["description"]


async def test_a_pressed_button_is_answered_once(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    sent = await ask(caller, "sendMessage", chat_id=42, text="?")
    query = vendors[Telegram].press(sent, "yes")["callback_query"]
    assert "MESSAGE_TOO_LONG" in (await no(caller, "answerCallbackQuery", callback_query_id=query["id"], text="x" * 201))["description"]
    assert await ask(caller, "answerCallbackQuery", callback_query_id=query["id"], text="Done") is True
    assert "query is too old" in (await no(caller, "answerCallbackQuery", callback_query_id=query["id"]))["description"]


async def test_a_webhook_takes_the_place_of_polling_and_proves_itself_by_its_secret(
    vendors: VendorsDouble, caller: httpx2.AsyncClient
) -> None:
    for url, secret, words in (
        ("http://example.com", "s", "An HTTPS URL must be provided"),
        ("https://example.com:8080/", "s", "only on ports 80, 88, 443 or 8443"),
        ("https://example.com/", "a b", "unallowed characters"),
        ("https://example.com/", "s" * 257, "too long"),
    ):
        assert words in (await no(caller, "setWebhook", url=url, secret_token=secret))["description"]
    await ask(caller, "setWebhook", url="https://example.com/hook", secret_token="s3cret", allowed_updates=["message"])
    assert "can't use getUpdates method while webhook is active" in (await no(caller, "getUpdates"))["description"]
    telegram = vendors[Telegram]
    telegram.receive("1")
    telegram.press(telegram.receive("2")["message"], "nobody asked for these")
    arrived: list[tuple[str, dict[str, str], Json]] = []
    status = 500

    async def post(url: str, headers: dict[str, str], body: bytes) -> int:
        arrived.append((url, headers, json.loads(body)))
        return status

    assert await telegram.deliver(post) == 0
    assert (await ask(caller, "getWebhookInfo"))["pending_update_count"] == 2
    status = 200
    assert await telegram.deliver(post) == 2
    assert [each[2]["message"]["text"] for each in arrived] == ["1", "1", "2"]
    assert {(url, headers["x-telegram-bot-api-secret-token"]) for url, headers, _ in arrived} == {("https://example.com/hook", "s3cret")}
    await ask(caller, "deleteWebhook")
    assert await ask(caller, "getUpdates") == []
