"""How Slack is reached, how one signs in, how it says no, how it pages, and how what we wrote is found again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from pydantic import BaseModel, JsonValue

from tenuto.connectors.slack.shapes import Channel, ChannelPage, Done, Marked, MessagePage, Opened
from tenuto.core.auth import ApiKey, OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Whoami
from tenuto.core.errors import AuthRejected, InvalidOutput, RateLimited, Rejected, VendorFailed
from tenuto.core.limits import Limits, RateLimit

page_size = 200
event_type = "tenuto_step"
"""The type of the metadata event by which a posted message is found again."""
clock_slack = timedelta(minutes=5)
json_headers = {"content-type": "application/json; charset=utf-8"}
"""Slack wants its charset said."""
_channel = re.compile(r"[CGD][A-Z0-9]{7,}")
_person = re.compile(r"[UW][A-Z0-9]{7,}")

R = TypeVar("R", bound=BaseModel)


class Already(Rejected):
    """It is as it was to be; whoever asks for that again has what they want."""


class Missing(Rejected):
    """There is no such message."""


def _refused(answer: Answer) -> bool:
    """Slack says no with status 200 and `ok: false`."""
    try:
        return isinstance(answer.json, dict) and answer.json.get("ok") is False
    except InvalidOutput:
        return False


def _whoami(answer: Answer, _params: Params) -> Whoami:
    found = answer.json if isinstance(answer.json, dict) else {}
    return Whoami(account=f"{found.get('user', '')} in {found.get('team', '')}")


_reconnect = "Connect Slack again."
slack = Connector(
    key="slack",
    name="Slack",
    doc="Messages, threads, channels, people, reactions and files.",
    base_url="https://slack.com/api",
    auth=OAuth2(
        authorize_url="https://slack.com/oauth/v2/authorize",
        token_url="https://slack.com/api/oauth.v2.access",  # noqa: S106 - an address, not a password
        scopes=(
            *("chat:write", "channels:read", "groups:read", "channels:history", "groups:history", "channels:manage", "groups:write"),
            *("channels:join", "im:write", "users:read", "users:read.email", "reactions:write", "pins:write", "files:write"),
        ),
        revoke_url="https://slack.com/api/auth.revoke",
        revoke_by="bearer",
        scope_separator=",",
        rotation="optional",
        pkce=False,  # switching it on makes the app a public client for good
        account=("team", "name"),
    ),
    also=(ApiKey(prefix="Bearer ", label="Bot token"),),
    check=Request(result=Whoami, method="POST", path="/auth.test", read=_whoami),
    webhook=schemes["slack"],
    limits=Limits(
        each_path=True,
        known=(
            RateLimit(60, 60, path="/chat.postMessage", burst=10),
            *(RateLimit(20, 60, path=f"/conversations.{each}") for each in ("list", "create", "setPurpose", "setTopic", "archive")),
            *(RateLimit(20, 60, path=f"/{each}") for each in ("users.list", "reactions.remove", "pins.add")),
            *(RateLimit(50, 60, path=f"/conversations.{each}") for each in ("history", "replies", "info", "invite", "join", "open")),
            *(RateLimit(50, 60, path=f"/chat.{each}") for each in ("update", "delete", "scheduleMessage", "deleteScheduledMessage")),
            *(RateLimit(50, 60, path=f"/{each}") for each in ("chat.scheduledMessages.list", "users.lookupByEmail", "reactions.add")),
        ),
    ),
    errors=(
        ErrorRule(
            when=_refused,
            message="error",
            kinds={
                **dict.fromkeys(("ratelimited", "rate_limited"), RateLimited),
                **dict.fromkeys(
                    ("not_authed", "invalid_auth", "account_inactive", "token_expired", "token_revoked", "missing_scope"), AuthRejected
                ),
                **dict.fromkeys(("already_reacted", "no_reaction", "already_in_channel", "already_pinned", "already_archived"), Already),
                **dict.fromkeys(("message_not_found", "thread_not_found", "invalid_scheduled_message_id"), Missing),
                **dict.fromkeys(("fatal_error", "internal_error", "service_unavailable", "request_timeout"), VendorFailed),
            },
            fixes={
                **dict.fromkeys(("not_authed", "invalid_auth", "account_inactive", "token_expired", "token_revoked"), _reconnect),
                "missing_scope": "Connect Slack again and grant the scope that is missing; the raw answer names it.",
                "not_in_channel": "Invite the app to the channel: /invite @app.",
                "channel_not_found": "Check the channel; a private one is only found after the app was invited to it.",
                "is_archived": "Unarchive the channel or choose another.",
                "cant_update_message": "An app changes only messages that it posted itself.",
                "cant_delete_message": "An app deletes only messages that it posted itself.",
                "cant_invite": "People of other organisations are invited to a shared channel (Slack Connect) in Slack itself.",
                "users_not_found": "Nobody of this workspace has the address; people of other organisations are not found by it.",
                "time_in_past": "Choose a time to come.",
                "time_too_far": "Slack keeps messages for 120 days at most.",
                "name_taken": "Choose another name, or use the channel that has it.",
            },
        ),
    ),
)


def written(result: type[R], method: str, body: dict[str, JsonValue]) -> Request[R]:
    """A request to a method that writes, without what is null."""
    sent: JsonValue = {name: value for name, value in body.items() if value is not None}
    return Request(result=result, method="POST", path=f"/{method}", headers=json_headers, json=sent)


async def unless_already(calls: Calls, request: Request[R]) -> R | None:
    """The answer, or None where it is as it was to be."""
    try:
        return await calls.send(request)
    except Already:
        return None


async def settle(calls: Calls, method: str, body: dict[str, JsonValue]) -> None:
    """Ask for a state that may be there already."""
    await unless_already(calls, written(Done, method, body))


async def listed_channels(calls: Calls, types: str, limit: int, named: str | None = None) -> tuple[Channel, ...]:
    """Channels that are not archived, page by page."""
    found: list[Channel] = []
    cursor: str | None = None
    kinds = ",".join(kind.strip() for kind in types.split(","))
    while cursor != "" and len(found) < limit:
        query: dict[str, QueryValue] = {"types": kinds, "limit": page_size, "exclude_archived": True, "cursor": cursor}
        page = await calls.send(Request(result=ChannelPage, method="GET", path="/conversations.list", query=query))
        found += [channel for channel in page.channels if named in (None, channel.name)]
        cursor = page.following
    return tuple(found[:limit])


async def channel_id(calls: Calls, channel: str) -> str:
    """Posting takes ids of channels and people, and names; everything else takes ids of channels only."""
    if _channel.fullmatch(channel):
        return channel
    if _person.fullmatch(channel):
        return (await calls.send(written(Opened, "conversations.open", {"users": channel}))).id
    found = await listed_channels(calls, "public_channel,private_channel", 1, channel.removeprefix("#"))
    if not found:
        raise Rejected(f"Slack has no channel {channel} that the app can see.", fix="Check the name, or invite the app: /invite @app.")
    return found[0].id


async def listed_messages(
    calls: Calls, path: str, query: dict[str, QueryValue], limit: int, wanted: Callable[[Marked], bool] | None = None
) -> tuple[Marked, ...]:
    """Messages of a channel or a thread, page by page."""
    found: list[Marked] = []
    cursor: str | None = None
    size = page_size if wanted else min(limit, page_size)
    while cursor != "" and len(found) < limit:
        ask = {**query, "limit": size, "cursor": cursor}
        page = await calls.send(Request(result=MessagePage, method="GET", path=path, query=ask))
        found += filter(wanted, page.messages) if wanted else page.messages
        cursor = page.following
    return tuple(found[:limit])
