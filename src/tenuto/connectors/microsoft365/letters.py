"""Mail that is written: sent, answered, forwarded, drafted, each with a property of ours by which it is found again."""

from __future__ import annotations

from pydantic import Field, JsonValue

from tenuto.connectors.microsoft365.mail_shapes import Drafted, NewDraft, NewForward, NewMail, NewReply, Sent, recipients
from tenuto.connectors.microsoft365.service import Nothing, mail_read, mail_send, mail_write, microsoft365, nothing
from tenuto.core.connector import Calls, Params, QueryValue, Request, Result, mark

_property = "String {7f3b1d52-9f0a-4c7e-8a56-0f6a2b9d4c11} Name TenutoStep"
_one = "/me/messages/{message}"


class _Found(Result):
    value: tuple[Drafted, ...] = Field(default=())


def _marked(key: str) -> dict[str, JsonValue]:
    return {"singleValueExtendedProperties": [{"id": _property, "value": mark(key)}]}


async def _by(calls: Calls, key: str) -> Drafted | None:
    words = f"singleValueExtendedProperties/any(ep: ep/id eq '{_property}' and ep/value eq '{mark(key)}')"
    query: dict[str, QueryValue] = {"$filter": words, "$select": "id,webLink", "$top": 1}
    found = await calls.send(Request(result=_Found, method="GET", path="/me/messages", query=query))
    return found.value[0] if found.value else None


async def _sent(calls: Calls, _params: Params, key: str) -> Sent | None:
    found = await _by(calls, key)
    return Sent(message=found.message) if found else None


async def _drafted(calls: Calls, _params: Params, key: str) -> Drafted | None:
    return await _by(calls, key)


@microsoft365.action(effect="write", scopes=(mail_send, mail_read), verify=_sent)
async def send_mail(calls: Calls, params: NewMail) -> Sent:
    """Send a mail."""
    body: JsonValue = {"message": {**params.message, **_marked(calls.key)}, "saveToSentItems": True}
    await calls.send(Request(result=Nothing, method="POST", path="/me/sendMail", json=body, read=nothing))
    return Sent()


@microsoft365.action(effect="write", scopes=(mail_send, mail_write), verify=_sent)
async def reply_mail(calls: Calls, params: NewReply) -> Sent:
    """Answer a mail in its conversation."""
    body: JsonValue = {"message": _marked(calls.key), "comment": params.body}
    path = f"{_one}/replyAll" if params.to_all else f"{_one}/reply"
    await calls.send(Request(result=Nothing, method="POST", path=path, fill={"message": params.message}, json=body, read=nothing))
    return Sent()


@microsoft365.action(effect="write", scopes=(mail_send, mail_write), verify=_sent)
async def forward_mail(calls: Calls, params: NewForward) -> Sent:
    """Forward a mail."""
    body: JsonValue = {"message": _marked(calls.key), "comment": params.comment, "toRecipients": recipients(params.to)}
    fill = {"message": params.message}
    await calls.send(Request(result=Nothing, method="POST", path=f"{_one}/forward", fill=fill, json=body, read=nothing))
    return Sent()


@microsoft365.action(effect="write", scopes=(mail_write,), verify=_drafted)
def create_draft(params: NewDraft, key: str) -> Request[Drafted]:
    """Put a mail among the drafts, for somebody to read and send it."""
    return Request(result=Drafted, method="POST", path="/me/messages", json={**params.message, **_marked(key)})
