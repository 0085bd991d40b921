"""Telegram: the token in the path and nowhere else, updates asked for once each, what is done already, and what Telegram refuses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.connectors.world import World
from tests.doubles.telegram import Telegram
from tests.doubles.vendor import Kind, token

from tenuto.connectors.telegram import telegram
from tenuto.core.auth import BearerWebhook
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain
from tenuto.core.signature import Incoming, delivery_of, refusal
from tenuto.core.values import JsonObject

ada: JsonObject = {"chat_id": 42}


async def test_a_message_with_buttons_arrives_as_it_was_meant(world: World) -> None:
    rows: JsonObject = {"buttons": [[{"text": "Yes", "callback_data": "yes"}], [{"text": "Open", "url": "https://example.com/?a=1"}]]}
    sent = await world.do("telegram", "send_message", {**ada, "text": "{token} </b>", **rows})
    kept = world.double[Telegram].messages[42, sent["message_id"]]
    assert (kept["text"], sent["chat"]["first_name"], sent["text"]) == ("{token} </b>", "Ada", "{token} </b>")
    assert [[[*each][1] for each in row] for row in kept["reply_markup"]["inline_keyboard"]] == [["callback_data"], ["url"]]


async def test_updates_are_asked_for_after_those_that_are_known(world: World) -> None:
    double = world.double[Telegram]
    for number in range(3):
        double.receive(str(number))
    first = await world.do("telegram", "get_updates", {"limit": 2})
    assert ([each["message"]["text"] for each in first["updates"]], first["total"]) == (["0", "1"], 2)
    # Whoever did not come so far as to say what it knows is told the same again.
    assert await world.do("telegram", "get_updates", {"limit": 2}) == first
    rest = await world.do("telegram", "get_updates", {"after": first["updates"][-1]["update_id"]})
    assert [each["message"]["text"] for each in rest["updates"]] == ["2"]
    assert (await world.do("telegram", "get_updates", {"after": rest["updates"][-1]["update_id"]}))["updates"] == []


async def test_what_is_so_already_is_done(world: World) -> None:
    sent = await world.do("telegram", "send_message", {**ada, "text": "Wait"})
    one: JsonObject = {**ada, "message_id": sent["message_id"]}
    assert [(await world.do("telegram", "edit_message", {**one, "text": "Done"}))["changed"] for _ in range(2)] == [True, False]
    assert [(await world.do("telegram", "delete_message", one))["changed"] for _ in range(2)] == [True, False]
    with pytest.raises(Rejected, match="message to edit not found"):
        await world.do("telegram", "edit_message", {**one, "text": "Done"})


async def test_a_lost_message_is_not_sent_again_by_itself(world: World) -> None:
    world.double.fail("telegram", "drop_after")
    with pytest.raises(Uncertain):
        await world.do("telegram", "send_message", {**ada, "text": "Once"})
    with pytest.raises(Uncertain):
        await world.look("telegram", "send_message", {**ada, "text": "Once"})
    assert [each["text"] for each in world.double[Telegram].messages.values()] == ["Once"]


async def test_a_group_that_moved_and_who_blocked_the_bot(world: World) -> None:
    double = world.double[Telegram]
    double.migrated[-100], double.blocked = -200, {42}
    with pytest.raises(Rejected, match=r"upgraded to a supergroup chat \(it is -200 now\)"):
        await world.do("telegram", "send_message", {"chat_id": -100, "text": "x"})
    with pytest.raises(Rejected, match="blocked by the user") as refused:
        await world.do("telegram", "send_message", {**ada, "text": "x"})
    assert "must not be blocked" in (refused.value.data.fix or "")
    double.webhook["url"] = "https://example.com/hook"
    with pytest.raises(Rejected, match="webhook is active"):
        await world.do("telegram", "get_updates", {})
    assert (await world.do("telegram", "delete_webhook", {}))["changed"]
    assert (await world.do("telegram", "get_updates", {}))["total"] == 0


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("rate_limited", RateLimited),
        ("unauthorized", AuthRejected),
        ("invalid", Rejected),
        ("server_error", Uncertain),
        ("html", Uncertain),
    ],
)
async def test_refusals_are_problems_without_the_token(world: World, kind: Kind, wanted: type[Problem]) -> None:
    world.double.fail("telegram", kind)
    with pytest.raises(wanted) as refused:
        await world.do("telegram", "send_message", {**ada, "text": "x"})
    assert token not in f"{refused.value.data}"
    if wanted is RateLimited:
        assert refused.value.data.retry_after == 30


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("send_message", {**ada, "text": ""}),
        ("send_message", {"chat_id": "news", "text": "x"}),
        ("send_message", {"chat_id": "@a/../getMe", "text": "x"}),
        ("send_message", {**ada, "text": "x", "parse_mode": "markdown"}),
        ("send_message", {**ada, "text": "x", "buttons": [[{"text": "Neither"}]]}),
        ("send_message", {**ada, "text": "x", "buttons": [[{"text": "Both", "url": "https://a.example", "callback_data": "b"}]]}),
        ("send_message", {**ada, "text": "x", "buttons": [[{"text": "Script", "url": "javascript:alert(1)"}]]}),
        ("send_photo", {**ada, "photo": "file:///etc/passwd"}),
        ("edit_message", {**ada, "message_id": 0, "text": "x"}),
        ("get_updates", {"after": -1}),
        ("get_updates", {"limit": 101}),
    ],
)
async def test_what_cannot_be_asked_is_told_before_anybody_is_asked(world: World, action: str, params: JsonObject) -> None:
    with pytest.raises(Invalid):
        await world.do("telegram", action, params)
    assert world.double.calls == []


async def test_an_update_that_telegram_sends_has_the_secret_and_a_number(world: World) -> None:
    double, seen = world.double[Telegram], list[Incoming]()
    double.webhook["url"], double.secret = "https://example.com/hook", "s3cret-of-the-hook"
    update = double.receive("Hello")

    async def post(_url: str, headers: dict[str, str], body: bytes) -> int:
        seen.append(Incoming(headers=headers, body=body))
        return 200

    assert await double.deliver(post) == 1
    assert telegram.webhook
    assert refusal(telegram.webhook, seen[0], [double.secret], datetime.now(UTC)) is None
    assert refusal(telegram.webhook, seen[0], ["another"], datetime.now(UTC)) == "wrong-signature"
    assert delivery_of(telegram.webhook, seen[0], update) == str(update["update_id"])
    assert delivery_of(telegram.webhook, seen[0], {"update_id": True}) is None
    assert delivery_of(BearerWebhook(), seen[0], update) is None
