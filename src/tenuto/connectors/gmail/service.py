"""Gmail as it is reached: where, with which scopes, how it says no, and what all of its actions share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import AliasPath, Field

from tenuto.connectors.gmail.mail import Message
from tenuto.core.auth import OAuth2
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, QueryValue, Request, Result, mark
from tenuto.core.errors import AuthRejected, RateLimited

page_size = 100
clock_slack = timedelta(minutes=5)
root = "/gmail/v1/users/me"
messages = f"{root}/messages"
one = f"{messages}/{{id}}"
_scope = "https://www.googleapis.com/auth/gmail."
send, read, modify, compose = (_scope + name for name in ("send", "readonly", "modify", "compose"))
_retry_at = re.compile(r"Retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")
_limits = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded")
_unauthorised = ("authError", "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
_reconnect = "Connect Gmail again and grant what it asks for: sending, and reading to answer or to look whether a mail went out."


def _named_time(answer: Answer) -> float | None:
    """Seconds until the time that Gmail's sentence names, by Gmail's own clock."""
    named, date = _retry_at.search(answer.text), answer.headers.get("date")
    if named is None or date is None:
        return None
    return max(1.0, (datetime.fromisoformat(named[1]) - parsedate_to_datetime(date)).total_seconds())


gmail = Connector(
    key="gmail",
    name="Gmail",
    doc="Send, answer, read, search and sort mail.",
    base_url="https://gmail.googleapis.com",
    auth=OAuth2(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, not a password
        revoke_url="https://oauth2.googleapis.com/revoke",
        scopes=(send, read, modify, compose),
        app="google",
        issuer="https://accounts.google.com",
        extra=(("access_type", "offline"), ("prompt", "consent")),
    ),
    errors=(
        ErrorRule(
            when=lambda answer: 400 <= answer.status < 500,
            message="error.message",
            reason="error.errors.0.reason",
            kinds={**dict.fromkeys(_limits, RateLimited), **dict.fromkeys(_unauthorised, AuthRejected)},
            fixes=dict.fromkeys(_unauthorised, _reconnect),
            wait=_named_time,
        ),
    ),
)


class Id(Result):
    """A mail by its id, and its conversation's where Gmail says it."""

    id: str
    thread_id: str = Field(default="", validation_alias="threadId")


class Page(Result):
    """A page of mails; `following` is None at the end."""

    messages: tuple[Id, ...] = ()
    following: str | None = Field(default=None, validation_alias="nextPageToken")


class DraftId(Result):
    """A draft, and the mail in it."""

    id: str
    message: str = Field(validation_alias=AliasPath("message", "id"))


class DraftPage(Result):
    """A page of drafts."""

    drafts: tuple[DraftId, ...] = ()


async def page(calls: Calls, query: Mapping[str, QueryValue]) -> Page:
    """The ids of one page of mails."""
    return await calls.send(Request(result=Page, method="GET", path=messages, query=query))


async def headers_of(calls: Calls, ids: Sequence[str], names: Sequence[str]) -> Sequence[Message]:
    """Mails with these headers and nothing of what is in them."""
    query: Mapping[str, QueryValue] = {"format": "metadata", "metadataHeaders": tuple(names)}
    return await calls.each([Request(result=Message, method="GET", path=one, fill={"id": each}, query=query) for each in ids])


def message_id(key: str) -> str:
    """The Message-ID by which the mail of a step is found again, without brackets."""
    return f"{mark(key)}@tenuto.dev"


async def sent_with(calls: Calls, key: str) -> Id | None:
    """The mail that a step sent. The search finds its Message-ID; what is not indexed yet, or was given another, is among the latest sent."""
    found = await page(calls, {"q": f"rfc822msgid:{message_id(key)}", "includeSpamTrash": True})
    return found.messages[0] if found.messages else await _latest_sent(calls, message_id(key))


async def carries(calls: Calls, ids: Sequence[str], wanted: str) -> tuple[str | None, bool]:
    """Which of the mails has this Message-ID, and whether one of them is from before the attempt."""
    names = ("Message-ID", "X-Google-Original-Message-ID")
    mails = await headers_of(calls, ids, names)
    found = next((mail.id for mail in mails if any(wanted in mail.payload.header(name) for name in names)), None)
    return found, any(mail.date and mail.date < calls.now - clock_slack for mail in mails)


async def _latest_sent(calls: Calls, wanted: str) -> Id | None:
    token: str | None = ""
    while token is not None:
        found = await page(calls, {"labelIds": ["SENT"], "maxResults": page_size, "pageToken": token or None})
        mail, earlier = await carries(calls, [each.id for each in found.messages], wanted)
        if mail:
            return next(each for each in found.messages if each.id == mail)
        token = None if earlier else found.following
    return None
