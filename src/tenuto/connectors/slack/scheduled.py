"""Messages that Slack posts later: scheduled, listed and called off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field, JsonValue

from tenuto.connectors.slack.shapes import Done, InChannel, Page
from tenuto.connectors.slack.vendor import channel_id, clock_slack, page_size, slack, written
from tenuto.core.connector import Calls, Request, Result, options, unique


class Delayed(InChannel):
    """A message to be posted later."""

    text: str = Field(description="What to say, in Slack's markup.", examples=["Time for lunch"], min_length=1, max_length=40_000)
    post_at: datetime = Field(
        description="When, at most 120 days from now; with its offset from UTC.", examples=["2026-01-05T12:00:00Z"], strict=False
    )
    thread_ts: str | None = Field(
        default=None, description="The `ts` of the message to answer in its thread.", examples=["1767605400.000100"]
    )


class DelayedFilter(InChannel):
    """Which messages to come."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[100])


class OneDelayed(InChannel):
    """Which message to come."""

    scheduled_message_id: str = Field(
        description="Its id.", examples=["Q1298393284"], min_length=1, json_schema_extra=options("list_scheduled", "messages", label="text")
    )


class Scheduled(Result):
    """A message to come."""

    id: str = Field(
        validation_alias="scheduled_message_id", description="Slack's id of it.", examples=["Q1298393284"], json_schema_extra=unique
    )
    channel: str = Field(description="Id of the channel.", examples=["C024BE91L"])
    post_at: datetime = Field(description="When it is posted.", examples=["2026-01-05T12:00:00Z"])


class Waiting(Result):
    """A message to come, as it is listed."""

    id: str = Field(description="Slack's id of it.", examples=["Q1298393284"], json_schema_extra=unique)
    channel: str = Field(validation_alias="channel_id", description="Id of the channel.", examples=["C024BE91L"])
    post_at: datetime = Field(description="When it is posted.", examples=["2026-01-05T12:00:00Z"])
    date_created: datetime = Field(description="When it was scheduled.", examples=["2026-01-05T09:30:00Z"])
    text: str = Field(default="", description="What it says.", examples=["Time for lunch"])


class Waitings(Result):
    """Messages to come."""

    messages: tuple[Waiting, ...] = Field(description="Messages.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Unscheduled(Result):
    """A message that will not come."""

    id: str = Field(description="The id it had.", examples=["Q1298393284"])
    deleted: bool = Field(default=True, description="Always true.", examples=[True])


class _WaitingPage(Page):
    scheduled_messages: tuple[Waiting, ...]


async def _waiting(calls: Calls, channel: str, limit: int) -> tuple[Waiting, ...]:
    found: list[Waiting] = []
    cursor: str | None = None
    while cursor != "" and len(found) < limit:
        form = {"channel": channel, "limit": str(min(limit, page_size)), **({"cursor": cursor} if cursor else {})}
        page = await calls.send(Request(result=_WaitingPage, method="POST", path="/chat.scheduledMessages.list", form=form))
        found += page.scheduled_messages
        cursor = page.following
    return tuple(found[:limit])


async def _scheduled(calls: Calls, params: Delayed, key: str) -> Scheduled | None:
    """A message to come carries no mark: the same words at the same time in the same channel, scheduled since the attempt began."""
    del key
    channel, began = await channel_id(calls, params.channel), calls.now - clock_slack
    for each in await _waiting(calls, channel, 1000):
        at_once = abs(each.post_at - params.post_at) < timedelta(seconds=1)
        if at_once and each.text == params.text and each.date_created >= began:
            return Scheduled.model_validate({"scheduled_message_id": each.id, "channel": channel, "post_at": each.post_at})
    return None


@slack.action(effect="write", scopes=("chat:write",), verify=_scheduled)
async def schedule_message(calls: Calls, params: Delayed) -> Scheduled:
    """Post a message later."""
    moment = params.post_at if params.post_at.tzinfo else params.post_at.replace(tzinfo=UTC)
    body: dict[str, JsonValue] = {"channel": await channel_id(calls, params.channel), "text": params.text, "thread_ts": params.thread_ts}
    return await calls.send(written(Scheduled, "chat.scheduleMessage", {**body, "post_at": int(moment.timestamp())}))


@slack.action(effect="read", scopes=("chat:write",))
async def list_scheduled(calls: Calls, params: DelayedFilter) -> Waitings:
    """List messages to come."""
    messages = await _waiting(calls, await channel_id(calls, params.channel), params.limit)
    return Waitings(messages=messages, total=len(messages))


async def _unscheduled(calls: Calls, params: OneDelayed, key: str) -> Unscheduled | None:
    del key
    waiting = await _waiting(calls, await channel_id(calls, params.channel), 1000)
    there = any(each.id == params.scheduled_message_id for each in waiting)
    return None if there else Unscheduled(id=params.scheduled_message_id)


@slack.action(effect="write", scopes=("chat:write",), verify=_unscheduled)
async def cancel_scheduled(calls: Calls, params: OneDelayed) -> Unscheduled:
    """Do not post a message that was to come."""
    body: dict[str, JsonValue] = {"channel": await channel_id(calls, params.channel), "scheduled_message_id": params.scheduled_message_id}
    await calls.send(written(Done, "chat.deleteScheduledMessage", body))
    return Unscheduled(id=params.scheduled_message_id)
