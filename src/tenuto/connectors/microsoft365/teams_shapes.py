"""What Teams' actions take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AliasPath, Field, JsonValue, model_validator

from tenuto.connectors.microsoft365.mail_shapes import Address
from tenuto.core.connector import Params, Result, options, unique

_team, _channel, _chat = (
    "fbe2bf47-16c8-47cf-b4a5-4b9b187c508b",
    "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2",
    "19:meeting_Mj@thread.v2",
)
Place = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[A-Za-z0-9:@._-]+$")]
Stamp = Annotated[str, Field(pattern=r"^\d{1,20}$")]


class ListLimit(Params):
    """How many."""

    limit: int = Field(default=50, ge=1, le=50, description="How many at most.", examples=[50])


class NoParams(Params):
    """Nothing to be said."""


class OfTeam(Params):
    """Which team."""

    team: Place = Field(description="The team's id.", examples=[_team], json_schema_extra=options("list_teams", "teams"))


class NewChannel(OfTeam):
    """A channel to be made."""

    name: str = Field(
        description="Its name.", examples=["Incident 42"], min_length=1, max_length=50, pattern=r"^[^#%&*{}/\\:<>?+|'\"\x00-\x1f]+$"
    )
    description: str | None = Field(default=None, description="What it is for.", examples=["All about incident 42"], max_length=1024)


class OfChannel(OfTeam):
    """Which channel."""

    channel: Place = Field(description="The channel's id.", examples=[_channel])


class ChannelMessages(OfChannel):
    """Which messages of a channel."""

    limit: int = Field(default=20, ge=1, le=50, description="How many at most, the latest.", examples=[20])


class OfMessage(OfChannel):
    """Which message of a channel."""

    message: Stamp = Field(description="The message's id.", examples=["1616990032035"])
    limit: int = Field(default=20, ge=1, le=50, description="How many at most, the latest.", examples=[20])


class _Text(Params):
    text: str = Field(description="What to say.", examples=["Hello"], min_length=1)
    html: bool = Field(default=False, description="Whether the text is HTML.", examples=[False])

    @model_validator(mode="after")
    def _fits(self) -> _Text:
        if len(self.text.encode()) > 28_000:
            raise ValueError("a message of Teams has at most 28 KB")
        return self

    @property
    def body(self) -> JsonValue:
        """The text as Graph has it."""
        return {"contentType": "html" if self.html else "text", "content": self.text}


class NewChannelMessage(OfChannel, _Text):
    """A message to a channel."""

    subject: str | None = Field(default=None, description="Its subject.", examples=["Release"], max_length=255)
    importance: Literal["normal", "high", "urgent"] = Field(default="normal", description="normal, high or urgent.", examples=["high"])


class NewChannelReply(OfChannel, _Text):
    """An answer in a channel."""

    message: Stamp = Field(description="The id of the message that is answered.", examples=["1616990032035"])


class OfChat(Params):
    """Which chat."""

    chat: Place = Field(description="The chat's id.", examples=[_chat], json_schema_extra=options("list_chats", "chats"))


class ChatMessages(OfChat):
    """Which messages of a chat."""

    limit: int = Field(default=20, ge=1, le=50, description="How many at most, the latest.", examples=[20])


class NewChatMessage(OfChat, _Text):
    """A message to a chat."""


class NewChat(Params):
    """With whom to chat."""

    address: Address = Field(description="Whose address, or user name.", examples=["bo@example.com"])


class Team(Result):
    """A team."""

    id: str = Field(description="Its id.", examples=[_team], json_schema_extra=unique)
    name: str = Field(default="", validation_alias="displayName", description="Its name.", examples=["Engineering"])
    description: str | None = Field(default=None, description="What it is for.", examples=["The makers"])


class Teams(Result):
    """The teams that the account is a member of."""

    teams: tuple[Team, ...] = Field(default=(), validation_alias="value", description="Teams.")


class Channel(Result):
    """A channel."""

    id: str = Field(description="Its id.", examples=[_channel], json_schema_extra=unique)
    name: str = Field(default="", validation_alias="displayName", description="Its name.", examples=["General"])
    description: str | None = Field(default=None, description="What it is for.", examples=["All about incident 42"])
    kind: str = Field(
        default="standard", validation_alias="membershipType", description="standard, private or shared.", examples=["standard"]
    )
    link: str | None = Field(
        default=None, validation_alias="webUrl", description="Where people see it.", examples=["https://teams.microsoft.com/l/channel/19"]
    )


class Channels(Result):
    """The channels of a team."""

    channels: tuple[Channel, ...] = Field(default=(), validation_alias="value", description="Channels.")


class Chat(Result):
    """A chat."""

    id: str = Field(description="Its id.", examples=[_chat], json_schema_extra=unique)
    name: str | None = Field(default=None, validation_alias="topic", description="Its topic, where it has one.", examples=["Lunch"])
    kind: str = Field(default="oneOnOne", validation_alias="chatType", description="oneOnOne, group or meeting.", examples=["oneOnOne"])
    changed_at: datetime | None = Field(
        default=None, validation_alias="lastUpdatedDateTime", description="When it last changed.", examples=["2026-01-05T09:30:00Z"]
    )


class Chats(Result):
    """The account's chats."""

    chats: tuple[Chat, ...] = Field(default=(), validation_alias="value", description="Chats.")


class Message(Result):
    """A message."""

    id: str = Field(description="Its id.", examples=["1616990032035"], json_schema_extra=unique)
    text: str = Field(
        default="",
        validation_alias=AliasPath("body", "content"),
        description="What was said; HTML where `html` says so.",
        examples=["Hello"],
    )
    kind: str = Field(default="text", validation_alias=AliasPath("body", "contentType"), description="text or html.", examples=["text"])
    sender: str | None = Field(
        default=None,
        validation_alias=AliasPath("from", "user", "displayName"),
        description="Who wrote it, where a person did.",
        examples=["Bo"],
    )
    subject: str | None = Field(default=None, description="Its subject.", examples=["Release"])
    sent_at: datetime | None = Field(
        default=None, validation_alias="createdDateTime", description="When.", examples=["2026-01-05T09:30:00Z"]
    )
    reply_to: str | None = Field(default=None, validation_alias="replyToId", description="The message that it answers.", examples=[None])
    link: str | None = Field(
        default=None, validation_alias="webUrl", description="Where people see it.", examples=["https://teams.microsoft.com/l/message/1"]
    )


class Messages(Result):
    """Messages."""

    messages: tuple[Message, ...] = Field(default=(), validation_alias="value", description="Messages, newest first.")
