"""Files for Slack: an address is asked for, the file is sent there without any token, and then it is shared."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64

from pydantic import AliasPath, Field, JsonValue, model_validator

from tenuto.connectors.slack.shapes import InChannel
from tenuto.connectors.slack.vendor import channel_id, slack, written
from tenuto.core.connector import Answer, Calls, Params, Request, Result, unique


class NewFile(InChannel):
    """A file to be shared."""

    filename: str = Field(description="Its name.", examples=["report.csv"], min_length=1, max_length=255)
    content: str | None = Field(default=None, description="What it holds, as text.", examples=["a,b\n1,2\n"])
    content_base64: str | None = Field(default=None, description="The same for what is no text, in base64.", examples=["YSxiCjEsMgo="])
    title: str | None = Field(default=None, description="What people see above it.", examples=["Report of Monday"])
    comment: str | None = Field(default=None, description="What to say with it, in Slack's markup.", examples=["Here it is"])
    thread_ts: str | None = Field(
        default=None, description="The `ts` of the message to answer in its thread.", examples=["1767605400.000100"]
    )

    @model_validator(mode="after")
    def _one(self) -> NewFile:
        if (self.content is None) == (self.content_base64 is None):
            raise ValueError("give either content or content_base64")
        if not self.bytes():
            raise ValueError("Slack takes no empty file")
        return self

    def bytes(self) -> bytes:
        """What the file holds. Raises `ValueError` for what is no base64."""
        if self.content_base64 is None:
            return (self.content or "").encode()
        try:
            return b64decode(self.content_base64, validate=True)
        except NoBase64:
            raise ValueError("content_base64 is no base64") from None


class Uploaded(Result):
    """A file that was shared."""

    id: str = Field(
        validation_alias=AliasPath("files", 0, "id"), description="Slack's id of it.", examples=["F024BE91L"], json_schema_extra=unique
    )
    title: str | None = Field(
        default=None, validation_alias=AliasPath("files", 0, "title"), description="Title.", examples=["Report of Monday"]
    )
    permalink: str | None = Field(
        default=None, validation_alias=AliasPath("files", 0, "permalink"), description="Where people see it.",
        examples=["https://example.slack.com/files/U024BE7LH/F024BE91L/report.csv"],
    )  # fmt: skip


class _Address(Result):
    upload_url: str
    file_id: str


class _Sent(Result):
    said: str


def _said(answer: Answer, _params: Params) -> _Sent:
    return _Sent(said=answer.text)


# Without `verify`: a file carries nothing of ours, and others may have shared one of that name.
@slack.action(effect="write", scopes=("files:write",))
async def upload_file(calls: Calls, params: NewFile) -> Uploaded:
    """Share a file in a channel."""
    content, channel = params.bytes(), await channel_id(calls, params.channel)
    form = {"filename": params.filename, "length": str(len(content))}
    place = await calls.send(Request(result=_Address, method="POST", path="/files.getUploadURLExternal", form=form))
    headers = {"content-type": "application/octet-stream"}
    await calls.send(Request(result=_Sent, method="POST", url=place.upload_url, headers=headers, content=content, read=_said))
    file: dict[str, JsonValue] = {"id": place.file_id, "title": params.title or params.filename}
    body: dict[str, JsonValue] = {"files": [file], "channel_id": channel, "initial_comment": params.comment, "thread_ts": params.thread_ts}
    return await calls.send(written(Uploaded, "files.completeUploadExternal", body))
