"""What is asked of Telegram, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from tenuto.core.connector import Params, Result, unique

ChatId = int | Annotated[str, StringConstraints(pattern=r"^(@[A-Za-z][A-Za-z0-9_]{3,31}|-?[0-9]{1,20})$")]
FileRef = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^(https?://\S+|[A-Za-z0-9_-]+)$")]
Caption = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class Button(BaseModel):
    """A button below a message: it opens an address, or tells the bot something."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    text: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    url: Annotated[str, StringConstraints(max_length=2048, pattern=r"^(https?|tg)://\S+$")] | None = None
    callback_data: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Button:
        if (self.url is None) == (self.callback_data is None):
            raise ValueError("a button has a url or callback_data")
        return self


class InChat(Params):
    """A chat."""

    chat_id: ChatId = Field(description="The chat's number, or the name of a public channel or group (@name).", examples=[42])


class Marked(InChat):
    """How a message is sent."""

    parse_mode: Literal["HTML", "MarkdownV2", "Markdown"] | None = Field(
        default=None, description="The markup of the text; none by default.", examples=["HTML"]
    )
    silent: bool = Field(default=False, description="Without a sound.", examples=[True])
    reply_to: int | None = Field(default=None, ge=1, description="The number of the message it answers.", examples=[7])
    topic: int | None = Field(default=None, ge=1, description="The topic of a forum group.", examples=[3])
    buttons: tuple[tuple[Button, ...], ...] = Field(
        default=(), max_length=100, description="Rows of buttons.", examples=[[[{"text": "Approve", "callback_data": "yes"}]]]
    )


class NewMessage(Marked):
    """A message."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=16_384)] = Field(
        description="What to say; Telegram takes 4,096 characters without the markup.", examples=["Hello"]
    )
    link_preview: bool = Field(default=True, description="Whether the first address in it is shown as a picture.", examples=[False])


class NewPhoto(Marked):
    """A picture."""

    photo: FileRef = Field(
        description="Its address on the internet, or the id of a file that Telegram has.", examples=["https://example.com/a.png"]
    )
    caption: Caption | None = Field(default=None, description="What stands below it.", examples=["Look"])


class NewDocument(Marked):
    """A file."""

    document: FileRef = Field(
        description="Its address on the internet, or the id of a file that Telegram has.", examples=["https://example.com/a.pdf"]
    )
    caption: Caption | None = Field(default=None, description="What stands below it.", examples=["The offer"])


class WhichMessage(InChat):
    """One message."""

    message_id: int = Field(ge=1, description="The message's number in its chat.", examples=[7])


class Change(WhichMessage):
    """Another text for a message of the bot's own."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=16_384)] = Field(description="What it says then.", examples=["Done"])
    parse_mode: Literal["HTML", "MarkdownV2", "Markdown"] | None = Field(
        default=None, description="The markup of the text; none by default.", examples=["HTML"]
    )
    buttons: tuple[tuple[Button, ...], ...] = Field(
        default=(),
        max_length=100,
        description="Rows of buttons; none by default.",
        examples=[[[{"text": "Open", "url": "https://example.com"}]]],
    )


class Forward(WhichMessage):
    """A message for another chat."""

    to: ChatId = Field(description="The chat it is forwarded to.", examples=[-100])


class Activity(InChat):
    """What the bot seems to do."""

    action: Literal["typing", "upload_photo", "upload_document", "record_video", "find_location"] = Field(
        default="typing", description="It is shown for five seconds.", examples=["typing"]
    )


class CallbackAnswer(Params):
    """What somebody sees who pressed a button."""

    callback_query_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="Which press.", examples=["4382bfdwdsb323b2d9"]
    )
    text: Annotated[str, StringConstraints(max_length=200)] | None = Field(default=None, description="What is shown.", examples=["Thanks"])
    alert: bool = Field(default=False, description="In a window that has to be closed.", examples=[True])


class WhichFile(Params):
    """One file."""

    file_id: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="The file's id.", examples=["AgACAgIAAxkBAAI"]
    )


class UpdateFilter(Params):
    """Which updates."""

    after: int | None = Field(
        default=None, ge=0, description="Only what came after this one; Telegram forgets it and all before.", examples=[1000]
    )
    limit: int = Field(default=100, ge=1, le=100, description="How many at most.", examples=[100])
    kinds: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")], ...] = Field(
        default=(), max_length=30, description="Only of these kinds, from then on; by default as it was.", examples=[["message"]]
    )


class Nothing(Params):
    """Nothing has to be said."""


class Chat(Result):
    """A chat."""

    id: int = Field(description="The chat's number.", examples=[42])
    type: str = Field(description="private, group, supergroup or channel.", examples=["private"])
    title: str | None = Field(default=None, description="What a group or channel is called.", examples=["Team"])
    username: str | None = Field(default=None, description="Its public name.", examples=["ada"])
    first_name: str | None = Field(default=None, description="Of the person, in a private chat.", examples=["Ada"])


class Message(Result):
    """A message."""

    message_id: int = Field(description="The message's number in its chat.", examples=[7], json_schema_extra=unique)
    chat: Chat = Field(description="Where it is.")
    date: datetime = Field(description="When it was sent.", examples=["2026-01-02T03:04:05Z"])
    text: str | None = Field(default=None, description="What it says, without markup.", examples=["Hello"])
    caption: str | None = Field(default=None, description="What stands below its picture or file.", examples=["Look"])


class Done(Result):
    """That it is so now."""

    changed: bool = Field(description="Whether anything had to be done for it.", examples=[True])


class File(Result):
    """A file that Telegram has."""

    file_id: str = Field(description="The file's id.", examples=["AgACAgIAAxkBAAI"])
    file_size: int | None = Field(default=None, description="In bytes.", examples=[1024])
    file_path: str | None = Field(default=None, description="Where Telegram keeps it, for an hour.", examples=["documents/file_7.pdf"])


class Updates(Result):
    """What happened to the bot."""

    updates: tuple[dict[str, JsonValue], ...] = Field(
        description="The oldest first, as Telegram has them.",
        examples=[[{"update_id": 1001, "message": {"message_id": 7, "chat": {"id": 42, "type": "private"}, "text": "Hello"}}]],
    )
    total: int = Field(description="How many these are.", examples=[1])


class WebhookInfo(Result):
    """Where updates are sent, if they are."""

    url: str = Field(description="Empty where they are waiting to be asked for.", examples=[""])
    pending_update_count: int = Field(description="How many are waiting.", examples=[0])
    last_error_message: str | None = Field(default=None, description="What went wrong last.", examples=["Connection refused"])
