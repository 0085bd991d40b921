"""What Slack's actions take and answer; the results are read from Slack's own JSON by their aliases."""

from __future__ import annotations

from datetime import datetime

from pydantic import AliasPath, Field, JsonValue

from tenuto.core.connector import Params, Result, options, unique


class InChannel(Params):
    """Where."""

    channel: str = Field(
        description="Channel id, or name with #.",
        examples=["#support"],
        min_length=1,
        json_schema_extra=options("list_channels", "channels"),
    )


class OneMessage(InChannel):
    """Which message."""

    ts: str = Field(description="The message's `ts`, its id in the channel.", examples=["1767605400.000100"], pattern=r"^\d+\.\d+$")


class NewMessage(Params):
    """A message to be posted."""

    channel: str = Field(
        description="Channel id, or name with #; the id of a person for a direct message.",
        examples=["#support"],
        min_length=1,
        json_schema_extra=options("list_channels", "channels"),
    )
    text: str = Field(description="What to say, in Slack's markup.", examples=["Hello"], max_length=40_000)
    thread_ts: str | None = Field(
        default=None, description="The `ts` of the message to answer in its thread.", examples=["1767605400.000100"]
    )
    attachments: tuple[dict[str, JsonValue], ...] | None = Field(
        default=None,
        description="Attachments as Slack defines them.",
        examples=[[{"color": "#36a64f", "text": "All is well."}]],
        max_length=100,
    )


class NewChannel(Params):
    """A channel to be created."""

    name: str = Field(description="Lower-case letters, digits, - and _; without #.", examples=["incident-42"], min_length=1, max_length=80)
    is_private: bool = Field(default=False, description="Whether only invited people see it.", examples=[False])
    description: str | None = Field(default=None, description="What it is for.", examples=["All about incident 42"], max_length=250)


class ChannelFilter(Params):
    """Which channels."""

    limit: int = Field(default=20, ge=1, le=1000, description="How many at most.", examples=[20])
    types: str = Field(
        default="public_channel",
        description="Kinds, separated by commas: public_channel, private_channel, mpim, im.",
        examples=["public_channel,private_channel"],
        pattern=r"^(public_channel|private_channel|mpim|im)(\s*,\s*(public_channel|private_channel|mpim|im))*$",
    )


class MessageFilter(Params):
    """Which messages."""

    channel: str = Field(
        description="Channel id, or name with #.",
        examples=["#support"],
        min_length=1,
        json_schema_extra=options("list_channels", "channels"),
    )
    limit: int = Field(default=10, ge=1, le=1000, description="How many at most.", examples=[10])
    latest: str | None = Field(default=None, description="Only before this `ts` (Unix seconds).", examples=["1767609000.000000"])
    oldest: str | None = Field(default=None, description="Only after this `ts` (Unix seconds).", examples=["1767605400.000000"])


class Posted(Result):
    """A message that was posted."""

    ts: str = Field(description="Its id in the channel.", examples=["1767605400.000100"], json_schema_extra=unique)
    channel: str = Field(description="Id of the channel.", examples=["C024BE91L"])
    text: str = Field(validation_alias=AliasPath("message", "text"), description="What was said.", examples=["Hello"])
    sent_at: datetime = Field(validation_alias="ts", description="When.", examples=["2026-01-05T09:30:00.000100Z"])


class Channel(Result):
    """A channel."""

    id: str = Field(description="Slack's id of it.", examples=["C024BE91L"], json_schema_extra=unique)
    name: str = Field(default="", description="Name, without #; empty for a direct message.", examples=["incident-42"])
    is_private: bool = Field(default=False, description="Whether only invited people see it.", examples=[False])
    is_archived: bool = Field(default=False, description="Whether it is archived.", examples=[False])
    is_member: bool | None = Field(default=None, description="Whether the app is in it.", examples=[True])
    is_ext_shared: bool | None = Field(
        default=None, description="Whether people of other organisations are in it (Slack Connect).", examples=[False]
    )
    num_members: int | None = Field(default=None, description="How many people are in it.", examples=[4])
    topic: str | None = Field(default=None, validation_alias=AliasPath("topic", "value"), description="Its topic.", examples=["Status"])
    description: str | None = Field(
        default=None, validation_alias=AliasPath("purpose", "value"), description="What it is for.", examples=["All about incident 42"]
    )
    created_at: datetime | None = Field(
        default=None, validation_alias="created", description="When it was created.", examples=["2026-01-05T09:30:00Z"]
    )


class Channels(Result):
    """A list of channels."""

    channels: tuple[Channel, ...] = Field(description="Channels, archived ones left out.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Message(Result):
    """A message of a channel."""

    ts: str = Field(description="Its id in the channel.", examples=["1767605400.000100"], json_schema_extra=unique)
    text: str = Field(default="", description="What was said.", examples=["Hello"])
    user: str | None = Field(default=None, description="Id of the person, where one wrote it.", examples=["U024BE7LH"])
    bot_id: str | None = Field(default=None, description="Id of the app, where one wrote it.", examples=["B024BE7LH"])
    thread_ts: str | None = Field(default=None, description="The `ts` of its thread's first message.", examples=["1767605400.000100"])
    sent_at: datetime = Field(validation_alias="ts", description="When.", examples=["2026-01-05T09:30:00.000100Z"])


class Messages(Result):
    """Messages of a channel."""

    messages: tuple[Message, ...] = Field(description="Messages, newest first.")
    channel: str = Field(description="The channel asked for.", examples=["#support"])
    total: int = Field(description="How many are in the list.", examples=[1])


class Created(Result):
    """What conversations.create answers."""

    channel: Channel


class Done(Result):
    """An answer that says nothing more."""

    ok: bool


class Marked(Message):
    """A message, and the step that posted it."""

    mark: str | None = Field(default=None, validation_alias=AliasPath("metadata", "event_payload", "step"))


class Page(Result):
    """A page of a list; `following` is the next cursor, empty at the end."""

    following: str = Field(default="", validation_alias=AliasPath("response_metadata", "next_cursor"))


class ChannelPage(Channels):
    """A page of channels; `following` is the next cursor, empty at the end."""

    total: int = 0
    following: str = Field(default="", validation_alias=AliasPath("response_metadata", "next_cursor"))


class MessagePage(Page):
    """A page of messages."""

    messages: tuple[Marked, ...]


class Opened(Result):
    """What conversations.open answers."""

    id: str = Field(validation_alias=AliasPath("channel", "id"))
